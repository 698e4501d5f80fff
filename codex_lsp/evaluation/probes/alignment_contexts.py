"""Contexts for the alignment probe: three solved examples before a task, right or with one bug each."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from codex_lsp.evaluation.grading import verdict_of
from codex_lsp.evaluation.probes.context_rows import ContextRow
from codex_lsp.evaluation.probes.mutations import mutations
from codex_lsp.evaluation.task import Benchmark, Task
from codex_lsp.execution.grader import Grader
from codex_lsp.execution.verdict import Outcome

EXAMPLES = 3
_TRIES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class InContext:
    """A task and what is shown before it, in two kinds."""

    task: Task
    good: str
    buggy: str


def with_bug(task: Task, benchmark: Benchmark, grader: Grader, random: Random) -> str | None:
    """The task's reference with one change that a check tells from the right one; None where none was found.

    A change that raises or hangs would not be subtle: only a check that does not hold counts.
    """
    candidates = mutations(task.prompt, task.reference)
    for candidate in random.sample(candidates, min(len(candidates), _TRIES)):
        if verdict_of(benchmark, task, candidate, grader).outcome is Outcome.FAILED:
            return candidate
    return None


def bugs(benchmark: Benchmark, grader: Grader, *, seed: int) -> dict[str, str]:
    """A wrong solution of each task for which one was found, by its name."""

    def found(task: Task) -> str | None:
        return with_bug(task, benchmark, grader, Random(f"{seed} {task.task_id}"))  # noqa: S311 - seeded, not a secret

    with ThreadPoolExecutor(max_workers=max(grader.workers, 1), thread_name_prefix="codex-lsp-bugs") as threads:
        wrong = threads.map(found, benchmark.tasks)
        return {task.task_id: bug for task, bug in zip(benchmark.tasks, wrong, strict=True) if bug is not None}


def in_contexts(tasks: Sequence[Task], wrong: Mapping[str, str], *, seed: int) -> list[InContext]:
    """Every task behind three others, the same three right and wrong; never behind itself."""
    examples = [task for task in tasks if task.task_id in wrong]
    found: list[InContext] = []
    for task in tasks:
        others = [other for other in examples if other.entry_point != task.entry_point]
        if len(others) < EXAMPLES:
            return []
        drawn = Random(f"{seed} {task.task_id}").sample(others, EXAMPLES)  # noqa: S311 - seeded, not a secret
        found.append(
            InContext(
                task=task,
                good="".join(_example(other, other.reference) for other in drawn),
                buggy="".join(_example(other, wrong[other.task_id]) for other in drawn),
            )
        )
    return found


def from_rows(good: Mapping[str, ContextRow], buggy: Mapping[str, ContextRow]) -> list[InContext]:
    """The tasks of two files of ready-made contexts that are in both; their examples may differ."""
    return [
        InContext(
            task=Task(task_id=row_id, prompt=row.prompt, entry_point=row.entry_point, test=row.test),
            good=row.context,
            buggy=buggy[row_id].context,
        )
        for row_id, row in good.items()
        if row_id in buggy
    ]


def _example(task: Task, solution: str) -> str:
    return f"{task.prompt}{solution.rstrip()}\n\n\n"
