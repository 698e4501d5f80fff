import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.nucleus import choose, nucleus
from codex_lsp.types import SamplingParams

WEIGHTS = st.lists(st.integers(0, 9), min_size=1, max_size=700).filter(any)


@given(WEIGHTS, st.floats(0.01, 1.0))
def test_the_nucleus_is_the_smallest_that_reaches_its_mass(weights: list[int], top_p: float) -> None:
    ids = list(nucleus(np.array(weights, dtype=float), top_p))
    order = sorted(range(len(weights)), key=lambda id_: (-weights[id_], id_))
    assert ids == order[: len(ids)]
    target = top_p * sum(weights)
    assert sum(weights[id_] for id_ in ids) >= target - 1e-9
    assert sum(weights[id_] for id_ in ids[:-1]) < target + 1e-9


def test_a_flat_distribution_wider_than_the_first_look_is_held_whole() -> None:
    assert len(nucleus(np.ones(2000), 0.95)) == 1900


@pytest.mark.parametrize(("row", "temperature"), [(0, 0.4), (3, 0.0)])
def test_greedy_is_the_likeliest(row: int, temperature: float) -> None:
    params = SamplingParams(greedy_first=True, temperature=temperature, n=4)
    assert choose(np.array([0.2, 0.5, 0.3]), params, row=row, position=0) == 1


def test_draws_follow_the_tempered_distribution() -> None:
    params = SamplingParams(temperature=0.5, top_p=1.0)
    drawn = [choose(np.array([0.2, 0.6, 0.2]), params, row=1, position=position) for position in range(3000)]
    # Squares of the probabilities: 1 to 9 to 1.
    assert drawn.count(1) / 3000 == pytest.approx(9 / 11, abs=0.03)
    assert drawn == [choose(np.array([0.2, 0.6, 0.2]), params, row=1, position=p) for p in range(3000)]


def test_what_is_outside_the_nucleus_is_never_drawn() -> None:
    params = SamplingParams(temperature=1.0, top_p=0.7)
    drawn = {choose(np.array([0.1, 0.5, 0.1, 0.3]), params, row=1, position=position) for position in range(300)}
    assert drawn == {1, 3}
