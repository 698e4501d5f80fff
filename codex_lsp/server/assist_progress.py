"""An assist that runs, shown as work-done progress that a person can cancel."""

from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from codex_lsp.server.loading import is_created

if TYPE_CHECKING:
    from codex_lsp.server.language_server import CodexLanguageServer

Tell = Callable[[str, int | None], None]


@asynccontextmanager
async def shown_progress(
    ls: "CodexLanguageServer",
    title: str,
    *,
    token: int | str | None,
    on_cancel: Callable[[], object],
) -> AsyncGenerator[Tell]:
    """Show a progress while the block runs; what it gives takes what is being done and how much of it, in percent.

    Args:
        ls: Who shows it.
        title: What is done.
        token: The client's own for it; without one, a progress is begun where the client shows any.
        on_cancel: Called where the person cancels it.
    """
    if token is None:
        fresh = ls.progress_token()
        token = fresh if fresh is not None and await is_created(ls, fresh) else None
    if token is None:
        yield _silent
        return
    progress = ls.work_done_progress
    progress.begin(token, types.WorkDoneProgressBegin(title=title, cancellable=True, percentage=0))
    told: tuple[str, int | None] | None = ("", 0)

    def tell(text: str, percent: int | None) -> None:
        nonlocal told
        if told is not None and told != (text, percent):
            told = (text, percent)
            percentage = None if percent is None else min(max(percent, 0), 100)
            progress.report(token, types.WorkDoneProgressReport(message=text, percentage=percentage))

    def cancelled(done: "Future[Any]") -> None:
        if done.cancelled():
            on_cancel()

    progress.tokens[token].add_done_callback(cancelled)
    try:
        yield tell
    finally:
        # In any case: clients show a progress until they are told of its end.
        told = None
        progress.tokens.pop(token, None)
        progress.end(token, types.WorkDoneProgressEnd())


def _silent(text: str, percent: int | None) -> None:
    """The client shows no progress."""
