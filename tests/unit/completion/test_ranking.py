"""Ranking is a sorted permutation."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.completion.ranking import mean_logprob, rank
from codex_lsp.types import Candidate, Token
from tests.unit.completion.scenes import candidate_of


def test_tokens_that_begin_before_the_cut_count_whole() -> None:
    tokens = (Token(id=1, logprob=-1.0, end=2), Token(id=2, logprob=-2.0, end=5), Token(id=3, logprob=-9.0, end=6))
    candidate = dataclasses.replace(candidate_of("abcdef"), tokens=tokens, kept=3)
    assert mean_logprob(candidate) == -1.5
    assert mean_logprob(dataclasses.replace(candidate, kept=2)) == -1.0
    assert mean_logprob(dataclasses.replace(candidate, kept=6)) == -4.0


def test_end_of_text_never_counts() -> None:
    candidate = candidate_of("ab")
    tokens = (*candidate.tokens, Token(id=0, logprob=-50.0, end=2))
    assert mean_logprob(dataclasses.replace(candidate, tokens=tokens)) == -1.0


def test_tokens_inside_a_character_count() -> None:
    tokens = tuple(Token(id=None, logprob=-float(part), end=part // 3) for part in (1, 2, 3))
    assert mean_logprob(dataclasses.replace(candidate_of("é"), tokens=tokens)) == -2.0


def test_what_is_shown_changes_nothing() -> None:
    candidate = candidate_of("abc", logprob=-0.5)
    assert mean_logprob(dataclasses.replace(candidate, insert="c")) == -0.5


@pytest.mark.parametrize("unknown", [None, math.nan])
def test_unknown_is_no_number(unknown: float | None) -> None:
    known, missing = candidate_of("a", index=0, logprob=-5.0), candidate_of("b", index=1, logprob=unknown)
    assert mean_logprob(missing) is None
    assert mean_logprob(dataclasses.replace(known, tokens=())) is None
    better = candidate_of("c", index=2, logprob=-1.0)
    assert rank([better, missing, known]) == [known, missing, better]


def test_zero_is_the_best_and_nothing_kept_is_dropped() -> None:
    best, good = candidate_of("a", index=1, logprob=0.0), candidate_of("b", index=0, logprob=-0.1)
    nothing = dataclasses.replace(candidate_of("c", index=2, logprob=0.0), kept=0)
    assert rank([good, nothing, best]) == [best, good]


@given(st.lists(st.floats(-20.0, 0.0), max_size=8), st.randoms())
def test_rank_is_a_sorted_permutation(logprobs: list[float], random: st.DataObject) -> None:
    candidates = [candidate_of(f"{index}", index=index, logprob=logprob) for index, logprob in enumerate(logprobs)]
    shuffled = list(candidates)
    random.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue]

    ranked = rank(shuffled)

    assert ranked == sorted(candidates, key=lambda candidate: (-(mean_logprob(candidate) or 0.0), candidate.index))


def test_order_given_does_not_matter() -> None:
    first, second = candidate_of("a", index=0), candidate_of("b", index=1)
    assert rank([second, first]) == [first, second]
    assert rank(list[Candidate]()) == []
