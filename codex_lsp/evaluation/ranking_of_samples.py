"""What a ranker is worth: the pass rate of the sample it takes among k, as a curve over k (Codex paper, figure 7).

Figures are means over all subsets of k of a task's n samples, in closed form wherever there is one, and then over
tasks. `random` is c / n; `oracle`, who knows the verdicts, is pass@k.
"""

import math
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from codex_lsp.evaluation.best_of_subset import best_of_subset
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.largest_cluster import ORDERS, largest_cluster, random_orders
from codex_lsp.evaluation.ranking_extras import Key, RankingExtras
from codex_lsp.evaluation.task_intervals import mean_curve, mean_figure

Curve = NDArray[np.float64]
T = TypeVar("T")


class _Unknown(Exception):
    """A ranker lacks what it ranks by; the message says what."""


def _random(samples: Sequence[GradedSample], _: RankingExtras) -> Curve:
    return best_of_subset([0.0] * len(samples), _passes(samples))


def _sum_logprob(samples: Sequence[GradedSample], _: RankingExtras) -> Curve:
    return best_of_subset(_known(samples, lambda sample: sample.sum_logprob), _passes(samples))


def _mean_logprob(samples: Sequence[GradedSample], _: RankingExtras) -> Curve:
    return best_of_subset(_known(samples, lambda sample: sample.mean_logprob), _passes(samples))


def _back_translation(samples: Sequence[GradedSample], extras: RankingExtras) -> Curve:
    if extras.docstring_logprobs is None:
        raise _Unknown("no docstring model has read the samples")
    known = _column(samples, extras.docstring_logprobs)
    return best_of_subset([-math.inf if value is None else value for value in known], _passes(samples))


def _cluster_size(samples: Sequence[GradedSample], extras: RankingExtras) -> Curve:
    if extras.clusters is None:
        raise _Unknown("the samples were not run on generated inputs")
    names = _column(samples, extras.clusters)
    orders = random_orders(len(samples), seed=zlib.crc32(samples[0].task_id.encode()))
    return largest_cluster(names, _known_or_equal(samples), _passes(samples), orders)


def _public_examples(samples: Sequence[GradedSample], extras: RankingExtras) -> Curve:
    if extras.examples is None:
        raise _Unknown("the samples were not held against the examples of their prompts")
    known, likely = _column(samples, extras.examples), _known_or_equal(samples)
    # Those that pass come first, and among equals the likeliest: the order is all that counts.
    pairs = [(holds or False, score) for holds, score in zip(known, likely, strict=True)]
    places = {pair: float(place) for place, pair in enumerate(sorted(set(pairs)))}
    return best_of_subset([places[pair] for pair in pairs], _passes(samples))


def _oracle(samples: Sequence[GradedSample], _: RankingExtras) -> Curve:
    passes = _passes(samples)
    return best_of_subset(passes, passes)


RANKERS: dict[str, Callable[[Sequence[GradedSample], RankingExtras], Curve]] = {
    "random": _random,
    "sum_logprob": _sum_logprob,
    "mean_logprob": _mean_logprob,
    "back_translation": _back_translation,
    "cluster_size": _cluster_size,
    "public_examples": _public_examples,
    "oracle": _oracle,
}
_BLIND = "random"


def ranking_table(graded: Sequence[GradedSample], extras: RankingExtras, *, seed: int = 0) -> dict[str, Any]:
    """All rankers over the same samples. Field names are public.

    Returns:
        `tasks`; `samples`, the fewest of any task, which is the largest k; `curves`, for each ranker `{k, value,
        interval}` with 95 % intervals over tasks, or None; `missing`, for each None the reason; `gain_over_random`, of
        the best of all samples and of the mean over k, paired by task; `tasks_with_examples` and `cluster_orders`.
    """
    by_task: dict[str, list[GradedSample]] = defaultdict(list)
    for sample in graded:
        by_task[sample.task_id].append(sample)
    if not by_task:
        return {"tasks": 0, "samples": 0, "curves": dict.fromkeys(RANKERS), "missing": {}, "gain_over_random": {}}
    tasks, size = list(by_task), min(map(len, by_task.values()))
    curves: dict[str, list[Curve]] = {}
    missing: dict[str, str] = {}
    for name, ranker in RANKERS.items():
        try:
            curves[name] = [ranker(samples, extras)[:size] for samples in by_task.values()]
        except _Unknown as reason:
            missing[name] = str(reason)
    return {
        "tasks": len(by_task),
        "samples": size,
        "tasks_with_examples": None if extras.examples is None else len({task for task, _ in extras.examples}),
        "cluster_orders": ORDERS,
        "curves": {name: mean_curve(tasks, curves[name], seed=seed) if name in curves else None for name in RANKERS},
        "missing": missing,
        "gain_over_random": {
            name: _gain(tasks, curve, curves[_BLIND], seed=seed) for name, curve in curves.items() if name != _BLIND
        },
    }


def _gain(tasks: Sequence[str], curves: Sequence[Curve], blind: Sequence[Curve], *, seed: int) -> dict[str, Any]:
    apart = [curve - other for curve, other in zip(curves, blind, strict=True)]
    return {
        "best_of_all": mean_figure(tasks, [float(each[-1]) for each in apart], seed=seed),
        "mean_over_k": mean_figure(tasks, [float(each.mean()) for each in apart], seed=seed),
    }


def _passes(samples: Sequence[GradedSample]) -> list[float]:
    return [float(sample.passed) for sample in samples]


def _known(samples: Sequence[GradedSample], score: Callable[[GradedSample], float | None]) -> list[float]:
    found = [-math.inf if sample.tokens == 0 else score(sample) for sample in samples]
    missing = sum(value is None for value in found)
    if missing:
        raise _Unknown(f"{samples[0].task_id}: {missing} of {len(samples)} samples have no log-probability")
    return [value for value in found if value is not None]


def _known_or_equal(samples: Sequence[GradedSample]) -> list[float]:
    """Mean log-probabilities to tell equals apart by; where they are not known, equals stay equal."""
    try:
        return _known(samples, lambda sample: sample.mean_logprob)
    except _Unknown:
        return [0.0] * len(samples)


def _column(samples: Sequence[GradedSample], column: Mapping[Key, T]) -> Sequence[T | None]:
    """The values of a task's samples; None of all where the task has none, as one without examples."""
    keys = [(sample.task_id, sample.index) for sample in samples]
    missing = sum(key not in column for key in keys)
    if 0 < missing < len(keys):
        raise _Unknown(f"{samples[0].task_id}: nothing is known of {missing} of {len(samples)} samples")
    return [column.get(key) for key in keys]
