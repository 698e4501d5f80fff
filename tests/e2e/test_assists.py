"""Assists as a client meets them: offers, progress, cancel, edits that are confirmed, trust and consent."""

import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.e2e.peer import Peer
from tests.e2e.raw_client import Message, RawClient, raw_client, span

COMMAND = "workspace/executeCommand"
ACTIONS = "textDocument/codeAction"
SOURCE = '''def add(a: int, b: int) -> int:
    """The sum.

    >>> add(1, 2)
    3
    """
    raise NotImplementedError


class Stack:
    def push(self, item):
        return item
'''
WRITTEN = SOURCE.replace("raise NotImplementedError", "return a + b")
EDITOR: Message = {
    "textDocument": {
        "inlineCompletion": {},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source"]}},
            "resolveSupport": {"properties": ["edit"]},
            "dataSupport": True,
            "tagSupport": {"valueSet": [1]},
        },
    },
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "delete"],
            "changeAnnotationSupport": {"groupsOnLabel": True},
        },
    },
}


class Desk:
    """A client with a project of one file, which is open."""

    def __init__(self, client: RawClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.path = folder / "sums.py"
        self.uri = self.path.as_uri()

    async def open(
        self,
        capabilities: Message = EDITOR,
        *,
        text: str = SOURCE,
        trusted: bool = True,
        settings: Message | None = None,
    ) -> Message:
        self.folder.mkdir()
        self.path.write_text(text, encoding="utf-8")
        told = await self.client.initialize(
            capabilities, settings=settings, folder=self.folder.as_uri(), trusted=trusted
        )
        await self.client.open(self.uri, text)
        return told

    async def actions(self, at: Message, *, diagnostics: Any = (), **context: Any) -> list[Message]:
        params = {
            "textDocument": {"uri": self.uri},
            "range": at,
            "context": {"diagnostics": list(diagnostics), **context},
        }
        return await self.client.ask(ACTIONS, params)

    async def titles(self, at: Message, **context: Any) -> list[str]:
        return [action["title"] for action in await self.actions(at, **context)]

    def call(self, kind: str, line: int = 0, character: int = 4, **more: Any) -> Message:
        here = {"kind": kind, "uri": self.uri, "position": {"line": line, "character": character}}
        return {"command": "codex-lsp.assist", "arguments": [here | more]}

    async def asked(self, method: str) -> Message:
        """The parameters of a request of the server's."""
        return (await self.client.message(lambda message: message.get("method") == method))["params"]

    async def progress(self, kind: str, *, title: str = "", count: int = 1) -> Message:
        """What a progress says; of those that begin, the one with that title."""

        def matches(message: Message) -> bool:
            value = message["params"]["value"] if message.get("method") == "$/progress" else {}
            return value.get("kind") == kind and value.get("title", "").startswith(title)

        return (await self.client.message(matches, count=count))["params"]

    def was_sent(self, method: str) -> bool:
        return any(message.get("method") == method for message in self.client.received)


@pytest.fixture
async def desk(client: RawClient, tmp_path: Path) -> Desk:
    return Desk(client, tmp_path / "project")


@pytest.fixture
async def bare_desk(tmp_path: Path, peer: Peer) -> AsyncIterator[Desk]:
    """On a machine without a sandbox."""
    nothing = tmp_path / "no-programs"
    nothing.mkdir()
    async with AsyncExitStack() as stack:
        environment = {"CODEX_LSP_ENDPOINT_URL": peer.url, "PATH": str(nothing)}
        yield Desk(await stack.enter_async_context(raw_client(tmp_path, environment)), tmp_path / "project")


async def test_what_is_offered(desk: Desk) -> None:
    told = await desk.open()
    assert told["codeActionProvider"]["resolveProvider"] is True
    assert "codex-lsp.assist" in told["executeCommandProvider"]["commands"]
    # Solving is offered once the model has told what it is.
    await desk.progress("end")

    actions = await desk.actions(span(0, 5), triggerKind=1)

    assert [(action["title"], action["kind"]) for action in actions] == [
        ("Solve add with tests", "refactor.rewrite"),
        ("Generate tests for add", "source.generateTests.codex-lsp"),
        ("Write a docstring for add", "refactor.rewrite"),
        ("Explain add", "source.explain.codex-lsp"),
        ("Make add faster", "refactor.rewrite"),
    ]
    assert {tuple(action["tags"]) for action in actions} == {(1,)}
    # What a client resolves has its command already: nothing is run for a preview.
    assert await desk.client.ask("codeAction/resolve", actions[0]) == actions[0]
    assert await desk.titles(span(0, 5), only=["source"]) == ["Generate tests for add", "Explain add"]
    assert await desk.titles(span(0, 5), only=["refactor.rewrite.x", "sourc"]) == []
    assert await desk.titles(span(8, 0)) == []
    # By itself the light is at headers, never where an editor would apply what it finds.
    assert len(await desk.titles(span(0, 5), triggerKind=2)) == 5
    assert await desk.titles(span(6, 8), triggerKind=2) == []
    assert await desk.titles(span(0, 0, 12, 0), triggerKind=2, only=["source"]) == []


async def test_a_problem_is_offered_to_be_mended_whatever_its_tool_says_of_it(desk: Desk) -> None:
    await desk.open()
    await desk.progress("end")
    odd = {"range": span(6, 4, 6, 9), "message": {"kind": "markdown", "value": "not *done*"}, "code": {"value": "N1"}}
    diagnostics = [odd | {"severity": 99, "tags": None, "data": [1]}, {"range": span(0, 0), "message": "elsewhere"}]

    first, *_ = await desk.actions(span(6, 6), diagnostics=diagnostics, triggerKind=2)

    assert (first["title"], first["kind"]) == ("Fix: not *done*", "quickfix")
    assert first["diagnostics"][0]["message"] == "not *done*"
    assert first["command"]["arguments"][0]["problem"]["code"] == "N1"
    await desk.client.change(desk.uri, [{"text": "def half(:\n"}])
    assert await desk.titles(span(0, 5)) == []
    broken = [{"range": span(0, 9, 0, 10), "message": "invalid syntax"}]
    assert await desk.titles(span(0, 9), diagnostics=broken) == ["Fix: invalid syntax"]


async def test_switched_off_or_excluded_nothing_is_offered_nor_done(desk: Desk) -> None:
    await desk.open(settings={"assist.enabled": False})
    assert await desk.titles(span(0, 5)) == []
    assert await desk.client.ask(COMMAND, desk.call("explain")) is None
    await desk.client.shown("`assist.enabled`")
    settings = {"assist.enabled": True, "exclude": ["sums.py"]}
    await desk.client.notify("workspace/didChangeConfiguration", {"settings": {"codex-lsp": settings}})
    assert await desk.titles(span(0, 5)) == []
    assert await desk.client.ask(COMMAND, desk.call("explain")) is None
    await desk.client.shown("no model is shown")


async def test_an_edit_is_confirmed_and_names_the_version_it_is_for(desk: Desk, peer: Peer) -> None:
    peer.rows = [("    return a - b\n", -0.1), ("    return a + b\n", -0.5)]
    desk.client.replies["workspace/applyEdit"] = {"applied": True}
    await desk.open()
    await desk.progress("end")
    solve, *_ = await desk.actions(span(0, 5))

    done = await desk.client.ask(COMMAND, solve["command"])

    assert done["applied"] is True
    assert "passes" in done["message"]
    await desk.client.shown(done["message"])
    token = (await desk.progress("begin", title="Solving"))["token"]
    begun = await desk.progress("begin", title="Solving")
    assert begun["value"]["cancellable"] is True
    created = [message["params"]["token"] for message in desk.client.received if "create" in message.get("method", "")]
    assert token in created
    params = await desk.asked("workspace/applyEdit")
    (change,) = params["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": desk.uri, "version": 0}
    assert [part["newText"].strip() for part in change["edits"]] == ["return a + b"]
    annotation = params["edit"]["changeAnnotations"][change["edits"][0]["annotationId"]]
    assert annotation["needsConfirmation"] is True
    assert annotation["label"] == params["label"] == "Solve add"
    assert "asses" in annotation["description"]


async def test_an_edit_of_a_document_that_moved_on_is_refused(desk: Desk, peer: Peer) -> None:
    peer.rows = [("    return a + b\n", -0.1)]
    peer.released.clear()
    await desk.open()
    request = await desk.client.start(COMMAND, desk.call("solve"))
    await peer.asked()
    await desk.client.insert(desk.uri, 0, 0, "# above\n")
    peer.released.set()

    assert (await desk.client.answer(request))["result"]["applied"] is False

    await desk.client.shown("`sums.py` has changed meanwhile, so that nothing was changed; ask again")
    assert not desk.was_sent("workspace/applyEdit")
    # What was offered for another version is not begun either.
    assert await desk.client.ask(COMMAND, desk.call("solve", version=0)) is None
    await desk.client.shown("has changed since this was offered")


async def test_a_cancelled_request_ends_the_generation(desk: Desk, peer: Peer) -> None:
    peer.released.clear()
    await desk.open()
    request = await desk.client.start(COMMAND, desk.call("solve") | {"workDoneToken": "mine"})
    await peer.asked()

    await desk.client.notify("$/cancelRequest", {"id": request})

    assert (await desk.client.answer(request))["error"]["code"] == -32800
    await peer.left()
    ended = await desk.client.message(
        lambda message: (
            message.get("method") == "$/progress"
            and message["params"]["token"] == "mine"
            and message["params"]["value"]["kind"] == "end"
        )
    )
    assert ended


async def test_a_cancelled_progress_ends_the_generation(desk: Desk, peer: Peer) -> None:
    peer.released.clear()
    await desk.open()
    request = await desk.client.start(COMMAND, desk.call("solve"))
    await peer.asked()
    token = (await desk.progress("begin", title="Solving"))["token"]

    await desk.client.notify("window/workDoneProgress/cancel", {"token": token})

    assert (await desk.client.answer(request))["result"] is None
    await peer.left()
    assert desk.client.all_shown() == []


async def test_a_newer_one_of_its_kind_takes_its_place(desk: Desk, peer: Peer) -> None:
    peer.rows = [("    return a + b\n", -0.1)]
    peer.released.clear()
    desk.client.replies["workspace/applyEdit"] = {"applied": True}
    await desk.open()
    older = await desk.client.start(COMMAND, desk.call("solve"))
    await peer.asked()

    newer = await desk.client.start(COMMAND, desk.call("solve"))

    assert (await desk.client.answer(older))["result"] is None
    await peer.asked(2)
    peer.released.set()
    assert (await desk.client.answer(newer))["result"]["applied"] is True


def is_there(path: Path) -> bool:
    return path.exists()


def modes(path: Path) -> tuple[int, int]:
    return stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)


async def test_a_report_is_a_file_of_the_persons_own_that_is_gone_afterwards(desk: Desk) -> None:
    desk.client.replies["window/showDocument"] = {"success": True}
    await desk.open()

    assert (await desk.client.ask(COMMAND, desk.call("explain")))["applied"] is False

    shown = await desk.asked("window/showDocument")
    assert shown["takeFocus"] is True
    path = Path(unquote(urlsplit(shown["uri"]).path))
    assert modes(path) == (0o600, 0o700)
    assert await desk.client.leave() == 0
    assert not is_there(path.parent)


async def test_a_client_that_applies_no_edits_gets_them_by_resolving(desk: Desk, peer: Peer) -> None:
    peer.rows = [("    return a + b\n", -0.1)]
    able = {name: value for name, value in EDITOR.items() if name != "workspace"}
    await desk.open(able)
    await desk.progress("end")
    actions = await desk.actions(span(0, 5))
    solve = actions[0]
    assert "command" not in solve

    resolved = await desk.client.ask("codeAction/resolve", solve)

    (part,) = resolved["edit"]["changes"][desk.uri]
    assert part["newText"].strip() == "return a + b"
    await desk.client.shown("passes")


async def test_where_the_client_does_not_ask_the_server_does(desk: Desk, peer: Peer) -> None:
    peer.rows = [("    return a + b\n", -0.1)]
    editor = {name: value for name, value in EDITOR.items() if name != "workspace"}
    desk.client.replies["window/showMessageRequest"] = {"title": "Discard"}
    desk.client.replies["workspace/applyEdit"] = {"applied": True}
    await desk.open(editor | {"workspace": {"applyEdit": True}})

    assert (await desk.client.ask(COMMAND, desk.call("solve")))["applied"] is False
    assert not desk.was_sent("workspace/applyEdit")
    asked = await desk.asked("window/showMessageRequest")
    assert asked["message"].startswith("Solve add")

    desk.client.replies["window/showMessageRequest"] = {"title": "Apply"}
    assert (await desk.client.ask(COMMAND, desk.call("solve")))["applied"] is True
    assert list((await desk.asked("workspace/applyEdit"))["edit"]["changes"]) == [desk.uri]


async def test_without_trust_nothing_is_run(desk: Desk, peer: Peer) -> None:
    marker = desk.folder / "was-run"
    await desk.open(text=f"open({str(marker)!r}, 'w')\n{WRITTEN}", trusted=False)
    assert await desk.titles(span(1, 5)) == ["Generate tests for add", "Explain add"]
    assert await desk.client.ask(COMMAND, desk.call("solve", 1)) is None
    await desk.client.shown("not trusted")
    done = await desk.client.ask(COMMAND, desk.call("tests", 1))
    assert "not run" in done["message"]
    await desk.client.ask(COMMAND, desk.call("explain", 1))
    assert not is_there(marker)
    assert peer.prompts == []


async def test_without_a_sandbox_the_person_is_asked_once(bare_desk: Desk, peer: Peer) -> None:
    bare_desk.client.replies["window/showMessageRequest"] = {"title": "Do not run"}
    await bare_desk.open(text=WRITTEN)
    for _ in range(2):
        done = await bare_desk.client.ask(COMMAND, bare_desk.call("tests"))
        assert "not run" in done["message"]
    questions = [
        message for message in bare_desk.client.received if message.get("method") == "window/showMessageRequest"
    ]
    assert len(questions) == 1
    assert "`project`" in questions[0]["params"]["message"]
    # Code from a model is not run, and nobody is asked whether it may be.
    assert await bare_desk.client.ask(COMMAND, bare_desk.call("solve")) is None
    assert len(questions) == 1
    assert peer.prompts == []


async def test_what_is_wrong_with_a_command_is_told_and_the_server_goes_on(desk: Desk) -> None:
    await desk.open()
    for arguments in ([], [{"kind": "poem"}], [3]):
        assert await desk.client.refused(COMMAND, {"command": "codex-lsp.assist", "arguments": arguments}) == -32602
    assert await desk.client.refused(COMMAND, {"command": "no-such"}) == -32602
    assert await desk.client.refused("codeAction/resolve", {"title": "of another"}) == -32602
    for line, said in ((8, "in no function"), (99, "in no function")):
        assert await desk.client.ask(COMMAND, desk.call("tests", line)) is None
        await desk.client.shown(said)
    await desk.client.change(desk.uri, [{"text": "def half(:\n"}])
    assert await desk.client.ask(COMMAND, desk.call("tests")) is None
    await desk.client.shown("line 1 does not parse")
    other = desk.call("tests")
    other["arguments"][0]["uri"] = "file:///elsewhere.py"
    assert await desk.client.ask(COMMAND, other) is None
    await desk.client.shown("elsewhere.py is not open here")
