"""What a client is answered, to the letter: a scripted peer of the completions protocol stands behind the server."""

from typing import Any

import pytest

from tests.e2e.peer import Peer
from tests.e2e.raw_client import GHOST_TEXT, INLINE, MENU, RawClient, at, span

URI = "file:///work/src/app.py"


def texts(result: Any) -> list[str]:
    return [item["insertText"] for item in result["items"]]


async def test_items_come_in_rank_order_at_the_cursor_and_with_their_command(client: RawClient, peer: Peer) -> None:
    peer.rows = [("a + c", -0.9), ("a + b", -0.1), ("a * b", -0.5), ("a - b", -2.0)]
    capabilities = await client.initialize()
    assert capabilities["inlineCompletionProvider"] == {}
    assert "completionProvider" not in capabilities
    await client.open(URI, "def add(a, b):\n    return ")

    result = await client.ask(INLINE, at(URI, 1, 11))

    assert texts(result) == ["a + b", "a * b", "a + c", "a - b"]
    assert [item["range"] for item in result["items"]] == [span(1, 11)] * 4
    commands = [item["command"] for item in result["items"]]
    assert {command["command"] for command in commands} == {"codex-lsp.accepted"}
    assert len({command["arguments"][0] for command in commands}) == 4
    # The model saw the path inside the workspace, and everything before the cursor.
    assert "src/app.py" in peer.prompts[0]
    assert peer.prompts[0].endswith("def add(a, b):\n    return ")


async def test_typing_alone_is_shown_fewer(client: RawClient, peer: Peer) -> None:
    peer.rows = [("a + c", -0.9), ("a + b", -0.1), ("a * b", -0.5), ("a - b", -2.0)]
    await client.initialize()
    await client.open(URI, "x = ")
    assert texts(await client.ask(INLINE, at(URI, 0, 4, invoked=False))) == ["a + b", "a * b", "a + c"]


async def test_a_newer_request_supersedes_an_older_one(client: RawClient, peer: Peer) -> None:
    peer.released.clear()
    await client.initialize()
    await client.open(URI, "total = ")
    older = await client.start(INLINE, at(URI, 0, 8))
    await peer.asked()
    await client.insert(URI, 0, 8, "x")

    newer = await client.start(INLINE, at(URI, 0, 9))
    # The older one is answered while no answer flows yet.
    assert (await client.answer(older))["error"]["code"] == -32802

    peer.released.set()
    assert "result" in await client.answer(newer)


async def test_a_cancelled_request_is_answered_at_once_and_its_generation_ends(client: RawClient, peer: Peer) -> None:
    peer.released.clear()
    await client.initialize()
    await client.open(URI, "total = ")
    request = await client.start(INLINE, at(URI, 0, 8))
    await peer.asked()

    await client.notify("$/cancelRequest", {"id": request})

    assert (await client.answer(request))["error"]["code"] == -32800
    await peer.left()


async def test_a_cancel_that_comes_too_late_or_for_nothing_is_ignored(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, "total = ")
    request = await client.start(INLINE, at(URI, 0, 8))
    await client.answer(request)
    for identity in (request, 99, "never"):
        await client.notify("$/cancelRequest", {"id": identity})
    assert texts(await client.ask(INLINE, at(URI, 0, 8))) == ["a + b"]


async def test_a_request_sees_the_document_as_it_was_when_it_was_sent(client: RawClient, peer: Peer) -> None:
    await client.initialize()
    peer.released.clear()
    await client.open(URI, "first = ")
    # Past the line's end: in the document of after the change this would be another place.
    request = await client.start(INLINE, at(URI, 0, 70))
    await client.change(URI, [{"text": "first = second"}])
    await peer.asked()
    peer.released.set()
    await client.answer(request)
    assert [prompt[-8:] for prompt in peer.prompts] == ["first = "]


async def test_an_item_continues_the_selected_menu_entry(client: RawClient, peer: Peer) -> None:
    peer.rows = [("(path)", -0.1)]
    await client.initialize()
    await client.open(URI, "os.path.exi")
    selected = {"range": span(0, 8, 0, 11), "text": "exists"}

    result = await client.ask(INLINE, at(URI, 0, 11, selected=selected))

    assert texts(result) == ["exists(path)"]
    assert result["items"][0]["range"] == span(0, 8, 0, 11)
    assert peer.prompts[0].endswith("os.path.exists")


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 11), ("utf-16", 9), ("utf-32", 8)])
async def test_columns_count_what_was_negotiated(client: RawClient, peer: Peer, encoding: str, column: int) -> None:
    offered = GHOST_TEXT | {"general": {"positionEncodings": [encoding]}}
    peer.rows = [("+ a ", -0.1)]
    assert (await client.initialize(offered))["positionEncoding"] == encoding
    await client.open(URI, 'x = "😋" + y')

    result = await client.ask(INLINE, at(URI, 0, column))

    assert result["items"][0]["range"] == span(0, column)
    assert peer.prompts[0].endswith('x = "😋" ')


async def test_line_ends_of_any_kind(client: RawClient, peer: Peer) -> None:
    await client.initialize()
    await client.open(URI, "a = 1\r\nb = 2\rc = 3\nd = ")
    assert texts(await client.ask(INLINE, at(URI, 3, 4))) == ["a + b"]
    assert peer.prompts[0].endswith("a = 1\nb = 2\nc = 3\nd = ")


async def test_a_position_past_the_end_is_the_end(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, "a = ")
    result = await client.ask(INLINE, at(URI, 70, 2_000_000))
    assert result["items"][0]["range"] == span(0, 4)


async def test_control_tokens_in_a_document_are_text(client: RawClient, peer: Peer) -> None:
    await client.initialize()
    await client.open(URI, "marks = '<|fim_prefix|><|endoftext|><|fim_middle|>'\nb = ")
    assert texts(await client.ask(INLINE, at(URI, 1, 4))) == ["a + b"]
    assert "<|fim_middle|>" not in peer.prompts[0]


async def test_an_accepted_item_is_reported_by_its_command(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, "a = ")
    command = (await client.ask(INLINE, at(URI, 0, 4)))["items"][0]["command"]
    for arguments in (command["arguments"], ["unknown"], [], [{"no": "id"}, 2]):
        params = {"command": command["command"], "arguments": arguments}
        assert await client.ask("workspace/executeCommand", params) is None
    assert await client.refused("workspace/executeCommand", {"command": "rm"}) == -32602


async def test_a_failing_model_is_told_once_until_it_works_again(client: RawClient, peer: Peer) -> None:
    await client.initialize()
    peer.failure = (400, "context is full")
    for line in range(3):
        await client.open(URI, "\n" * line + "a = ")
        assert texts(await client.ask(INLINE, at(URI, line, 4))) == []
    assert len([text for text in client.all_shown() if "context is full" in text]) == 1

    peer.failure = None
    await client.open(URI, "b = ")
    assert texts(await client.ask(INLINE, at(URI, 0, 4))) == ["a + b"]

    peer.failure = (400, "context is full")
    await client.open(URI, "c = ")
    assert texts(await client.ask(INLINE, at(URI, 0, 4))) == []
    await client.shown("context is full", count=2)


async def test_a_model_without_log_probabilities_is_told_once(client: RawClient, peer: Peer) -> None:
    peer.rows = [("a + c", None), ("a + b", None)]
    await client.initialize()
    for name in "ab":
        await client.open(URI, f"{name} = ")
        assert texts(await client.ask(INLINE, at(URI, 0, 4))) == ["a + c", "a + b"]
    assert "`scripted`" in await client.shown("no log-probabilities")
    assert len(client.all_shown()) == 1
    assert next(m for m in client.received if m.get("method") == "window/showMessage")["params"]["type"] == 3


async def test_menu_entries_keep_the_order_of_the_candidates(client: RawClient, peer: Peer) -> None:
    peer.rows = [("rn a\n", -0.9), ("rn b", -0.1)]
    markdown = {"completion": {"completionItem": {"documentationFormat": ["markdown", "plaintext"]}}}
    capabilities = await client.initialize({"textDocument": markdown})
    assert "." in capabilities["completionProvider"]["triggerCharacters"]
    await client.open(URI, "def f():\n    retu")

    where = {"textDocument": {"uri": URI}, "position": {"line": 1, "character": 8}}
    result = await client.ask(MENU, where | {"context": {"triggerKind": 1}})

    assert result["isIncomplete"] is True
    best = result["items"][0]
    assert best["textEdit"] == {"range": span(1, 4, 1, 8), "newText": "return b"}
    assert best["filterText"] == "return b"
    assert best["documentation"] == {"kind": "markdown", "value": "```python\nreturn b\n```"}
    assert best["command"]["command"] == "codex-lsp.accepted"
    assert [item["label"] for item in result["items"]] == ["return b", "return a"]
    orders = [item["sortText"] for item in result["items"]]
    assert orders == sorted(orders)


@pytest.mark.parametrize(
    ("menu", "has_ghost_text", "is_advertised"),
    [("auto", True, False), ("auto", False, True), ("always", True, True), ("never", False, False)],
)
async def test_the_menu_follows_its_setting(
    client: RawClient, menu: str, *, has_ghost_text: bool, is_advertised: bool
) -> None:
    capabilities = GHOST_TEXT if has_ghost_text else {"textDocument": {"completion": {}}}
    answered = await client.initialize(capabilities, settings={"completion": {"menu": menu}})
    assert ("completionProvider" in answered) is is_advertised
    await client.open(URI, "a = ")
    where = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 4}}
    result = await client.ask(MENU, where)
    assert bool(result["items"]) is is_advertised
