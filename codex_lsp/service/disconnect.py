"""Work that ends when the caller leaves.

An answer is written by one task; when the connection closes, that task is cancelled, which ends the iteration of the
model's generator. This holds for streams and for whole answers alike, and while a decode step is pending: the
framework's own responses notice a closed connection only when they next write.
"""

import asyncio
import logging
from collections.abc import Coroutine

from starlette.types import Receive

logger = logging.getLogger(__name__)


async def until_caller_leaves(work: Coroutine[None, None, None], receive: Receive) -> None:
    """Run `work`, or cancel it when `receive` tells that the caller has left; its errors are the caller's."""
    writing = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({writing, watching}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not writing.done():
            logger.debug("the caller left; its generation is ended")
        writing.cancel()
        watching.cancel()
        await asyncio.wait({writing, watching})
    if not writing.cancelled():
        writing.result()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
