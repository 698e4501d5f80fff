"""What two runs told, brought together: lines that are no lines, and runs that do not agree."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.execution.study_reading import NOT_REACHED, Observation, agreed, compared_with, killed_by, lines_of

RETURNED = {"call": 0, "outcome": "returned", "canonical": "1", "value": "1", "type": "int", "printed": ""}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
FIELDS = (
    "call",
    "outcome",
    "value",
    "imports",
    "exception",
    "message",
    "after",
    "asked",
    "arcs",
    "mutant",
    "killed_by",
)


@given(st.binary())
def test_any_bytes_are_read(reports: bytes) -> None:
    assert all(isinstance(line, dict) for line in lines_of(reports))


def test_lines_that_are_cut_are_left_out() -> None:
    assert lines_of(b'{"call": 0}\n[1]\n\xff\n{"call": 1}\n{"ca') == [{"call": 0}, {"call": 1}]
    assert lines_of(b"[" * 100_000) == []


@given(
    st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON | st.just("returned") | st.just(0), max_size=5), max_size=3)
)
def test_any_lines_come_to_observations(lines: list[dict[str, Any]]) -> None:
    observations = agreed(2, lines, lines, within=(1, 9))
    assert len(observations) == 2
    assert len(killed_by(2, lines, observations)) == 2


def test_runs_that_agree() -> None:
    assert agreed(1, [RETURNED], [RETURNED], None) == (
        Observation(outcome="returned", value="1", type="int", stable=True),
    )


def test_runs_that_do_not_agree() -> None:
    for other in ({"canonical": "2"}, {"outcome": "raised"}, {"printed": "x"}, {"asked": ["time"]}):
        (told,) = agreed(1, [RETURNED], [RETURNED | other], None)
        assert not told.stable
    raised = {"call": 0, "outcome": "raised", "exception": "KeyError", "message": "at 0x1"}
    (told,) = agreed(1, [raised], [raised | {"message": "at 0x2"}], None)
    assert (told.stable, told.message) == (True, "")
    assert agreed(2, [RETURNED], [], None) == (NOT_REACHED, NOT_REACHED)


def test_arcs_are_those_of_the_function() -> None:
    line = RETURNED | {"arcs": [[-3, 4], [4, 5], [5, -3], [5, 9], [1], "x"]}
    (told,) = agreed(1, [line], [RETURNED], within=(3, 5))
    assert told.arcs == {(-3, 4), (4, 5), (5, -3)}


def test_only_stable_calls_kill() -> None:
    stable = Observation(outcome="returned", stable=True)
    lines = lines_of(json.dumps({"mutant": 0, "killed_by": [0, 1, 7]}).encode())
    assert killed_by(2, lines, (stable, NOT_REACHED)) == (frozenset({0}), frozenset())


def test_a_mutant_that_was_not_reached_was_compared_with_nothing() -> None:
    lines = lines_of(json.dumps({"mutant": 0, "killed_by": [], "compared": [0, 1]}).encode())
    assert compared_with(2, lines) == (frozenset({0, 1}), frozenset())
