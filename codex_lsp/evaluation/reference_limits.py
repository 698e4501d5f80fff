"""Limits that follow from how long a benchmark's own solutions take here, for tests of very different length.

Four seconds or four times the reference's time, whichever is longer, as EvalPlus has it for HumanEval+.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from codex_lsp.evaluation.grading import verdict_of
from codex_lsp.evaluation.harness_run import TIME_LIMITS, Notify, RunFolder
from codex_lsp.evaluation.task import Benchmark, Task
from codex_lsp.execution.grader import Grader
from codex_lsp.execution.verdict import Verdict

LEAST_S = 4.0
FACTOR = 4.0
PATIENCE_S = 120.0
"""Of a reference; the slowest of HumanEval+ takes twelve seconds."""


def limited_tasks(
    benchmark: Benchmark, tasks: Sequence[Task], grader: Grader, folder: RunFolder, notify: Notify
) -> list[Task]:
    """The tasks with their limits, which are kept in the run's folder.

    Raises:
        SandboxUnavailable: Nothing here runs the references safely.
        CodexLspError: The folder cannot be read or written.
    """
    held = folder.read(TIME_LIMITS)
    if held is None:
        notify(f"{benchmark.name}: timing {len(tasks)} references")
        held = _measured(benchmark, tasks, grader, notify)
        folder.write(TIME_LIMITS, held)
    return [with_limit(task, float(held.get(task.task_id, LEAST_S))) for task in tasks]


def with_limit(task: Task, wall_s: float) -> Task:
    """The task with that many seconds."""
    return replace(task, limits=replace(task.limits, wall_s=wall_s, cpu_s=max(task.limits.cpu_s, wall_s)))


def _measured(benchmark: Benchmark, tasks: Sequence[Task], grader: Grader, notify: Notify) -> Mapping[str, float]:
    def patiently(task: Task) -> Verdict:
        return verdict_of(benchmark, with_limit(task, PATIENCE_S), task.reference, grader)

    with ThreadPoolExecutor(grader.workers) as threads:
        verdicts = threads.map(patiently, tasks)
        found: dict[str, float] = {}
        for task, verdict in zip(tasks, verdicts, strict=True):
            if not verdict.passed:
                notify(
                    f"{task.task_id}: its own reference does not pass ({verdict.outcome.value}: {verdict.detail}); "
                    f"its limit is {LEAST_S:g} s"
                )
            found[task.task_id] = max(LEAST_S, FACTOR * verdict.wall_s * verdict.passed)
        return found
