"""Several sources of deltas as one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from codex_lsp.types import Delta


async def merged(sources: Sequence[AsyncGenerator[Delta, None]]) -> AsyncGenerator[Delta, None]:
    """The deltas of all sources as they come; the first failure ends all.

    Each source is iterated and closed by one task of its own; ending this iteration cancels them all.
    """
    arrived: asyncio.Queue[Delta | None] = asyncio.Queue()
    tasks = [asyncio.create_task(_pump(source, arrived)) for source in sources]
    running = len(tasks)
    try:
        while running:
            delta = await arrived.get()
            if delta is not None:
                yield delta
                continue
            running -= 1
            for task in tasks:
                if task.done():
                    task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(source: AsyncGenerator[Delta, None], arrived: asyncio.Queue[Delta | None]) -> None:
    try:
        async with aclosing(source):
            async for delta in source:
                arrived.put_nowait(delta)
    finally:
        arrived.put_nowait(None)
