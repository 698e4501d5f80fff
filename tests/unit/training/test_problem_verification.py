"""Verification: what is wrong, moody, endless or deadly is refuted, and nothing beside it."""

import pytest

from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.training import problem_verification
from codex_lsp.training.problem import Problem
from codex_lsp.training.problem_verification import verified


def _problem(name: str, body: str, test: str = "assert candidate(2) == 3", before: str = "") -> Problem:
    return Problem(
        task_id=name,
        prompt=f'{before}def {name}(x):\n    """Add one."""\n',
        entry_point=name,
        canonical_solution=f"    {body}\n",
        test=f"def check(candidate):\n    {test}\n",
        source="exercises",
        family="some",
    )


def test_only_what_always_holds_is_kept(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problem_verification, "PROBLEM_LIMIT_S", 0.5)
    words = "'apple', 'river', 'stone', 'cat', 'tree', 'level', 'window', 'garden'"
    good = [_problem(f"good{number}", "return x + 1") for number in range(3)]
    bad = {
        "wrong": _problem("wrong", "return x"),
        "hashing": _problem("hashing", f"return list({{{words}}})[0]", "assert candidate(2) == 'apple'"),
        "random": _problem("random", "return random.random()", "assert candidate(2) < 0.0001", "import random\n"),
        "endless": _problem("endless", "while True: x += 1"),
        "deadly": _problem("deadly", "os._exit(0)", before="import os\n"),
        "leaving": _problem("leaving", "raise SystemExit"),
        "broken": _problem("broken", "return ("),
        "global": _problem("global", "return len(open('/etc/shadow').read())"),
    }
    kept, refuted = verified(sandbox, [good[0], *bad.values(), *good[1:]])
    assert kept == good
    reasons = {wrong.problem.task_id: wrong.reason for wrong in refuted}
    assert reasons.keys() == bad.keys()
    assert reasons["deadly"] == "ended the process"
    assert reasons["endless"].startswith("_TimeIsUp")
    assert reasons["wrong"].startswith("AssertionError")
