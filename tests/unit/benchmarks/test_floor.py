"""The arithmetic of the floor, and the shapes it is about."""

import pytest

from benchmarks.floor import CACHED_BYTES, Rates, Request, floor_ms, pass_s
from benchmarks.shapes import PUBLISHED, SHAPES, shape_named
from codex_lsp.errors import UsageError

SHAPE = SHAPES["20M"]
ENDLESS = 1e30


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_shape_has_about_the_parameters_of_its_name(name: str) -> None:
    assert SHAPES[name].matrix_parameters == pytest.approx(float(name.removesuffix("M")) * 1e6, rel=0.04)


def test_an_unknown_shape_is_named() -> None:
    with pytest.raises(UsageError, match="`21M` is no shape; known are tiny, 7M"):
        shape_named("21M")


def test_with_endless_products_a_pass_reads_weights_and_what_is_cached() -> None:
    rates = Rates(bytes_per_s=1e9, operations_per_s=ENDLESS)
    cached = 2 * SHAPE.layers * SHAPE.groups * 64 * 2000 * CACHED_BYTES
    assert pass_s(SHAPE, rates, tokens=4, context=2000) == pytest.approx((SHAPE.matrix_parameters + cached) / 1e9)


def test_with_endless_memory_rows_cost_their_products() -> None:
    rates = Rates(bytes_per_s=ENDLESS, operations_per_s=1e9)
    one, four = (pass_s(SHAPE, rates, tokens=rows, context=0) for rows in (1, 4))
    assert one == pytest.approx(2 * SHAPE.matrix_parameters / 1e9)
    assert four == pytest.approx(4 * one)


def test_a_request_reads_its_prompt_and_all_but_the_last_tokens() -> None:
    rates = Rates(bytes_per_s=1e9, operations_per_s=ENDLESS)
    once = pass_s(SHAPE, rates, tokens=1, context=2000)
    assert floor_ms(SHAPE, rates, Request(context=2000, new=1, rows=4, tokens=24)) == pytest.approx(24 * once * 1000)
