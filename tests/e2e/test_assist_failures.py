"""Assists when something goes wrong or away: the model, the document, a client's answers; a cancel at each stage."""

import asyncio
import os
import shutil
import signal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.e2e.peer import Peer
from tests.e2e.raw_client import INLINE, Message, at, raw_client, span
from tests.e2e.test_assist_clients import text_of
from tests.e2e.test_assists import ACTIONS, COMMAND, EDITOR, WRITTEN, Desk, bare_desk, desk

__all__ = ["bare_desk", "desk"]

RIGHT = "    return a + b\n"
ENDLESS = '''def wait(a: int) -> int:
    """Never.

    >>> wait(1)
    1
    """
    while True:
        a += 1
'''
CANCELLED = -32800
ANSWERS: Message = {"workspace/applyEdit": {"applied": True}, "window/showDocument": {"success": True}}
FORGED: list[Any] = [
    None,
    [],
    {"kind": "solve"},
    {"kind": ["solve"], "uri": 1},
    {"kind": {}, "uri": "file:///x.py", "position": {"line": 0, "character": 0}},
    {"kind": "solve", "uri": "file:///x.py", "position": {"line": "0", "character": None}},
    {"kind": "fix", "uri": "file:///x.py", "position": {"line": 0, "character": 0}, "problem": {"range": 3}},
]
HUGE = 10**30


def offspring(pid: int) -> set[int]:
    """The processes that a process has started, and theirs."""
    found: set[int] = set()
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = {int(child) for child in tasks.read_text(encoding="utf-8").split()}
        except OSError:
            continue
        found |= children.union(*map(offspring, children)) if children else set()
    return found


async def until(desk: Desk, *, is_running: bool) -> None:
    """Wait until the server has something running, or nothing any more."""
    async with asyncio.timeout(60):
        while bool(offspring(desk.client.process.pid)) is not is_running:  # noqa: ASYNC110 - of a process not ours
            await asyncio.sleep(0.02)


async def test_a_model_that_goes_away_is_one_line_and_the_next_one_works(desk: Desk, peer: Peer) -> None:
    desk.client.replies |= ANSWERS
    peer.rows = [(RIGHT, -0.1)]
    await desk.open()
    await desk.progress("end")
    for number, way in enumerate(({"failure": (500, "out of memory\nat 0x1")}, {"breaks": True}), 1):
        vars(peer).update(way)
        assert await desk.client.ask(COMMAND, desk.call("solve")) is None
        await desk.client.message(lambda message: message.get("method") == "window/showMessage", count=number)
        vars(peer).update(failure=None, breaks=False)
    shown = desk.client.all_shown()
    assert len(shown) == 2
    assert not any("\n" in message or "Traceback" in message for message in shown)
    assert not desk.was_sent("workspace/applyEdit")
    assert (await desk.client.ask(COMMAND, desk.call("solve")))["applied"] is True
    assert "Traceback" not in desk.client.log


async def test_an_engine_that_is_killed_at_work_costs_that_one_assist(tmp_path: Path) -> None:
    async with raw_client(tmp_path) as client:
        desk = Desk(client, tmp_path / "project")
        client.replies |= ANSWERS
        await desk.open(settings={"assist.budget": 8})
        await desk.progress("end")
        before = offspring(client.process.pid)
        # The function has no answer that the shipped model would find at once.
        asked = await client.start(COMMAND, desk.call("solve"))
        await desk.progress("begin", title="Solving")
        async with asyncio.timeout(60):
            while not (  # noqa: ASYNC110 - of a process not ours
                fresh := {pid for pid in offspring(client.process.pid) - before if is_engine(pid)}
            ):
                await asyncio.sleep(0.02)
        for pid in fresh:
            os.kill(pid, signal.SIGKILL)
        answer = await client.answer(asked)
        # Started anew by itself, or told in one line: never an error box, never a server that is gone.
        assert answer.get("result") or client.all_shown(), answer
        assert not any("\n" in message for message in client.all_shown())
        assert await client.ask(COMMAND, desk.call("explain")) is not None
        assert await client.leave() == 0


def is_engine(pid: int) -> bool:
    try:
        return b"\0engine\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


async def test_a_cancel_ends_what_is_under_way(desk: Desk, peer: Peer) -> None:
    peer.known.clear()
    able = {name: value for name, value in EDITOR.items() if name != "workspace"}
    await desk.open(able, text=ENDLESS)
    # Before the model has told what it is.
    early = await desk.client.start(COMMAND, desk.call("solve"))
    await desk.progress("begin", title="Solving")
    await desk.client.notify("$/cancelRequest", {"id": early})
    assert (await desk.client.answer(early))["error"]["code"] == CANCELLED
    peer.known.set()
    # While the function runs.
    running = await desk.client.start(COMMAND, desk.call("tests"))
    await until(desk, is_running=True)
    await desk.client.notify("$/cancelRequest", {"id": running})
    assert (await desk.client.answer(running))["error"]["code"] == CANCELLED
    await until(desk, is_running=False)
    # While an action's edit is made.
    actions = await desk.actions(span(0, 5))
    solve = next(action for action in actions if action["title"].startswith("Generate"))
    resolving = await desk.client.start("codeAction/resolve", solve)
    await until(desk, is_running=True)
    await desk.client.notify("$/cancelRequest", {"id": resolving})
    assert (await desk.client.answer(resolving))["error"]["code"] == CANCELLED
    await until(desk, is_running=False)
    assert desk.client.all_shown() == []
    # Two at once, and the person leaves.
    await desk.client.start(COMMAND, desk.call("tests"))
    await desk.client.start(COMMAND, desk.call("explain"))
    await until(desk, is_running=True)
    left = offspring(desk.client.process.pid)
    assert await desk.client.leave() == 0
    async with asyncio.timeout(60):
        while any(map(is_alive, left)):  # noqa: ASYNC110 - of processes not ours
            await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False


async def test_a_document_that_is_no_longer_that_one_is_not_edited(desk: Desk, peer: Peer) -> None:
    peer.rows = [(RIGHT, -0.1)]
    desk.client.replies |= ANSWERS
    await desk.open()
    await desk.progress("end")
    text = desk.path.read_text(encoding="utf-8")
    close = {"textDocument": {"uri": desk.uri}}

    async def renamed() -> None:
        await desk.client.notify("textDocument/didClose", close)
        await desk.client.open((desk.folder / "other.py").as_uri(), text)

    async def emptied() -> None:
        await desk.client.notify("textDocument/didClose", close)
        await desk.client.open(desk.uri, "")
        await desk.client.change(desk.uri, [{"text": text + "#"}])

    for number, (meanwhile, said) in enumerate(((renamed, "was closed meanwhile"), (emptied, "has changed meanwhile"))):
        peer.released.clear()
        request = await desk.client.start(COMMAND, desk.call("solve"))
        await peer.asked(number + 1)
        await meanwhile()
        peer.released.set()
        assert (await desk.client.answer(request))["result"]["applied"] is False
        assert "`sums.py`" in await desk.client.shown(said)
        await desk.client.notify("textDocument/didClose", close)
        await desk.client.open(desk.uri, text)
    assert not desk.was_sent("workspace/applyEdit")


async def test_what_a_client_refuses_or_never_answers_holds_up_nothing_else(desk: Desk, peer: Peer) -> None:
    peer.rows = [(RIGHT, -0.1)]
    answers = desk.client.replies
    await desk.open()
    await desk.progress("end")
    for answer in (None, {"applied": None}, {"applied": False, "failureReason": "read only"}):
        answers["workspace/applyEdit"] = answer
        assert (await desk.client.ask(COMMAND, desk.call("solve")))["applied"] is False
    await desk.client.shown("the editor did not apply it: read only")
    answers["window/showDocument"] = {"success": False}
    assert await desk.client.ask(COMMAND, desk.call("explain")) is not None
    await desk.client.shown("(more in ")

    desk.client.unanswered = {"workspace/applyEdit"}
    waiting = await desk.client.start(COMMAND, desk.call("solve"))
    sent = await desk.client.message(lambda message: message.get("method") == "workspace/applyEdit", count=4)
    assert await desk.titles(span(0, 5))
    assert "items" in await desk.client.ask(INLINE, at(desk.uri, 6, 4))
    newer = await desk.client.start(COMMAND, desk.call("solve"))
    assert (await desk.client.answer(waiting))["result"] is None
    await desk.client.message(lambda message: message.get("method") == "workspace/applyEdit", count=5)
    # An answer to what nobody waits for any more.
    await desk.client.send({"jsonrpc": "2.0", "id": sent["id"], "result": {"applied": True}})
    assert await desk.titles(span(0, 5))
    assert await desk.client.leave() == 0
    assert not any(message.get("id") == newer and message.get("result") for message in desk.client.received)


async def test_a_question_that_is_never_answered_holds_up_nothing_else(bare_desk: Desk) -> None:
    bare_desk.client.unanswered = {"window/showMessageRequest"}
    await bare_desk.open(text=WRITTEN)
    request = await bare_desk.client.start(COMMAND, bare_desk.call("tests"))
    await bare_desk.asked("window/showMessageRequest")
    assert await bare_desk.titles(span(0, 5))
    await bare_desk.client.notify("$/cancelRequest", {"id": request})
    assert (await bare_desk.client.answer(request))["error"]["code"] == CANCELLED
    await bare_desk.client.start(COMMAND, bare_desk.call("tests"))
    assert await bare_desk.titles(span(0, 5))
    assert await bare_desk.client.leave() == 0


async def test_forged_requests_are_refused_or_change_nothing(desk: Desk, peer: Peer) -> None:
    await desk.open()
    await desk.progress("end")
    for data in FORGED:
        action = {"title": "forged", "data": data}
        assert await desk.client.refused("codeAction/resolve", action) == -32602, data
        assert await desk.client.refused(COMMAND, {"command": "codex-lsp.assist", "arguments": [data]}) == -32602, data
    told: list[Message] = [
        {"uri": "file:///etc/passwd"},
        {"uri": "file:///%00"},
        {"uri": "untitled:[1"},
        {"version": 7},
        {"position": {"line": HUGE, "character": HUGE}},
        {"position": {"line": -1, "character": -HUGE}, "kind": "explain"},
        {"kind": "translate", "targetLanguage": "klingon"},
        {"kind": "translate", "targetLanguage": None},
        {"kind": "fix", "problem": {"message": "x", "range": span(HUGE, 0, -5, 3), "code": {"a": 1}}},
    ]
    for number, members in enumerate(told, 1):
        call = desk.call("tests", 8)["arguments"][0] | members
        resolved = await desk.client.ask("codeAction/resolve", {"title": "forged", "data": call})
        assert resolved.get("edit") is None, members
        await desk.client.message(lambda message: message.get("method") == "window/showMessage", count=number)
    assert not any("\n" in message for message in desk.client.all_shown())
    for odd in (span(9, 3, 0, 5), span(0, 5, HUGE % 2**31, 4), span(2**31 - 1, 2**31 - 1)):
        assert isinstance(await desk.actions(odd), list)
    answer = await desk.client.answer(await desk.client.start(ACTIONS, {"textDocument": 3}))
    assert answer["error"]["code"] == -32602
    assert "Traceback" not in desk.client.log
    assert peer.prompts == []


async def test_what_is_not_saved_counts_by_whichever_name_it_is_open(desk: Desk) -> None:
    desk.client.replies |= ANSWERS
    real = desk.folder.parent / "real"
    desk.folder.symlink_to(real)
    real.mkdir()
    desk.path.write_text(WRITTEN, encoding="utf-8")
    tests = desk.folder / "test_sums.py"
    tests.write_text("# saved\n", encoding="utf-8")
    await desk.client.initialize(EDITOR, folder=desk.folder.as_uri())
    await desk.client.open(desk.uri, WRITTEN)
    await desk.client.open(tests.as_uri(), "# not saved yet\n")

    assert (await desk.client.ask(COMMAND, desk.call("tests")))["applied"] is True, desk.client.all_shown()

    (change,) = (await desk.asked("workspace/applyEdit"))["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": tests.as_uri(), "version": 0}
    assert change["edits"][-1]["range"]["start"] == {"line": 0, "character": len("# not saved yet")}


async def test_a_report_that_has_no_folder_any_more_is_written_in_another(desk: Desk) -> None:
    desk.client.replies |= ANSWERS
    desk.path = desk.folder / ("\U0001d4d0" * 62 + ".py")
    desk.uri = desk.path.as_uri()
    await desk.open(trusted=False)
    for count in (1, 2):
        assert await desk.client.ask(COMMAND, desk.call("explain")) is not None, desk.client.all_shown()
        shown = await desk.client.message(lambda each: each.get("method") == "window/showDocument", count=count)
        report = Path(unquote(urlsplit(shown["params"]["uri"]).path))
        assert "add" in text_of(report)
        shutil.rmtree(report.parent)
