"""Samples to verdicts: in threads over a grader, each handed over as soon as it is known.

Completions of a task that are equal are run once: they are the same program.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from codex_lsp.evaluation.in_turn import in_turn
from codex_lsp.evaluation.samples_file import Sample
from codex_lsp.evaluation.task import Benchmark, Task
from codex_lsp.execution.grader import Grader
from codex_lsp.execution.verdict import Outcome, Verdict

PASSED = Verdict(outcome=Outcome.PASSED)

Known = Mapping[tuple[str, str], Verdict]
"""Verdicts by task and completion."""


@runtime_checkable
class Judge(Protocol):
    """A benchmark that makes a verdict of its checks by a rule of its own."""

    def judge(self, task: Task, completion: str, grader: Grader) -> Verdict:
        """The verdict of a completion; blocks.

        Raises:
            SandboxUnavailable: Nothing here runs it safely.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """What grading needs beside samples.

    Attributes:
        benchmark: Makes checks of completions.
        tasks: By name, with the limits that hold here.
        grader: Runs them.
    """

    benchmark: Benchmark
    tasks: Mapping[str, Task]
    grader: Grader

    def grade(
        self, samples: Iterable[Sample], write: Callable[[Sample, Verdict], None], known: Known | None = None
    ) -> None:
        """Grade samples; `write` is called in this thread, in the order in which verdicts come.

        Args:
            samples: What is graded.
            write: Is given every sample with its verdict.
            known: Verdicts that need no run.

        Raises:
            SandboxUnavailable: Nothing here runs them safely.
        """
        alike: dict[tuple[str, str], list[Sample]] = {}
        for sample in samples:
            alike.setdefault((sample.task_id, sample.completion), []).append(sample)
        for key, verdict in (known or {}).items():
            for sample in alike.pop(key, ()):
                write(sample, verdict)
        for group, verdict in in_turn(alike.values(), self._verdict, self.grader.workers):
            for sample in group:
                write(sample, verdict)

    def _verdict(self, group: Sequence[Sample]) -> Verdict:
        task = self.tasks[group[0].task_id]
        return verdict_of(self.benchmark, task, group[0].completion, self.grader)


def verdict_of(benchmark: Benchmark, task: Task, completion: str, grader: Grader) -> Verdict:
    """The first verdict that does not pass, or that all did, where the benchmark has no rule of its own.

    Returns:
        It with the seconds of all that ran.

    Raises:
        SandboxUnavailable: Nothing here runs it safely.
    """
    if isinstance(benchmark, Judge):
        return benchmark.judge(task, completion, grader)
    wall_s = 0.0
    verdict = PASSED
    for check in benchmark.checks(task, completion):
        verdict = grader.grade(check)
        wall_s += verdict.wall_s
        if not verdict.passed:
            break
    return Verdict(outcome=verdict.outcome, detail=verdict.detail, wall_s=wall_s)
