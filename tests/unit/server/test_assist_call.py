from typing import Any

import pytest

from codex_lsp.assist.kind import AssistKind
from codex_lsp.context.document import Position, Range
from codex_lsp.server.assist_call import AssistCall, ProblemCall, call_of

WHOLE = AssistCall(
    kind=AssistKind.FIX,
    uri="file:///w/a.py",
    position=Position(3, 4),
    version=7,
    target_language="typescript",
    problem=ProblemCall(message="no", range=Range(Position(0, 1), Position(2, 3)), source="ruff", code="E1"),
)


@pytest.mark.parametrize("call", [WHOLE, AssistCall(kind=AssistKind.TESTS, uri="a", position=Position(0, 0))])
def test_what_is_written_is_read_as_it_was(call: AssistCall) -> None:
    assert call_of([call.written()]) == call


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no object"),
        (["tests"], "no object"),
        ([{"kind": "poem", "uri": "a", "position": {"line": 0, "character": 0}}], "poem"),
        ([{"kind": "tests", "position": {"line": 0, "character": 0}}], "`uri`"),
        ([{"kind": "tests", "uri": "a"}], "`position`"),
        ([{"kind": "tests", "uri": "a", "position": {"line": None, "character": 0}}], "`position`"),
        ([{"kind": "fix", "uri": "a", "position": {"line": 0, "character": 0}, "problem": 3}], "`problem`"),
    ],
)
def test_what_is_wrong_is_named(arguments: list[Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call_of(arguments)
