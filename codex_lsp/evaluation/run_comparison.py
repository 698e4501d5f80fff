"""Two runs of the same tasks, paired: how far pass@k is apart, and how likely that is where neither is better."""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.best_of_subset import best_of_subset
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.task_intervals import by_problem, mean_figure

MOST_EXACT = 14
"""Tasks that differ of which all sign flips are still counted, one by one."""
DRAWN_FLIPS = 20_000
_SIZES = (1, 10, 100)
_NEAR = 1e-12
"""Sums that differ by less are equal, but for the order of their terms."""
_NAMED = 10


def compared_runs(one: Sequence[GradedSample], other: Sequence[GradedSample], *, seed: int = 0) -> dict[str, Any]:
    """pass@k of two runs over the tasks that both have, with a paired test.

    Returns:
        `tasks`; `only_in_one`, how many tasks one of them lacks; `pass@k` for k of 1, 10 and 100 that both runs have
        samples for: `one`, `other`, `difference` (one less other) with its 95 % interval over tasks, `p_value` of the
        two-sided sign-flip test, `is_exact` where all flips were counted, `better` and `worse`, tasks in which `one`
        is; `most_apart`, the tasks that differ most at k = 1.

    Raises:
        UsageError: They have no task in common.
    """
    ours, theirs = _passes(one), _passes(other)
    shared = [task for task in ours if task in theirs]
    if not shared:
        raise UsageError("the runs have no task in common; compare runs of one benchmark")
    size = min(len(runs[task]) for runs in (ours, theirs) for task in shared)
    first = {task: best_of_subset(ours[task], ours[task]) for task in shared}
    second = {task: best_of_subset(theirs[task], theirs[task]) for task in shared}
    found: dict[str, Any] = {"tasks": len(shared), "only_in_one": len(set(ours) ^ set(theirs))}
    for k in _SIZES:
        if k <= size:
            pairs = [(float(first[task][k - 1]), float(second[task][k - 1])) for task in shared]
            found[f"pass@{k}"] = _figures(shared, pairs, seed=seed)
    apart = [(float(first[task][0]), float(second[task][0]), task) for task in shared]
    apart.sort(key=lambda row: (-abs(row[0] - row[1]), row[2]))
    found["most_apart"] = [
        {"task_id": task, "one": round(a, 4), "other": round(b, 4)} for a, b, task in apart[:_NAMED] if a != b
    ]
    return found


def sign_flip_p_value(differences: Sequence[float], *, seed: int) -> tuple[float, bool]:
    """How often the mean is as far from 0 as it is, were each difference as likely to have the other sign.

    Returns:
        The two-sided p-value, and whether all flips were counted (up to `MOST_EXACT` differences that are not 0); else
        `DRAWN_FLIPS` were drawn, the one that was seen counting as one of them.
    """
    apart = np.asarray([value for value in differences if value != 0.0])
    if not len(apart):
        return 1.0, True
    seen = abs(float(apart.sum())) - _NEAR
    if len(apart) <= MOST_EXACT:
        flips = np.asarray(list(itertools.product((1.0, -1.0), repeat=len(apart))))
        return float(np.mean(np.abs(flips @ apart) >= seen)), True
    flips = np.random.default_rng(seed).choice((1.0, -1.0), size=(DRAWN_FLIPS, len(apart)))
    return float((np.sum(np.abs(flips @ apart) >= seen) + 1) / (DRAWN_FLIPS + 1)), False


def manifest_differences(one: Mapping[str, Any], other: Mapping[str, Any], ignored: Sequence[str]) -> list[str]:
    """One line for each field in which two manifests differ, but for those that no result depends on."""
    flat, other_flat = dict(_flat(one)), dict(_flat(other))
    names = sorted(flat.keys() | other_flat.keys())
    return [
        f"{name}: {_shown(flat, name)} against {_shown(other_flat, name)}"
        for name in names
        if name.partition(".")[0] not in ignored and flat.get(name) != other_flat.get(name)
    ]


def _figures(tasks: Sequence[str], pairs: Sequence[tuple[float, float]], *, seed: int) -> dict[str, Any]:
    differences = [a - b for a, b in pairs]
    # Tasks of one problem are no independent draws: they change their sign together.
    sums, _ = by_problem(tasks, np.asarray(differences).reshape(-1, 1))
    p_value, is_exact = sign_flip_p_value([float(each) for each in sums[:, 0]], seed=seed)
    means: NDArray[np.float64] = np.asarray(pairs).mean(axis=0)
    return {
        "one": round(float(means[0]), 6),
        "other": round(float(means[1]), 6),
        "difference": mean_figure(tasks, differences, seed=seed),
        "p_value": round(p_value, 6),
        "is_exact": is_exact,
        "better": sum(value > 0 for value in differences),
        "worse": sum(value < 0 for value in differences),
    }


def _passes(graded: Sequence[GradedSample]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for sample in graded:
        found[sample.task_id].append(float(sample.passed))
    return found


def _flat(value: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, each in value.items():
        path = f"{prefix}{name}"
        found += _flat(each, f"{path}.") if isinstance(each, Mapping) else [(path, each)]
    return found


def _shown(flat: Mapping[str, Any], name: str) -> str:
    return repr(flat[name])[:80] if name in flat else "nothing"
