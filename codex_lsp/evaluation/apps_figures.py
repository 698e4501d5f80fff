"""The paper's table of APPS: raw and filtered by public tests, with and without what passes too slowly, by level."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from codex_lsp.evaluation.apps_verdict import is_slow_pass, passes_public
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.pass_at_k import pass_at_k

RAW_KS = (1, 5, 100, 1000)
FILTERED_KS = (1, 5)


def apps_figures(graded: Sequence[GradedSample]) -> dict[str, dict[str, Any]]:
    """Figures by level, and over all levels as `all`.

    Returns:
        For each level `tasks`, and `raw@k` and `filtered@k`, each with `in_time` and `any_time`: shares of tasks, the
        second with samples that pass too slowly counted as passing; null where a task has fewer samples than k.
    """
    by_level: dict[str, list[GradedSample]] = defaultdict(list)
    for sample in graded:
        by_level[_level(sample)].append(sample)
    return {name: _figures(samples) for name, samples in [*sorted(by_level.items()), ("all", list(graded))]}


def filtered_at_k(k: int, kept: int, passing: int) -> float:
    """The chance that one of k samples that the filter kept passes; of all that were kept, where they are fewer.

    >>> filtered_at_k(1, 0, 0), filtered_at_k(1, 2, 1), filtered_at_k(5, 2, 1)
    (0.0, 0.5, 1.0)
    """
    return pass_at_k(kept, passing, min(k, kept)) if kept else 0.0


def _figures(samples: Iterable[GradedSample]) -> dict[str, Any]:
    by_task: dict[str, list[GradedSample]] = defaultdict(list)
    for sample in samples:
        by_task[sample.task_id].append(sample)
    tasks = list(by_task.values())
    fewest = min(map(len, tasks), default=0)
    found: dict[str, Any] = {"tasks": len(tasks)}
    for k in RAW_KS:
        found[f"raw@{k}"] = _both(tasks, partial(_raw, k)) if k <= fewest else None
    kept = [list(filter(passes_public, task)) for task in tasks]
    for k in FILTERED_KS:
        found[f"filtered@{k}"] = _both(kept, partial(filtered_at_k, k)) if tasks else None
    return found


def _raw(k: int, n: int, c: int) -> float:
    return pass_at_k(n, c, k)


def _both(tasks: Sequence[Sequence[GradedSample]], estimate: Callable[[int, int], float]) -> dict[str, float]:
    in_time = [estimate(len(task), sum(sample.passed for sample in task)) for task in tasks]
    any_time = [estimate(len(task), sum(sample.passed or is_slow_pass(sample) for sample in task)) for task in tasks]
    return {"in_time": math.fsum(in_time) / len(tasks), "any_time": math.fsum(any_time) / len(tasks)}


def _level(sample: GradedSample) -> str:
    return sample.task_id.split("/")[1] if sample.task_id.count("/") > 1 else "unknown"
