"""The reading of a workspace, shown as work-done progress (LSP 3.18, "Server Initiated Progress")."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from lsprotocol import types

from codex_lsp.server.loading import HasProgress, is_created

POLL_S = 0.5


async def show_walk(
    ls: HasProgress, token: str | None, count: Callable[[], int], walk: Coroutine[Any, Any, None]
) -> None:
    """Await a walk through the workspace, showing how many files it has found.

    Args:
        ls: Who shows it.
        token: A fresh name for the progress, or None where the client shows none.
        count: How many there are by now.
        walk: What is awaited; it ends with this call.
    """
    walking = asyncio.ensure_future(walk)
    try:
        if token is None or not await is_created(ls, token):
            await walking
        else:
            await _shown(ls, token, count, walking)
    finally:
        walking.cancel()


async def _shown(ls: HasProgress, token: str, count: Callable[[], int], walking: asyncio.Future[None]) -> None:
    begin = types.WorkDoneProgressBegin(title="Indexing the workspace", cancellable=False)
    ls.work_done_progress.begin(token, begin)
    try:
        while not (await asyncio.wait({walking}, timeout=POLL_S))[0]:
            ls.work_done_progress.report(token, types.WorkDoneProgressReport(message=f"{count()} files"))
        walking.result()
    finally:
        # In any case: clients show a progress until they are told of its end.
        ls.work_done_progress.end(token, types.WorkDoneProgressEnd(message=f"{count()} files"))
