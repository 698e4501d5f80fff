"""Settings from the editor, from the environment, and wrong ones."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.peer import Peer, serving_peer
from tests.e2e.raw_client import GHOST_TEXT, INLINE, MENU, Message, RawClient, at, raw_client

URI = "file:///work/app.py"


async def suggested(client: RawClient, uri: str = URI, *, invoked: bool = False) -> list[str]:
    result = await client.ask(INLINE, at(uri, 0, 4, invoked=invoked))
    return [item["insertText"] for item in result["items"]]


async def configure(client: RawClient, settings: Any) -> None:
    await client.notify("workspace/didChangeConfiguration", {"settings": settings})


async def test_an_unknown_setting_is_named_with_the_nearest_and_the_rest_applies(client: RawClient) -> None:
    await client.initialize(settings={"completion": {"topp": 0.5, "n": 99}, "disabled_languages": ["python"]})
    assert "`completion.top_p`" in await client.shown("`completion.topp`: unknown setting")
    assert "1 to 16" in await client.shown("`completion.n`")
    await client.open(URI, "a = ")
    assert await suggested(client) == []


async def test_suggestions_are_switched_off_and_on(client: RawClient, peer: Peer) -> None:
    await client.initialize(settings={"enabled": False})
    await client.open(URI, "a = ")
    await client.open("file:///work/a.lua", "a = ", language="lua")
    assert await suggested(client) == []
    assert peer.prompts == []

    await configure(client, {"codex-lsp": {"disabled_languages": ["lua"]}})
    assert await suggested(client) == ["a + b"]
    assert await suggested(client, "file:///work/a.lua") == []
    assert await suggested(client, "file:///work/a.lua", invoked=True) == ["a + b"]

    # What some clients send as a greeting says nothing.
    for nothing in ({}, None):
        await configure(client, nothing)
        assert await suggested(client, "file:///work/a.lua") == []

    await configure(client, {"enabled": False})
    assert await suggested(client, invoked=True) == []


async def test_the_menu_of_a_disabled_language_is_empty_whoever_is_said_to_ask(client: RawClient) -> None:
    await client.initialize(settings={"completion": {"menu": "always"}, "disabled_languages": ["lua"]})
    await client.open(URI, "a = ")
    await client.open("file:///work/a.lua", "a = ", language="lua")
    assert (await client.ask(MENU, at(URI, 0, 4)))["items"]
    assert (await client.ask(MENU, at("file:///work/a.lua", 0, 4)))["items"] == []


async def test_settings_that_are_no_tree_are_refused(client: RawClient) -> None:
    await client.initialize()
    await configure(client, ["enabled"])
    assert "expected an object" in await client.shown("editor settings")
    await configure(client, {"codex-lsp": 3})
    await client.shown("got int")
    await client.open(URI, "a = ")
    assert await suggested(client) == ["a + b"]


async def test_the_environment_stands_above_the_editor(client: RawClient) -> None:
    await client.initialize(settings={"endpoint": {"url": "http://127.0.0.1:9/v1"}})
    await client.open(URI, "a = ")
    assert await suggested(client) == ["a + b"]
    assert client.all_shown() == []


async def test_another_endpoint_is_used_from_the_next_request_on(tmp_path: Path, peer: Peer) -> None:
    async with serving_peer() as other, raw_client(tmp_path) as client:
        other.rows = [("other", -0.1)]
        await client.initialize(settings={"endpoint": {"url": peer.url}})
        await client.open(URI, "a = ")
        assert await suggested(client) == ["a + b"]
        await configure(client, {"endpoint": {"url": other.url}})
        assert await suggested(client) == ["other"]


async def test_the_key_is_sent_nowhere_but_to_the_endpoint(tmp_path: Path, peer: Peer) -> None:
    peer.failure = (401, "wrong key sk-secret")
    environment = {"CODEX_LSP_ENDPOINT_URL": peer.url, "CODEX_LSP_API_KEY": "sk-secret"}
    async with raw_client(tmp_path, environment, ["--log-level", "debug"]) as client:
        await client.initialize()
        await client.open(URI, "a = ")
        assert await suggested(client) == []
        await client.shown("codex-lsp: ")
        assert "sk-secret" not in client.log + str(client.received)


async def test_files_of_secrets_are_shown_to_no_model(client: RawClient, peer: Peer) -> None:
    await client.initialize()
    for uri in (
        "file:///work/.env",
        "file:///home/me/.ssh/config",
        "file:///home/me/%2Essh/config",
        "file:///x/prod.env.bak",
    ):
        await client.open(uri, "a = ", language="plaintext")
        assert await suggested(client, uri) == []
    assert peer.prompts == []


@pytest.mark.parametrize("invoked", [False, True])
async def test_excluded_files_are_shown_to_no_model(client: RawClient, peer: Peer, *, invoked: bool) -> None:
    await client.initialize(settings={"exclude": ["private", "*.draft.py"]})
    names = (
        "private/a.py",
        "a.draft.py",
        "PRIVATE/a.py",
        "my%20notes/private/a.py",
        "a.env",
        "%252Eenv",
        "secrets.yml",
    )
    for uri in (*[f"file:///work/{name}" for name in names], "untitled:.env", "vscode-remote://host/work/.ENV"):
        await client.open(uri, "a = ")
        assert (await client.ask(INLINE, at(uri, 0, 4, invoked=invoked)))["items"] == []
        assert (await client.ask(MENU, at(uri, 0, 4)))["items"] == []
    assert peer.prompts == []

    await client.open(URI, "a = ")
    assert await suggested(client) == ["a + b"]


def ghost_text_and_menu(*, registers: bool) -> Message:
    return {"textDocument": GHOST_TEXT["textDocument"] | {"completion": {"dynamicRegistration": registers}}}


async def menu_entries(client: RawClient) -> int:
    where = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 4}}
    return len((await client.ask(MENU, where))["items"])


async def sent(client: RawClient, method: str, *, count: int = 1) -> Any:
    message = await client.message(lambda message: message.get("method") == method, count=count)
    return message["params"]


async def test_the_menu_is_registered_and_taken_back_at_run_time(client: RawClient) -> None:
    assert "completionProvider" not in await client.initialize(ghost_text_and_menu(registers=True))
    await client.open(URI, "a = ")
    for count in (1, 2):
        await configure(client, {"completion": {"menu": "always"}})
        (registered,) = (await sent(client, "client/registerCapability", count=count))["registrations"]
        assert registered["method"] == MENU
        assert "." in registered["registerOptions"]["triggerCharacters"]
        assert registered["registerOptions"]["documentSelector"] is None
        assert await menu_entries(client)

        await configure(client, {"completion": {"menu": "auto"}})
        (taken_back,) = (await sent(client, "client/unregisterCapability", count=count))["unregisterations"]
        assert taken_back == {"id": registered["id"], "method": MENU}
        assert not await menu_entries(client)
    assert client.all_shown() == []


async def test_a_menu_of_the_greeting_is_switched_off_and_on(client: RawClient) -> None:
    menu: Message = {"textDocument": {"completion": {"dynamicRegistration": True}}}
    assert "completionProvider" in await client.initialize(menu)
    await client.open(URI, "a = ")
    for setting, is_shown in (("never", False), ("always", True)):
        await configure(client, {"completion": {"menu": setting}})
        assert bool(await menu_entries(client)) is is_shown
    # It is never both said at the greeting and registered.
    assert not [message for message in client.received if "egisterCapability" in message.get("method", "")]


@pytest.mark.parametrize("refuses", [False, True])
async def test_a_client_that_registers_nothing_is_told_that_a_restart_is_needed(
    client: RawClient, *, refuses: bool
) -> None:
    client.refuses_requests = refuses
    await client.initialize(ghost_text_and_menu(registers=refuses))
    for _ in range(2):
        await configure(client, {"completion": {"menu": "always"}})
    await client.shown("after a restart")
    await client.ask("codex-lsp/documentState", {"textDocument": {"uri": URI}})
    assert len(client.all_shown()) == 1


async def test_settings_that_cannot_be_merged_fail_neither_the_greeting_nor_what_comes_after(
    client: RawClient,
) -> None:
    deep: Message = {}
    tree = deep
    for _ in range(450):
        tree["a"] = tree = {}
    settings = {"completion": {"temperature": 10**400}, "deep": deep}
    await client.initialize(settings=settings)
    await client.open(URI, "a = ")
    assert await suggested(client) == ["a + b"]
    await configure(client, settings)
    await configure(client, {"enabled": False})
    assert await suggested(client) == []
    assert "Traceback" not in client.log


async def test_an_endpoint_that_breaks_a_library_is_told_and_the_next_one_is_used(tmp_path: Path, peer: Peer) -> None:
    async with raw_client(tmp_path) as client:
        await client.initialize(settings={"endpoint": {"url": "http://xn--a/"}})
        await client.shown("codex-lsp: ")
        await client.open(URI, "a = ")
        await configure(client, {"endpoint": {"url": peer.url}})
        assert await suggested(client) == ["a + b"]
