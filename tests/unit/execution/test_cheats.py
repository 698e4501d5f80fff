"""Programs that try to pass without solving their task: none does, and each gets a verdict that says what happened."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.checks import CallCheck
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Outcome

_CHEATS = sorted((Path(__file__).parent / "cheats").glob("*.txt"))
_PATIENCE_S = 60.0
_HANG_S = 1.5
_HELPERS = "def expected(xs, n):\n    return sorted(x + n for x in xs)\n"
_TEST = """
def check(candidate):
    for xs, n in (([3, 1, 2], 10), ([], 1), ([5], -5)):
        assert candidate(xs, n) == expected(xs, n)
    assert candidate([3, 1, 2], 10) == [11, 12, 13]
"""


@pytest.fixture(scope="module")
def grader() -> Iterator[SandboxedGrader]:
    try:
        grader = SandboxedGrader(workers=2)
    except SandboxUnavailable as unavailable:
        pytest.skip(str(unavailable))
    with grader:
        yield grader


def test_an_honest_program_passes(grader: SandboxedGrader) -> None:
    assert grader.grade(_check("def f(xs, n): return sorted(x + n for x in xs)")).passed


@pytest.mark.parametrize("cheat", _CHEATS, ids=lambda path: path.stem)
def test_no_cheat_passes(grader: SandboxedGrader, cheat: Path) -> None:
    program = cheat.read_text("utf-8")
    sensible = program.partition(":")[0].removeprefix("# ").split(" | ")
    # Nobody waits long for those that are expected to hang.
    wall_s = _HANG_S if Outcome.TIMED_OUT in sensible else _PATIENCE_S
    verdict = grader.grade(_check(program, wall_s))
    assert verdict.outcome in sensible, verdict
    assert verdict.detail
    assert "\n" not in verdict.detail


@pytest.mark.parametrize("program", ["import os\ndef f(): os._exit(0)", "def f(): raise SystemExit"])
def test_a_test_that_catches_everything_hides_no_end(grader: SandboxedGrader, program: str) -> None:
    test = "def check(candidate):\n    try:\n        candidate()\n    except BaseException:\n        pass\n"
    verdict = grader.grade(CallCheck(program=program, entry_point="f", test=test))
    assert verdict.outcome is Outcome.ERROR


def _check(program: str, wall_s: float = _PATIENCE_S) -> CallCheck:
    limits = Limits(wall_s=wall_s, memory_bytes=512 * MIB)
    return CallCheck(program=program, entry_point="f", test=_TEST, helpers=_HELPERS, limits=limits)
