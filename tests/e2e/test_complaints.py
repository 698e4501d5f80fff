"""What people complain of in other completions, on a real server: hangs, moments, flicker, heat, odd texts."""

from typing import Any

import pytest

from tests.e2e.peer import Peer
from tests.e2e.raw_client import GHOST_TEXT, INLINE, RawClient, at, span

URI = "file:///work/src/app.py"
NO_PAUSE = {"completion": {"debounce_ms": 0, "adaptive_debounce": False, "prefetch": False}}
HOLD = 5000
"""Milliseconds of a pause that no test waits for to end."""
MANY_LINES = "".join(f"value_{number} = {number}\n" for number in range(25_000))
TEXTS = {
    "form feed": ("a = 1\x0cb = 2\r\n\x0c\n", "c = ", "\n", "utf-16"),
    "emoji, utf-16": ("", "s = '👩‍👩‍👧‍👦😋'; c = ", "\n", "utf-16"),
    "emoji, utf-8": ("", "s = '👩‍👩‍👧‍👦😋'; c = ", "\n", "utf-8"),
    "carriage returns": ("a = 1\r\n", "b = ", "\r\nc = 3\r\n", "utf-16"),
    "right-to-left": ("שלום = 'مرحبا'\n", "שם = ", "\n", "utf-16"),
    "50,000 lines": (MANY_LINES, "b = ", "\n" + MANY_LINES, "utf-16"),
    "one line": ("", "a=1;" * 100_000 + "b=", ";" + "c=2;" * 100_000, "utf-16"),
}


def texts(result: Any) -> list[str]:
    return [item["insertText"] for item in result["items"]]


def units(text: str, encoding: str) -> int:
    return len(text.encode("utf-8")) if encoding == "utf-8" else len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(("above", "line", "below", "encoding"), TEXTS.values(), ids=TEXTS)
async def test_taken_word_by_word_without_asking_again(
    client: RawClient, peer: Peer, above: str, line: str, below: str, encoding: str
) -> None:
    words = ["first", "(", "'😋'", ", ", "b", ")"]
    peer.rows = [("".join(words), -0.1)]
    offered = GHOST_TEXT | {"general": {"positionEncodings": [encoding]}}
    await client.initialize(offered, settings=NO_PAUSE)
    await client.open(URI, above + line + below)
    row = above.count("\n")
    if len(above + line + below) > 1_000_000:
        assert await client.ask(INLINE, at(URI, row, units(line, encoding))) == {"items": []}
        return
    for taken in range(len(words)):
        typed = "".join(words[:taken])
        where = at(URI, row, units(line + typed, encoding), invoked=False)
        result = await client.ask(INLINE, where)
        assert texts(result) == ["".join(words[taken:])]
        assert result["items"][0]["range"] == span(row, units(line + typed, encoding))
        await client.insert(URI, row, units(line + typed, encoding), words[taken])
    assert len(peer.prompts) == 1
    state = await client.state(URI)
    assert state["characters"] == len(above + line + "".join(words) + below)


async def test_a_hung_backend_is_told_once_and_nothing_stays_busy(client: RawClient, peer: Peer) -> None:
    peer.released.clear()
    settings = NO_PAUSE["completion"] | {"timeout_ms": 100}
    await client.initialize(GHOST_TEXT | {"window": {"workDoneProgress": True}}, settings={"completion": settings})
    await client.open(URI, "a = ")
    for _ in range(3):
        assert await client.ask(INLINE, at(URI, 0, 4, invoked=False)) == {"items": []}
    assert len([text for text in client.all_shown() if "no completion within 0.1 s" in text]) == 1
    await peer.left(3)
    progress = [message["params"] for message in client.received if message.get("method") == "$/progress"]
    begun = {report["token"] for report in progress if report["value"]["kind"] == "begin"}
    assert begun == {report["token"] for report in progress if report["value"]["kind"] == "end"}
    peer.released.set()
    assert texts(await client.ask(INLINE, at(URI, 0, 4))) == ["a + b"]


async def test_asked_for_by_hand_waits_for_no_pause(client: RawClient) -> None:
    await client.initialize(settings={"completion": {"debounce_ms": HOLD, "adaptive_debounce": False}})
    await client.open(URI, "a = ")
    automatic = await client.start(INLINE, at(URI, 0, 4, invoked=False))
    assert texts(await client.ask(INLINE, at(URI, 0, 4))) == ["a + b"]
    await client.notify("$/cancelRequest", {"id": automatic})
    # It was still in its pause.
    assert (await client.answer(automatic))["error"]["code"] == -32800


@pytest.mark.parametrize(
    "removed", [{"range": span(0, 5, 0, 6), "text": ""}, {"text": "a = "}, {"range": span(0, 0, 0, 3), "text": ""}]
)
async def test_silent_after_removing_until_something_is_typed(
    client: RawClient, peer: Peer, removed: dict[str, Any]
) -> None:
    peer.rows = [("+ b", -0.1)]
    await client.initialize(settings=NO_PAUSE)
    await client.open(URI, "a = xy")
    await client.change(URI, [removed])
    assert await client.ask(INLINE, at(URI, 0, 9, invoked=False)) == {"items": []}
    assert peer.prompts == []
    await client.insert(URI, 0, 9, " ")
    assert texts(await client.ask(INLINE, at(URI, 0, 9, invoked=False))) == ["+ b"]


async def test_no_work_after_shutdown(client: RawClient, peer: Peer) -> None:
    peer.released.clear()
    await client.initialize(settings=NO_PAUSE)
    await client.open(URI, "a = ")
    running = await client.start(INLINE, at(URI, 0, 4))
    await peer.asked()
    assert await client.ask("shutdown") is None
    await peer.left()
    assert "error" in await client.answer(running)
    assert await client.refused(INLINE, at(URI, 0, 4)) == -32600
    assert len(peer.prompts) == 1
    await client.notify("exit", None)
    assert await client.exit_code() == 0


async def test_what_follows_a_suggestion_is_asked_for_before_it_is_taken(client: RawClient, peer: Peer) -> None:
    peer.rows = [("first", -0.1)]
    await client.initialize(settings={"completion": NO_PAUSE["completion"] | {"prefetch": True}})
    await client.open(URI, "if a:\n    b = ")
    assert texts(await client.ask(INLINE, at(URI, 1, 8, invoked=False))) == ["first"]
    await peer.asked(2)
    assert peer.prompts[1].endswith("b = first\n    ")
    await client.insert(URI, 1, 8, "first\n    ")
    assert texts(await client.ask(INLINE, at(URI, 2, 4, invoked=False))) == ["first"]
    again = [prompt for prompt in peer.prompts if prompt.endswith("b = first\n    ")]
    assert len(again) == 1


async def test_a_state_that_was_left_is_never_shown_again(client: RawClient, peer: Peer) -> None:
    await client.initialize(settings=NO_PAUSE)
    await client.open(URI, "a = \nb = 1\n")
    peer.rows = [("old", -0.1)]
    assert texts(await client.ask(INLINE, at(URI, 0, 4, invoked=False))) == ["old"]
    await client.insert(URI, 1, 5, "2")
    peer.rows = [("new", -0.1)]
    assert texts(await client.ask(INLINE, at(URI, 0, 4, invoked=False))) == ["new"]
    assert len(peer.prompts) == 2
