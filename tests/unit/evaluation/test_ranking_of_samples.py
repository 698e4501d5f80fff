"""What rankers are worth: closed forms against all subsets, and hand-made samples."""

import itertools
import math
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.best_of_subset import best_of_subset
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.largest_cluster import largest_cluster, random_orders
from codex_lsp.evaluation.ranking_extras import RankingExtras
from codex_lsp.evaluation.ranking_of_samples import RANKERS, ranking_table
from codex_lsp.execution.verdict import Outcome

SCORES = st.sampled_from([-math.inf, -2.0, -1.0, -0.5])
SCORED = st.lists(st.tuples(SCORES, st.sampled_from([0.0, 1.0])), min_size=1, max_size=6)
CLUSTERED = st.lists(
    st.tuples(st.sampled_from([None, "a", "b", "c"]), SCORES, st.sampled_from([0.0, 1.0])), min_size=1, max_size=5
)


def sample(task: str, index: int, *, passed: bool, logprob: float | None = None, tokens: int = 10) -> GradedSample:
    return GradedSample(
        task_id=task,
        index=index,
        completion=f"    return {index}\n",
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        mean_logprob=logprob,
        tokens=None if logprob is None else tokens,
    )


def values(table: dict[str, Any], ranker: str) -> list[float]:
    return [point["value"] for point in table["curves"][ranker]]


@given(SCORED)
def test_the_closed_form_is_the_mean_over_all_subsets(scored: Sequence[tuple[float, float]]) -> None:
    scores, passes = zip(*scored, strict=True)
    found = best_of_subset(scores, passes)
    for size in range(1, len(scored) + 1):
        means: list[float] = []
        for subset in itertools.combinations(range(len(scored)), size):
            top = max(scores[at] for at in subset)
            means.append(statistics.fmean(passes[at] for at in subset if scores[at] == top))
        assert found[size - 1] == pytest.approx(statistics.fmean(means))


@given(CLUSTERED)
def test_the_largest_cluster_over_all_orders_is_that_over_all_subsets(
    rows: Sequence[tuple[str | None, float, float]],
) -> None:
    clusters, scores, passes = zip(*rows, strict=True)
    found = largest_cluster(clusters, scores, passes, itertools.permutations(range(len(rows))))

    def worth(subset: Sequence[int]) -> float:
        sizes = Counter(clusters[at] for at in subset)
        sizes[None] = 0
        top = {
            name: max(scores[at] for at in subset if clusters[at] == name) for name in {clusters[at] for at in subset}
        }
        lead = max((sizes[name], top[name]) for name in top)
        return statistics.fmean(
            statistics.fmean(passes[at] for at in subset if clusters[at] == name and scores[at] == top[name])
            for name in top
            if (sizes[name], top[name]) == lead
        )

    for size in range(1, len(rows) + 1):
        subsets = itertools.combinations(range(len(rows)), size)
        assert found[size - 1] == pytest.approx(statistics.fmean(map(worth, subsets)))


def test_drawn_orders_are_exact_for_one_sample_and_for_all() -> None:
    passes = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    orders = random_orders(7, seed=0)
    found = largest_cluster(["a", "b", "b", "a", "b", None, None], [0.0] * 7, passes, orders)
    assert (found[0], found[-1]) == (pytest.approx(2 / 7), 0.0)


def test_each_ranker_takes_what_it_should() -> None:
    graded = [
        sample("a", 0, passed=True, logprob=-0.2, tokens=40),
        sample("a", 1, passed=False, logprob=-0.9, tokens=1),
        sample("a", 2, passed=False, logprob=-0.5, tokens=10),
        sample("b", 0, passed=False, logprob=-0.1, tokens=2),
        sample("b", 1, passed=True, logprob=-0.4, tokens=20),
        sample("b", 2, passed=True, logprob=-0.3, tokens=20),
    ]
    extras = RankingExtras(
        clusters={("a", 0): "x", ("a", 1): None, ("a", 2): None, ("b", 0): "y", ("b", 1): "z", ("b", 2): "z"},
        examples={("a", 0): True, ("a", 1): False, ("a", 2): True},
        docstring_logprobs={(each.task_id, each.index): -float(each.index) for each in graded},
    )
    table = ranking_table(graded, extras)
    assert (table["tasks"], table["samples"], table["tasks_with_examples"], table["missing"]) == (2, 3, 1, {})
    assert values(table, "random") == pytest.approx([0.5, 0.5, 0.5])
    assert values(table, "oracle") == pytest.approx([0.5, (2 / 3 + 1) / 2, 1.0], abs=1e-6)
    best_of_all = {name: values(table, name)[-1] for name in RANKERS}
    assert best_of_all == {
        "random": 0.5,
        "sum_logprob": 0.0,  # the shortest ones win: -0.9 beats -8, -0.2 beats -8
        "mean_logprob": 0.5,
        "back_translation": 0.5,
        "cluster_size": 1.0,  # in "a" alone one returns anything, in "b" two agree
        "public_examples": 0.5,  # in "b" there are none, so the likeliest is taken
        "oracle": 1.0,
    }
    assert table["gain_over_random"]["cluster_size"]["best_of_all"]["value"] == 0.5
    assert table["curves"]["oracle"][0]["interval"] == [pytest.approx(1 / 3, abs=1e-6), pytest.approx(2 / 3, abs=1e-6)]


def test_who_lacks_what_it_ranks_by_is_null_and_says_why() -> None:
    graded = [sample("a", 0, passed=True, logprob=-1.0), sample("a", 1, passed=False)]
    table = ranking_table(graded, RankingExtras(clusters={("a", 0): "x"}))
    unknown = {name for name, curve in table["curves"].items() if curve is None}
    assert unknown == {"sum_logprob", "mean_logprob", "back_translation", "cluster_size", "public_examples"}
    assert set(table["missing"]) == unknown
    assert table["missing"]["mean_logprob"] == "a: 1 of 2 samples have no log-probability"
    assert table["missing"]["cluster_size"] == "a: nothing is known of 1 of 2 samples"
    assert ranking_table([], RankingExtras())["curves"] == dict.fromkeys(RANKERS)


def test_an_empty_sample_is_taken_last() -> None:
    graded = [sample("a", 0, passed=True, logprob=-9.0), sample("a", 1, passed=False)]
    graded[1] = GradedSample(task_id="a", index=1, completion="", outcome=Outcome.FAILED, tokens=0)
    assert values(ranking_table(graded, RankingExtras()), "mean_logprob") == pytest.approx([0.5, 1.0])


def test_tasks_with_more_samples_keep_them_all() -> None:
    graded = [sample("a", at, passed=at == 3) for at in range(4)] + [sample("b", at, passed=True) for at in range(2)]
    table = ranking_table(graded, RankingExtras())
    assert table["samples"] == 2
    assert values(table, "oracle") == pytest.approx([(0.25 + 1) / 2, (0.5 + 1) / 2])
