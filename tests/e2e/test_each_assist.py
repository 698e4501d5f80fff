"""Each assist driven through a real server process, with a scripted model behind it and the real sandbox under it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.peer import Peer
from tests.e2e.raw_client import Message, RawClient, span
from tests.e2e.test_assists import COMMAND, Desk

LARGER = '''def larger(a: int, b: int) -> int:
    """The larger of two numbers.

    >>> larger(1, 2)
    2
    """
    return a if a > b else b
'''
SCRIPT = """// Half of a number.
// half(4) // => 2
export function half(n) {
  return n / 2;
}
"""
BARE = "def larger(a: int, b: int) -> int:\n    if a > b:\n        return a\n    return b\n"
DISTINCT = '''def distinct(xs: list[int]) -> int:
    """How many different ones there are.

    >>> distinct([1, 1, 2])
    2
    """
    seen = []
    for x in xs:
        for _ in range(50):
            x in seen
        if x not in seen:
            seen.append(x)
    return len(seen)
'''


@pytest.fixture
def desk(client: RawClient, tmp_path: Path) -> Desk:
    client.replies |= {"workspace/applyEdit": {"applied": True}, "window/showDocument": {"success": True}}
    return Desk(client, tmp_path / "project")


async def done(desk: Desk, kind: str, **more: Any) -> tuple[Message, Sequence[Message]]:
    """The answer of an assist on the first function, and the changes that it had applied."""
    answer = await desk.client.ask(COMMAND, desk.call(kind, **more))
    assert answer is not None, desk.client.all_shown()
    assert answer["applied"] is True, (answer, desk.client.all_shown())
    edit = (await desk.asked("workspace/applyEdit"))["edit"]
    assert all(annotation["needsConfirmation"] for annotation in edit["changeAnnotations"].values())
    return answer, edit["documentChanges"]


def inserted(change: Message) -> str:
    return "".join(part["newText"] for part in change["edits"])


async def test_tests_go_into_the_projects_own_file(desk: Desk, peer: Peer) -> None:
    peer.rows = [("larger(3, 3) == 3\n", -0.1)]
    await desk.open(text=LARGER)
    answer, (created, filled) = await done(desk, "tests")
    assert created["kind"] == "create"
    assert created["uri"].endswith("test_sums.py")
    assert filled["textDocument"] == {"uri": created["uri"], "version": None}
    text = inserted(filled)
    assert "from sums import larger" in text
    assert "def test_larger" in text
    assert "larger" in answer["message"]


async def test_tests_of_javascript_are_run_by_node(desk: Desk) -> None:
    await desk.open()
    path = desk.folder / "half.mjs"
    path.write_text(SCRIPT, encoding="utf-8")
    uri = path.as_uri()
    await desk.client.open(uri, SCRIPT, language="javascript")
    _, (created, filled) = await done(desk, "tests", uri=uri, position={"line": 2, "character": 20})
    assert created["uri"].endswith("/half.test.mjs")
    assert 'import test from "node:test"' in inserted(filled)
    assert "assert.equal(half(4), 2)" in inserted(filled)


async def test_tests_whose_folder_is_a_file_are_refused_in_one_line(desk: Desk) -> None:
    await desk.open(text=LARGER)
    (desk.folder / "pyproject.toml").write_text('[project]\nname = "sums"\n', encoding="utf-8")
    (desk.folder / "tests").write_text("no folder", encoding="utf-8")
    assert await desk.client.ask(COMMAND, desk.call("tests")) is None
    assert "rename it" in await desk.client.shown("is no folder, and the tests belong below it")
    assert not desk.was_sent("workspace/applyEdit")


async def test_a_docstring_is_one_from_which_the_body_comes_back(desk: Desk, peer: Peer) -> None:
    def rows_for(prompt: str) -> Sequence[tuple[str, float | None]]:
        if "__doc__" in prompt[-60:]:
            return [("Return the larger of two numbers.\n", -0.2)]
        return [("    return a if a > b else b\n" if "the larger" in prompt else "    return b\n", -0.2)]

    peer.rows_for = rows_for
    await desk.open(text=BARE)
    _, (change,) = await done(desk, "docstring")
    assert change["textDocument"] == {"uri": desk.uri, "version": 0}
    assert "Return the larger of two numbers." in inserted(change)


async def test_a_translation_is_run_beside_the_original(desk: Desk, peer: Peer) -> None:
    peer.rows = [("    return a > b ? a : b;\n", -0.2)]
    await desk.open(text=LARGER)
    _, changes = await done(desk, "translate", targetLanguage="javascript")
    created = [change["uri"] for change in changes if change.get("kind") == "create"]
    assert [uri.rpartition("/")[2] for uri in created] == ["larger.mjs", "larger.test.mjs"]
    assert any("return a > b ? a : b;" in inserted(change) for change in changes if "edits" in change)


async def test_a_faster_body_is_offered_with_how_much_faster_it_is(desk: Desk, peer: Peer) -> None:
    peer.rows = [("    return len(set(xs))\n", -0.2)]
    await desk.open(text=DISTINCT, settings={"assist.budget": 2})
    answer, (change,) = await done(desk, "optimise")
    assert "return len(set(xs))" in inserted(change)
    assert "times as fast" in answer["message"]


async def test_a_problem_is_mended_and_gone(desk: Desk) -> None:
    text = "def area(r):\n    '''Area.\n\n    >>> round(area(1), 2)\n    3.14\n    '''\n    return math.pi * r * r\n"
    await desk.open(text=text)
    await desk.progress("end")
    at = span(6, 11, 6, 15)
    told = {"range": at, "message": "Undefined name `math`", "source": "Ruff", "code": "F821", "severity": 1}
    action, *_ = await desk.actions(at, diagnostics=[told])
    assert action["kind"] == "quickfix"

    answer = await desk.client.ask(COMMAND, action["command"])

    assert answer["applied"] is True, desk.client.all_shown()
    (change,) = (await desk.asked("workspace/applyEdit"))["edit"]["documentChanges"]
    assert "import math" in inserted(change)


async def test_a_problem_outside_any_function_is_mended_without_a_model(desk: Desk, peer: Peer) -> None:
    peer.failure = (500, "gone")
    await desk.open(text="print(math.pi)\n")
    at = span(0, 6, 0, 10)
    told = {"range": at, "message": '"math" is not defined', "source": "Pylance", "severity": 1}
    action, *_ = await desk.actions(at, diagnostics=[told])
    assert action["kind"] == "quickfix"

    answer = await desk.client.ask(COMMAND, action["command"])

    assert answer["applied"] is True, desk.client.all_shown()
    (change,) = (await desk.asked("workspace/applyEdit"))["edit"]["documentChanges"]
    assert "import math" in inserted(change)
    assert peer.prompts == []


async def test_an_explanation_is_a_document(desk: Desk) -> None:
    await desk.open(text=LARGER)
    answer = await desk.client.ask(COMMAND, desk.call("explain"))
    assert answer == {"message": answer["message"], "applied": False}
    assert (await desk.asked("window/showDocument"))["uri"].endswith(".md")
    assert not desk.was_sent("workspace/applyEdit")
