"""Clients that can less than most: each gets what it can take, and is offered nothing that it cannot."""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path

import pytest

from tests.e2e.peer import Peer
from tests.e2e.raw_client import Message, RawClient, span
from tests.e2e.test_assists import COMMAND, EDITOR, WRITTEN, Desk

SMILES = '''"""\U0001f600 begins."""


def size(\U0001d4cd: str) -> int:
    """\U0001f600 How long a text is.

    >>> size("\U0001f600")
    1
    """
    return len("\U0001f600\U0001f600"[2:]) + math.floor(lenn(\U0001d4cd))
'''
TESTS = 'def test_smile():\n    assert "\U0001f600"  # \U0001f600\U0001f600'
UNITS: Mapping[str, str] = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
WIDTH: Mapping[str, int] = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
EVERYTHING = [
    "Solve add with tests",
    "Generate tests for add",
    "Write a docstring for add",
    "Explain add",
    "Make add faster",
]


@pytest.fixture
def desk(client: RawClient, tmp_path: Path) -> Desk:
    client.replies |= {"workspace/applyEdit": {"applied": True}, "window/showDocument": {"success": True}}
    return Desk(client, tmp_path / "project")


def without(*paths: str) -> Message:
    """An editor that lacks some of what others have."""
    able = deepcopy(EDITOR)
    for path in paths:
        *parents, name = path.split(".")
        tree = able
        for parent in parents:
            tree = tree[parent]
        del tree[name]
    return able


def edited(text: str, edits: Sequence[Message], encoding: str) -> str:
    """A text after edits of a client that counts in `encoding`, read as LSP has it and with nothing of the server's."""
    lines = text.split("\n")

    def offset(position: Message) -> int:
        units = lines[position["line"]].encode(UNITS[encoding])[: position["character"] * WIDTH[encoding]]
        return sum(len(line) + 1 for line in lines[: position["line"]]) + len(units.decode(UNITS[encoding]))

    for edit in sorted(edits, key=lambda edit: offset(edit["range"]["start"]), reverse=True):
        text = text[: offset(edit["range"]["start"])] + edit["newText"] + text[offset(edit["range"]["end"]) :]
    return text


@pytest.mark.parametrize("encoding", UNITS)
async def test_positions_count_what_was_agreed(desk: Desk, encoding: str) -> None:
    await desk.open(EDITOR | {"general": {"positionEncodings": [encoding]}}, text=SMILES)
    await desk.progress("end")
    tests = desk.folder / "test_sums.py"
    tests.write_text(TESTS, encoding="utf-8")
    line = SMILES.split("\n")[9]

    def columns(found: str) -> tuple[int, int]:
        first = line.index(found)
        before, upto = (line[:at].encode(UNITS[encoding]) for at in (first, first + len(found)))
        return len(before) // WIDTH[encoding], len(upto) // WIDTH[encoding]

    first, last = columns("lenn")
    told = {"range": span(9, first, 9, last), "message": "Undefined name `lenn`", "source": "Ruff", "code": "F821"}
    (fix, *_) = await desk.actions(span(9, first), diagnostics=[told])
    assert fix["title"] == "Fix: Undefined name `lenn`"
    done = await desk.client.ask(COMMAND, fix["command"])
    assert done is not None, desk.client.all_shown()
    (change,) = (await desk.asked("workspace/applyEdit"))["edit"]["documentChanges"]
    fixed = edited(SMILES, change["edits"], encoding)
    assert fixed == SMILES.replace("lenn", "len")

    whole = fixed.replace("math.floor(", "(")
    await desk.client.change(desk.uri, [{"text": whole}])
    # From a place in the docstring, behind a smile.
    done = await desk.client.ask(COMMAND, desk.call("tests", 4, 9))
    assert done is not None, desk.client.all_shown()
    applied = await desk.client.message(lambda message: message.get("method") == "workspace/applyEdit", count=2)
    (change,) = applied["params"]["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": tests.as_uri(), "version": None}
    written = edited(TESTS, change["edits"], encoding)
    compile(written, "test_sums.py", "exec")
    assert written.startswith("from sums import size\n")
    assert TESTS + "\n" in written
    assert "def test_size" in written


@pytest.mark.parametrize(
    ("missing", "titles", "is_command"),
    [
        (["workspace.applyEdit", "textDocument.codeAction.dataSupport"], ["Explain add"], False),
        (["workspace.applyEdit", "textDocument.codeAction.codeActionLiteralSupport"], ["Explain add"], True),
        (["textDocument.codeAction"], EVERYTHING, True),
    ],
    ids=["nothing to resolve by", "commands and no edits", "commands"],
)
async def test_what_cannot_work_is_not_offered(
    desk: Desk, missing: Sequence[str], titles: Sequence[str], *, is_command: bool
) -> None:
    able = without(*missing)
    able["textDocument"].get("codeAction", {}).pop("tagSupport", None)
    await desk.open(able)
    await desk.progress("end")
    actions = await desk.actions(span(0, 5))
    assert [action["title"] for action in actions] == titles
    assert not any("tags" in action for action in actions)
    commands = [action if is_command else action["command"] for action in actions]
    assert {command["command"] for command in commands} == {"codex-lsp.assist"}


async def test_a_client_that_creates_no_files_is_asked_and_served(desk: Desk) -> None:
    desk.client.replies["window/showMessageRequest"] = {"title": "Apply"}
    await desk.open(without("workspace.workspaceEdit.resourceOperations"), text=WRITTEN)
    written = desk.folder / "test_sums.py"

    done = await desk.client.ask(COMMAND, desk.call("tests"))

    assert done["applied"] is True, desk.client.all_shown()
    question = (await desk.asked("window/showMessageRequest"))["message"]
    assert re.match(r"Add \d tests? of add: each passed twice", question)
    assert question.endswith(f"(new: {written})")
    assert "def test_add" in text_of(written)
    assert not desk.was_sent("workspace/applyEdit")
    shown = await desk.client.message(lambda message: message.get("method") == "window/showDocument", count=2)
    assert shown["params"]["uri"] == written.as_uri()


async def test_a_client_that_shows_nothing_is_told_where_it_is(desk: Desk, peer: Peer) -> None:
    missing = ["window.showDocument", "window.workDoneProgress", "workspace.workspaceEdit.documentChanges"]
    await desk.open(without(*missing, "workspace.workspaceEdit.resourceOperations"))
    await desk.client.ask(COMMAND, desk.call("explain"))
    told = await desk.client.shown("(more in ")
    report = Path(told.rpartition("(more in ")[2].removesuffix(")"))
    assert "add" in text_of(report)
    assert not any("rogress" in message.get("method", "") for message in desk.client.received)

    # Annotations are of changes of documents, which this client does not know: it would apply edits unasked.
    peer.rows = [("    return a + b\n", -0.1)]
    desk.client.replies["window/showMessageRequest"] = {"title": "Discard"}
    assert (await desk.client.ask(COMMAND, desk.call("solve")))["applied"] is False
    assert (await desk.asked("window/showMessageRequest"))["message"].startswith("Solve add")
    assert not desk.was_sent("workspace/applyEdit")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")
