"""Which temperature is best for which k: pass@k of several runs of the same tasks (Codex paper, figure 5)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.best_of_subset import best_of_subset
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.task_intervals import mean_curve


def temperature_table(runs: Sequence[Sequence[GradedSample]], *, seed: int = 0) -> dict[str, Any]:
    """pass@k by temperature over the tasks that were sampled at all of them, and the best temperature for each k.

    Samples of one temperature from several runs are taken together.

    Returns:
        `tasks`; `curves`, a list of `{temperature, samples, points}` from cold to hot, a point being `{k, value,
        interval}`; `best`, a list of `{k, temperature, value}` for each k that two temperatures or more have.

    Raises:
        UsageError: A sample does not say its temperature, or no task was sampled at all of them.
    """
    by_temperature = _by_temperature([sample for run in runs for sample in run])
    shared = set[str].intersection(*(set(tasks) for tasks in by_temperature.values())) if by_temperature else set()
    if by_temperature and not shared:
        raise UsageError("no task was sampled at all temperatures; name runs of the same benchmark")
    curves = [_curve(by_temperature[value], sorted(shared), value, seed=seed) for value in sorted(by_temperature)]
    return {"tasks": len(shared), "curves": curves, "best": _best(curves)}


def _by_temperature(samples: Sequence[GradedSample]) -> dict[float, dict[str, list[float]]]:
    """Passes of each task's samples, by temperature."""
    found: dict[float, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        if sample.temperature is None:
            raise UsageError(f"{sample.task_id}, sample {sample.index}: does not say its temperature")
        found[sample.temperature][sample.task_id].append(float(sample.passed))
    return found


def _curve(
    tasks: Mapping[str, Sequence[float]], shared: Sequence[str], temperature: float, *, seed: int
) -> dict[str, Any]:
    size = min(len(tasks[task]) for task in shared)
    # Who knows the verdicts takes one that passes wherever there is one: that is pass@k.
    values = [best_of_subset(tasks[task], tasks[task])[:size] for task in shared]
    return {"temperature": temperature, "samples": size, "points": mean_curve(shared, values, seed=seed)}


def _best(curves: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    by_k: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for curve in curves:
        for point in curve["points"]:
            by_k[point["k"]].append((point["value"], -curve["temperature"]))
    # Of equals the coldest.
    return [
        {"k": k, "temperature": -max(found)[1], "value": max(found)[0]}
        for k, found in sorted(by_k.items())
        if len(found) > 1
    ]
