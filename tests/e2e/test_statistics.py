"""From a real server to a real file to `codex-lsp stats`: what is counted, what is not, what can go wrong."""

import asyncio
import json
import sqlite3
import stat
import sys
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.peer import Peer
from tests.e2e.raw_client import GHOST_TEXT, INLINE, MENU, Message, RawClient, at, clean_environment, raw_client, span

URI = "file:///work/very_private_project/secret_name.py"
CODE = "def hidden_function(a, b):\n    return "
END = (1, 11)


def database(folder: Path) -> Path:
    return folder / "data" / "codex-lsp" / "statistics.sqlite3"


async def stats(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run `codex-lsp stats` in the home of the server under test: exit code, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "codex_lsp", "stats", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=clean_environment(folder),
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def figures(folder: Path) -> Any:
    code, out, err = await stats(folder, "--json")
    assert code == 0, err
    return json.loads(out)


async def suggested(client: RawClient, line: int, character: int, **how: Any) -> list[Message]:
    result = await client.ask(INLINE, at(URI, line, character, **how))
    return result["items"]


async def accept(client: RawClient, item: Message) -> None:
    """What an editor does when a person presses Tab: the text into the document, then the item's command."""
    await client.change(URI, [{"range": item["range"], "text": item["insertText"]}])
    await run_command(client, item)


async def run_command(client: RawClient, item: Message) -> None:
    command = item["command"]
    await client.ask("workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]})


async def test_what_is_accepted_in_a_session_is_shown_by_stats_and_no_text_is_in_the_file(
    client: RawClient, peer: Peer, tmp_path: Path
) -> None:
    peer.rows = [("unlikely_word + 12345", -0.1), ("other_word", -0.5)]
    await client.initialize()
    await client.open(URI, CODE)
    items = await suggested(client, *END)
    await accept(client, items[0])
    assert await client.leave() == 0

    found = await figures(tmp_path)

    characters = len("unlikely_word + 12345")
    assert (found["shown"], found["accepted"], found["partly_accepted"], found["acceptance"]) == (1, 1, 0, 1.0)
    assert found["shown_characters"] == found["accepted_characters"] == characters
    assert found["answers"] == 1
    assert found["latency_ms"]["p50"] > 0
    assert set(found["by"]) == {"tier", "language", "model"}
    assert found["by"]["language"]["python"]["accepted"] == 1
    assert found["by"]["model"]["scripted"]["accepted_characters"] == characters
    # Nothing of it was looked at again: the editor has left before.
    assert found["retained"]["30s"]["texts"] == 0

    path = database(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {entry.name for entry in path.parent.iterdir()} == {path.name}
    for text in (
        b"unlikely",
        b"12345",
        b"other_word",
        b"hidden_function",
        b"secret_name",
        b"private_project",
        b"/work",
    ):
        assert text not in path.read_bytes()


async def test_a_suggestion_that_is_typed_is_shown_once_and_accepted_for_the_rest(
    client: RawClient, tmp_path: Path
) -> None:
    await client.initialize()
    await client.open(URI, CODE)
    for typed, character in enumerate("a + b"[:3]):
        (item,) = await suggested(client, 1, 11 + typed, invoked=False)
        assert item["insertText"] == "a + b"[typed:]
        await client.insert(URI, 1, 11 + typed, character)
    (item,) = await suggested(client, 1, 14, invoked=False)
    await accept(client, item)
    # A command that comes a second time, one of no item, and one without an id count as nothing.
    await run_command(client, item)
    for arguments in (["0"], [], [7], None):
        parameters = {"command": "codex-lsp.accepted", "arguments": arguments}
        await client.ask("workspace/executeCommand", parameters)
    assert await client.leave() == 0

    found = await figures(tmp_path)
    assert (found["answers"], found["shown"], found["accepted"]) == (4, 1, 1)
    assert (found["shown_characters"], found["accepted_characters"]) == (5, 2)


async def test_an_older_item_that_was_typed_into_may_be_accepted(client: RawClient, tmp_path: Path) -> None:
    await client.initialize()
    await client.open(URI, CODE)
    (item,) = await suggested(client, *END)
    await client.insert(URI, *END, "a ")
    # Neovim puts the whole text in place of what was typed of it.
    await client.change(URI, [{"range": span(1, 11, 1, 13), "text": "a + b"}])
    await run_command(client, item)
    assert await client.leave() == 0
    assert (await figures(tmp_path))["accepted_characters"] == 3


@pytest.mark.parametrize(("every_key", "parts"), [(True, 1), (False, 0)])
async def test_an_insertion_of_a_word_is_a_part_accepted_where_the_client_sends_every_key(
    client: RawClient, peer: Peer, tmp_path: Path, *, every_key: bool, parts: int
) -> None:
    peer.rows = [("value(first, second)", -0.1)]
    await client.initialize(options={"sendsEveryKey": every_key})
    await client.open(URI, CODE)
    await suggested(client, *END)
    await client.insert(URI, 1, 11, "value")
    # A bracket that the editor closes is one key.
    await client.insert(URI, 1, 16, "()")
    assert await client.leave() == 0
    found = await figures(tmp_path)
    assert (found["partly_accepted"], found["partly_accepted_characters"]) == (parts, 5 * parts)
    assert found["accepted"] == 0


async def test_a_client_may_tell_of_parts_itself_and_of_nonsense(client: RawClient, peer: Peer, tmp_path: Path) -> None:
    peer.rows = [("'😋' + second", -0.1)]
    await client.initialize()
    await client.open(URI, CODE)
    (item,) = await suggested(client, *END)
    await client.insert(URI, *END, "'😋' +")
    method = "textDocument/didPartiallyAcceptCompletion"
    for told in ({}, {"item": item}, {"item": {"command": {"arguments": [3]}}, "acceptedLength": 2}, None):
        await client.notify(method, told)
    await client.notify(method, {"item": item, "acceptedLength": 6})
    await client.insert(URI, 1, 17, " second")
    await run_command(client, item)
    assert await client.leave() == 0
    found = await figures(tmp_path)
    assert (found["shown"], found["accepted"], found["partly_accepted"], found["acceptance"]) == (1, 1, 0, 1.0)
    assert (found["partly_accepted_characters"], found["accepted_characters"]) == (5, 7)


async def test_menu_and_ghost_text_are_one_suggestion(client: RawClient, tmp_path: Path) -> None:
    await client.initialize(GHOST_TEXT, settings={"completion": {"menu": "always"}})
    await client.open(URI, CODE)
    await suggested(client, *END)
    where = {"textDocument": {"uri": URI}, "position": {"line": END[0], "character": END[1]}}
    entry = (await client.ask(MENU, where))["items"][0]
    await client.change(URI, [{"range": entry["textEdit"]["range"], "text": entry["textEdit"]["newText"]}])
    await run_command(client, entry)
    assert await client.leave() == 0
    found = await figures(tmp_path)
    assert (found["answers"], found["shown"], found["accepted"], found["accepted_characters"]) == (2, 1, 1, 5)


async def test_two_servers_write_at_once(tmp_path: Path, peer: Peer) -> None:
    environment = {"CODEX_LSP_ENDPOINT_URL": peer.url}
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(raw_client(tmp_path, environment)) for _ in range(2)]
        for client in clients:
            await client.initialize()
            await client.open(URI, CODE)
            (item,) = await suggested(client, *END)
            await accept(client, item)
        assert await asyncio.gather(*(client.leave() for client in clients)) == [0, 0]
    found = await figures(tmp_path)
    assert (found["shown"], found["accepted"], found["accepted_characters"]) == (2, 2, 10)


async def session(client: RawClient) -> None:
    """Show and accept one suggestion, and leave."""
    await client.initialize()
    await client.open(URI, CODE)
    (item,) = await suggested(client, *END)
    await accept(client, item)
    assert await client.leave() == 0


async def test_a_locked_database_keeps_nobody_from_completing_and_leaving(client: RawClient, tmp_path: Path) -> None:
    path = database(tmp_path)
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE of_another (x)")
        other.execute("BEGIN EXCLUSIVE")
        await session(client)
        other.execute("ROLLBACK")
    assert "Traceback" not in client.log


@pytest.mark.parametrize(
    "content", [b"no database at all, but longer than a header is" * 40, b"SQLite format 3\0" * 400]
)
async def test_a_damaged_database_is_said_with_its_mend(client: RawClient, tmp_path: Path, content: bytes) -> None:
    path = database(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    await session(client)
    assert client.log.count("statistics are off until the next start") == 1
    assert path.read_bytes() == content
    assert client.all_shown() == []

    code, out, err = await stats(tmp_path)
    assert (code, out) == (1, "")
    assert "codex-lsp stats --forget" in err
    assert len(err.splitlines()) == 1
    assert (await stats(tmp_path, "--forget"))[0] == 0
    assert (await figures(tmp_path))["shown"] == 0


async def test_a_folder_that_cannot_be_written_turns_statistics_off(client: RawClient, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    await session(client)
    assert client.log.count("statistics are off until the next start") == 1
    assert "Traceback" not in client.log


async def test_forget_while_a_server_runs(client: RawClient, tmp_path: Path) -> None:
    await client.initialize()
    await client.open(URI, CODE)
    (item,) = await suggested(client, *END)
    async with asyncio.timeout(60):
        while not database(tmp_path).exists():  # noqa: ASYNC110 - another process sends no event
            await asyncio.sleep(0.02)
    code, out, _ = await stats(tmp_path, "--forget")
    assert code == 0
    assert "all figures are removed" in out
    # What was counted before is not written after it.
    await accept(client, item)
    assert await client.leave() == 0
    found = await figures(tmp_path)
    assert (found["shown"], found["accepted"]) == (0, 0)


async def test_switched_off_nothing_is_written(client: RawClient, tmp_path: Path) -> None:
    await client.initialize(settings={"statistics": {"enabled": False}})
    await client.open(URI, CODE)
    (item,) = await suggested(client, *END)
    await accept(client, item)
    assert await client.leave() == 0
    assert not database(tmp_path).exists()
    code, out, _ = await stats(tmp_path)
    assert (code, out) == (0, "nothing is recorded yet\n")


async def test_switched_off_later_what_was_not_written_is_forgotten(client: RawClient, tmp_path: Path) -> None:
    await client.initialize()
    await client.open(URI, CODE)
    await suggested(client, *END)
    for enabled in (False, True):
        settings = {"codex-lsp": {"statistics": {"enabled": enabled}}}
        await client.notify("workspace/didChangeConfiguration", {"settings": settings})
    await client.state(URI)
    assert await client.leave() == 0
    assert (await figures(tmp_path))["shown"] == 0
