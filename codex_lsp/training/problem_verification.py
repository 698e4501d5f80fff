"""Whether problems hold: solution and checks run in fresh sandboxes, under several seeds of hashing, and pass in all.

A problem whose outcome hangs on the order of a set, on what ran before it, or on the hour fails in one of the runs.
Problems of one batch share a process, so this is for code that is wrong or moody, not for code that cheats: what a
model writes is graded by `execution.sandboxed_grader`.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from random import Random
from typing import Any

from codex_lsp.execution.interpreter import interpreter_paths, python_environment
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.running import run
from codex_lsp.execution.sandbox import FIRST_FREE_CHANNEL, Job, Sandbox
from codex_lsp.training.problem import Problem

HASH_SEEDS = (0, 1, 4242)
"""One run of every problem for each; 0 is the order without hashing at random."""
BATCH = 1000
PROBLEM_LIMIT_S = 3.0
_START_S = 30.0
_TYPICAL_S = 0.05
_RUNNER = "verifying.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuted:
    """A problem that does not hold, and what was raised in the first run that showed it."""

    problem: Problem
    reason: str


def verified(
    sandbox: Sandbox, problems: Sequence[Problem], hash_seeds: Sequence[int] = HASH_SEEDS
) -> tuple[list[Problem], list[Refuted]]:
    """The problems that hold in every run, in their order, and those that do not.

    Args:
        sandbox: Where they run.
        problems: To be verified.
        hash_seeds: A fresh sandbox for each, in which the problems run in an order of its own.

    Raises:
        SandboxUnavailable: The sandbox could not be made.
    """
    refuted: dict[int, str] = {}
    for begin in range(0, len(problems), BATCH):
        batch = range(begin, min(begin + BATCH, len(problems)))
        for seed in hash_seeds:
            order = [number for number in batch if number not in refuted]
            Random(seed).shuffle(order)  # noqa: S311 - an order, no secret
            refuted.update(_failures(sandbox, problems, order, seed))
    kept = [problem for number, problem in enumerate(problems) if number not in refuted]
    return kept, [Refuted(problem=problems[number], reason=reason) for number, reason in sorted(refuted.items())]


def _failures(
    sandbox: Sandbox, problems: Sequence[Problem], order: Sequence[int], seed: int
) -> Iterator[tuple[int, str]]:
    """Which of the problems in `order` fail, and why; where the process ends early, the rest runs in another."""
    rest = list(order)
    while rest:
        answers = _answers(sandbox, [problems[number] for number in rest], seed)
        for number, reason in zip(rest, answers, strict=False):
            if reason:
                yield number, reason
        if len(answers) < len(rest):
            yield rest[len(answers)], "ended the process"
        rest = rest[len(answers) + 1 :]


def _answers(sandbox: Sandbox, problems: Sequence[Problem], seed: int) -> list[str]:
    """What each problem raised, up to the first that ended the process."""
    lines = [json.dumps([problem.program, problem.entry_point, problem.test]) + "\n" for problem in problems]
    seconds = _START_S + PROBLEM_LIMIT_S + _TYPICAL_S * len(problems)
    job = Job(
        command=(sys.executable, _RUNNER, "problems.jsonl", str(PROBLEM_LIMIT_S)),
        limits=Limits(wall_s=4 * seconds, cpu_s=seconds, output_bytes=8 << 20),
        files={
            _RUNNER: resources("codex_lsp.training.inside").joinpath(_RUNNER).read_bytes(),
            "problems.jsonl": "".join(lines).encode(),
        },
        readable=interpreter_paths(),
        environment={**python_environment(), "PYTHONHASHSEED": str(seed)},
    )
    ended = run(sandbox, job, report_channel=FIRST_FREE_CHANNEL)
    return list(_read(ended.reports, len(problems)))


def _read(reports: bytes, count: int) -> Iterator[str]:
    """The answers that came, as long as they are in order; a program could write here too."""
    for expected, line in enumerate(reports.split(b"\n")[:count]):
        try:
            answer: Any = json.loads(line)
            number, reason = answer
        except (ValueError, TypeError, RecursionError):
            return
        if number != expected or not isinstance(reason, str):
            return
        yield reason
