"""Work that ends when the caller leaves.

An answer is written by one task; when the connection closes, that task is cancelled, which ends the iteration of the
model's generator. This holds for streams and for whole answers alike, and while a decode step is pending: the
framework's own responses notice a closed connection only when they next write.
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codex_lsp.models.wire import error_json
from codex_lsp.service.failures import UNAVAILABLE, json_response

logger = logging.getLogger(__name__)

# A caller who does not read must not keep an engine that ends.
LAST_WORD_S = 0.2


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


class EndedWithEngine:
    """Ends the answers that are being written when the engine ends: a broken-off one is no fault to be logged."""

    def __init__(self, app: ASGIApp) -> None:
        """Serve `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; if its task is cancelled, close what it wrote, or say 503 where it wrote nothing."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            # The server cancels once when its patience ends and once more when its loop does.
            with contextlib.suppress(asyncio.CancelledError, TimeoutError):
                async with asyncio.timeout(LAST_WORD_S):
                    if started:
                        # A stream without its closing mark: the caller sees that it is not whole.
                        await send({"type": "http.response.body", "body": b"", "more_body": False})
                    else:
                        body = error_json("the engine is ending; ask again", kind=UNAVAILABLE, code="model_failed")
                        await json_response(body, status=503)(scope, receive, send)
