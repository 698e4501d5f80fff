import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from codex_lsp.errors import ModelUnavailable
from codex_lsp.models.remote.merge import merged
from codex_lsp.types import Delta


def delta(index: int) -> Delta:
    return Delta(index=index, text="x", tokens=())


async def counting(index: int, *, ended: list[int], error: Exception | None = None) -> AsyncGenerator[Delta, None]:
    try:
        yield delta(index)
        yield delta(index)
        if error is not None:
            raise error
    finally:
        ended.append(index)


async def forever(ended: list[int]) -> AsyncGenerator[Delta, None]:
    try:
        yield delta(9)
        await asyncio.Event().wait()
    finally:
        ended.append(9)


async def test_all_deltas_come_in_the_order_of_their_source() -> None:
    ended: list[int] = []
    found = [item.index async for item in merged([counting(0, ended=ended), counting(1, ended=ended)])]
    assert sorted(found) == [0, 0, 1, 1]
    assert sorted(ended) == [0, 1]


async def test_no_source_is_no_delta() -> None:
    assert [item async for item in merged([])] == []


async def test_the_first_failure_ends_all() -> None:
    ended: list[int] = []
    failing = counting(0, ended=ended, error=ModelUnavailable("gone"))
    with pytest.raises(ModelUnavailable, match="gone"):
        assert [item async for item in merged([failing, forever(ended)])]
    assert sorted(ended) == [0, 9]


async def test_leaving_early_ends_all() -> None:
    ended: list[int] = []
    async with aclosing(merged([forever(ended), counting(1, ended=ended)])) as deltas:
        await anext(deltas)
    assert sorted(ended) == [1, 9]
