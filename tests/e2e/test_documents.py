"""The server's documents are the client's, whatever is edited and however columns are counted."""

import hashlib
import random
import re

import pytest

from tests.e2e.peer import Peer
from tests.e2e.raw_client import GHOST_TEXT, INLINE, MENU, Message, RawClient, at, span

URI = "file:///work/app.py"
EDITS = 1000
# Line ends, what Python but not LSP takes for one, characters of one to four bytes, half a character.
PIECES = ["a", "bc ", "\n", "\r\n", "\r", "\x0c", "\x85", "\u2028", "é", "€", "😋", "\ud83d", "\ude0b", "\t", "x" * 50]


def units(text: str, encoding: str) -> int:
    if encoding == "utf-32":
        return len(text)
    return len(text.encode("utf-8" if encoding == "utf-8" else "utf-16-le", "surrogatepass")) // (
        1 if encoding == "utf-8" else 2
    )


def position(text: str, offset: int, encoding: str) -> Message:
    before = text[:offset]
    ends = list(re.finditer(r"\r\n|\r|\n", before))
    start = ends[-1].end() if ends else 0
    return {"line": len(ends), "character": units(before[start:], encoding)}


def joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def random_offset(text: str, draw: random.Random) -> int:
    offset = draw.randint(0, len(text))
    # No position lies inside a line end.
    return offset + 1 if text[max(offset - 1, 0) : offset + 1] == "\r\n" else offset


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_a_thousand_random_edits(client: RawClient, encoding: str) -> None:
    draw = random.Random(encoding)
    await client.initialize(GHOST_TEXT | {"general": {"positionEncodings": [encoding]}})
    text = "a = 1\x0c99\nb = 2\n"
    await client.open(URI, text)
    for step in range(EDITS):
        start, end = sorted((random_offset(text, draw), random_offset(text, draw)))
        end = min(end, start + draw.choice((0, 0, 3, 30)))
        end += text[end - 1 : end + 1] == "\r\n" and end > start
        piece = "".join(draw.choices(PIECES, k=draw.randint(0, 4)))
        edited = {"start": position(text, start, encoding), "end": position(text, end, encoding)}
        await client.change(URI, [{"range": edited, "text": piece}])
        text = joined(text[:start] + piece + text[end:])
        if step % 100 == 99:
            state = await client.state(URI)
            assert state["characters"] == len(text)
            assert state["sha256"] == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    assert await client.leave() == 0


async def test_the_state_of_a_document(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, "a = 1\n")
    assert await client.state(URI) == {
        "version": 0,
        "language": "python",
        "lines": 2,
        "characters": 6,
        "sha256": hashlib.sha256(b"a = 1\n").hexdigest(),
    }
    await client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert await client.state(URI) is None


async def test_several_edits_in_one_change_follow_each_other(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, "ab")
    await client.change(
        URI, [{"text": "one\ntwo"}, {"range": span(1, 0, 1, 3), "text": "2"}, {"range": span(0, 0), "text": "0"}]
    )
    assert (await client.state(URI))["sha256"] == hashlib.sha256(b"0one\n2").hexdigest()


async def test_a_change_that_cannot_be_read_silences_the_document_until_it_is_reopened(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, "a = ")
    for _ in range(2):
        await client.change(URI, [{"range": span(-1, 0), "text": "x"}])
    assert "app.py" in await client.shown("cannot be read")
    assert len(client.all_shown()) == 1
    assert await client.ask(INLINE, at(URI, 0, 4)) == {"items": []}
    assert await client.state(URI) is None
    await client.open(URI, "a = ")
    assert (await client.ask(INLINE, at(URI, 0, 4)))["items"]


async def test_a_huge_document_gets_no_suggestions_and_the_log_says_so_once(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, "data = [\n" + "    1234567,\n" * 400_000)
    for character in (4, 5):
        await client.insert(URI, 1, character, "9")
        assert await client.ask(INLINE, at(URI, 1, character + 1)) == {"items": []}
    assert (await client.state(URI))["lines"] == 400_002
    assert client.log.count("nothing is suggested above") == 1


async def test_the_middle_of_a_line_of_a_megabyte(client: RawClient, peer: Peer) -> None:
    capabilities: Message = {"textDocument": {"completion": {}}}
    await client.initialize(capabilities)
    peer.rows = [("99", -0.1)]
    half = "é" + "v=1;" * 120_000
    await client.open(URI, half + "data = " + half)
    middle = len(half) + 7
    assert [item["insertText"] for item in (await client.ask(INLINE, at(URI, 0, middle)))["items"]] == ["99"]

    where = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": middle}}
    assert [entry["label"] for entry in (await client.ask(MENU, where))["items"]] == ["99"]


async def test_the_menu_after_a_word_of_a_megabyte(client: RawClient, peer: Peer) -> None:
    await client.initialize({"textDocument": {"completion": {}}})
    peer.rows = [("99", -0.1)]
    word = "x" * 900_000
    await client.open(URI, word)
    where = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": len(word)}}
    (entry,) = (await client.ask(MENU, where))["items"]
    assert entry["textEdit"]["range"]["end"]["character"] == len(word)
    assert entry["textEdit"]["newText"].endswith("x99")

    # A search for the word from the line's start would never end here.
    await client.open(URI, f"{word}(")
    where = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": len(word) + 1}}
    (entry,) = (await client.ask(MENU, where))["items"]
    assert entry["textEdit"]["newText"] == "99"


async def test_typing_in_a_line_of_four_megabytes(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, "é" + "1234567," * 500_000)
    for character in range(20):
        await client.insert(URI, 0, 2_000_000 + character, "9")
        assert await client.ask(INLINE, at(URI, 0, 2_000_001 + character)) == {"items": []}
    assert (await client.state(URI))["characters"] == 4_000_021


async def test_unknown_documents_are_no_error(client: RawClient) -> None:
    await client.initialize()
    await client.insert(URI, 0, 0, "x")
    await client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert await client.ask(INLINE, at(URI, 0, 0)) == {"items": []}
    for uri in ("", "untitled:Untitled-1", "http://[", "file:///c%3A/x.py", "\ud800"):
        await client.open(uri, "a = ")
        assert (await client.ask(INLINE, at(uri, 0, 4)))["items"], uri


async def test_no_document_text_in_the_log(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, "password_of_mine = ")
    await client.ask(INLINE, at(URI, 0, 19))
    await client.send({"jsonrpc": "2.0", "id": "x", "method": INLINE, "params": {"password_of_mine": 1}})
    await client.answer("x")
    await client.change(URI, [{"range": "password_of_mine", "text": 3}])
    assert await client.leave() == 0
    assert "password_of_mine" not in client.log


async def test_nulls_of_older_clients_count_as_absent(client: RawClient) -> None:
    await client.initialize()
    await client.open(URI, "a = ")
    change = {"textDocument": {"uri": URI, "version": None}, "contentChanges": [{"range": None, "text": "bb = "}]}
    await client.notify("textDocument/didChange", change)
    state = await client.state(URI)
    assert (state["version"], state["characters"]) == (1, 5)
    assert client.all_shown() == []
