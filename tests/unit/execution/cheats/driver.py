"""Grades every cheat as whoever runs it, and prints a line of JSON: who that is, and each one's outcome and detail."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from codex_lsp.execution.checks import CallCheck
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Outcome

CHEATS = sorted(Path(__file__).parent.glob("*.txt"))
HONEST = "def f(xs, n):\n    return sorted(x + n for x in xs)\n"
_WORKERS = 4
_PATIENCE_S = 60.0
_HANG_S = 1.5
_HELPERS = "def expected(xs, n):\n    return sorted(x + n for x in xs)\n"
_TEST = """
def check(candidate):
    for xs, n in (([3, 1, 2], 10), ([], 1), ([5], -5)):
        assert candidate(xs, n) == expected(xs, n)
    assert candidate([3, 1, 2], 10) == [11, 12, 13]
"""


def sensible(program: str) -> list[str]:
    """The outcomes that the first line of a cheat allows."""
    return program.partition(":")[0].removeprefix("# ").split(" | ")


def check(program: str) -> CallCheck:
    """The task that every cheat is to solve; nobody waits long for those that are expected to hang."""
    wall_s = _HANG_S if Outcome.TIMED_OUT in sensible(program) else _PATIENCE_S
    limits = Limits(wall_s=wall_s, memory_bytes=512 * MIB)
    return CallCheck(program=program, entry_point="f", test=_TEST, helpers=_HELPERS, limits=limits)


def main() -> None:
    """Grade them, several at a time: most of the time is waiting."""
    programs = {"honest": HONEST} | {path.stem: path.read_text("utf-8") for path in CHEATS}
    with SandboxedGrader(_WORKERS) as grader, ThreadPoolExecutor(_WORKERS) as threads:
        verdicts = threads.map(grader.grade, map(check, programs.values()))
        results = {name: [verdict.outcome, verdict.detail] for name, verdict in zip(programs, verdicts, strict=True)}
    sys.stdout.write(json.dumps({"uid": os.getuid(), "results": results}))


if __name__ == "__main__":
    main()
