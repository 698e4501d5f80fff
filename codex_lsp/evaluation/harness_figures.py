"""What a graded run comes to: pass@k with intervals, by temperature, and by task. Field names are public."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from codex_lsp.evaluation.bootstrap import interval
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.pass_at_k import pass_at_k
from codex_lsp.execution.verdict import Outcome

USUAL_KS = (1, 10, 100)
_PROBLEM = re.compile(r"HumanEval/\d+")

Count = tuple[int, int]
"""Samples of a task, and how many of them pass."""
Counts = Mapping[str, Count]


def figures(graded: Sequence[GradedSample], ks: Iterable[int] = USUAL_KS, *, seed: int = 0) -> dict[str, Any]:
    """All figures of a run.

    pass@1 is that of the lowest temperature, pass@k for larger k that of the highest which has k samples of every task
    (the Codex paper takes 0.2 and 0.8); `temperatures` says which it was. It is null where no temperature has k.

    Returns:
        `pass@k`; `intervals`, 95 % over resampled problems; `temperatures`; `by_temperature`, everything for each;
        `by_task`, for each task a list of `{temperature, n, c}`; `outcomes`, how samples ended; `tasks`; `samples`.
    """
    wanted = sorted({*USUAL_KS, *ks})
    counted = counts_by_temperature(graded)
    order = sorted(counted, key=_warmth)
    rows: list[dict[str, Any]] = [
        {"temperature": temperature, **_at(counted[temperature], wanted, seed=seed)} for temperature in order
    ]
    found: dict[str, Any] = {f"pass@{k}": None for k in wanted}
    intervals, temperatures = dict(found), dict(found)
    for name, k in [(f"pass@{k}", k) for k in wanted]:
        able = [row for row in rows if row[name] is not None]
        if able:
            row = able[0 if k == 1 else -1]
            found[name], intervals[name] = row[name], row["intervals"][name]
            temperatures[name] = row["temperature"]
    return {
        **found,
        "intervals": intervals,
        "temperatures": temperatures,
        "by_temperature": rows,
        "by_task": _by_task(counted, order),
        "outcomes": outcomes(graded),
        "tasks": len({sample.task_id for sample in graded}),
        "samples": len(graded),
    }


def counts_by_temperature(graded: Iterable[GradedSample]) -> dict[float | None, dict[str, Count]]:
    """Samples and passes of each task, by temperature."""
    found: dict[float | None, dict[str, Count]] = defaultdict(dict)
    for sample in graded:
        n, c = found[sample.temperature].get(sample.task_id, (0, 0))
        found[sample.temperature][sample.task_id] = n + 1, c + sample.passed
    return found


def outcomes(graded: Iterable[GradedSample]) -> dict[str, int]:
    """How many samples ended in which way."""
    found = Counter(sample.outcome for sample in graded)
    return {outcome.value: found[outcome] for outcome in Outcome if found[outcome]}


def problem_of(task_id: str) -> str:
    """What a task was made of: gaps of one solution are no independent draws.

    >>> problem_of("SingleLineInfilling/HumanEval/12/L3"), problem_of("MBPP/7")
    ('HumanEval/12', 'MBPP/7')
    """
    found = _PROBLEM.search(task_id)
    return found[0] if found else task_id


def _at(counts: Counts, ks: Iterable[int], *, seed: int) -> dict[str, Any]:
    """pass@k at one temperature; null where a task has fewer than k samples."""
    fewest = min(n for n, _ in counts.values())
    by_problem: dict[str, list[Count]] = defaultdict(list)
    for task_id, count in counts.items():
        by_problem[problem_of(task_id)].append(count)
    found: dict[str, Any] = {}
    intervals: dict[str, Any] = {}
    for k in ks:
        groups = by_problem.values() if k <= fewest else ()
        sums = [(math.fsum(pass_at_k(n, c, k) for n, c in group), len(group)) for group in groups]
        found[f"pass@{k}"] = _mean(sums)
        intervals[f"pass@{k}"] = interval(sums, _mean, seed=seed) if sums else None
    solved = sum(c > 0 for _, c in counts.values())
    return {**found, "intervals": intervals, "tasks": len(counts), "fewest_samples": fewest, "solved": solved}


def _mean(sums: Sequence[tuple[float, int]]) -> float | None:
    count = sum(number for _, number in sums)
    return math.fsum(value for value, _ in sums) / count if count else None


def _by_task(counted: Mapping[float | None, Counts], order: Sequence[float | None]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for temperature in order:
        for task_id, (n, c) in counted[temperature].items():
            found.setdefault(task_id, []).append({"temperature": temperature, "n": n, "c": c})
    return found


def _warmth(temperature: float | None) -> float:
    return -1.0 if temperature is None else temperature
