"""Time that passes only when nothing is left to do."""

import asyncio

import pytest

from codex_lsp.evaluation.virtual_loop import run_virtually, sleep_until


def test_an_hour_passes_at_once_and_in_order() -> None:
    async def main() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        seen: list[tuple[str, float]] = []

        async def note(name: str, delay_s: float) -> None:
            await asyncio.sleep(delay_s)
            seen.append((name, loop.time()))

        await asyncio.gather(note("late", 3600.0), note("early", 0.25), note("middle", 1.0))
        return seen

    assert run_virtually(main()) == [("early", 0.25), ("middle", 1.0), ("late", 3600.0)]


def test_work_for_a_thread_is_done_on_the_spot() -> None:
    def fails() -> None:
        raise ValueError("as it should")

    async def main() -> tuple[int, float]:
        found = await asyncio.to_thread(sum, (1, 2))
        with pytest.raises(ValueError, match="as it should"):
            await asyncio.to_thread(fails)
        return found, asyncio.get_running_loop().time()

    assert run_virtually(main()) == (3, 0.0)


def test_a_timeout_ends_what_would_take_longer() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.0):
                await asyncio.sleep(1000)
        await sleep_until(1.0)
        return asyncio.get_running_loop().time()

    assert run_virtually(main()) == 2.0
