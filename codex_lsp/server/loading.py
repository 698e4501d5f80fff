"""A model's loading, shown as work-done progress (LSP 3.18, "Server Initiated Progress")."""

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from codex_lsp.models.protocol import Health, HealthState, LanguageModel
from codex_lsp.types import Capabilities

if TYPE_CHECKING:
    from pygls.progress import Progress

logger = logging.getLogger(__name__)

POLL_S = 0.2
CREATE_TIMEOUT_S = 5.0


class HasProgress(Protocol):
    """What of a language server is used here."""

    @property
    def work_done_progress(self) -> "Progress":
        """Its progress messages."""
        ...


async def wait_for_model(ls: HasProgress, model: LanguageModel, token: str | None) -> None:
    """Return when `model` has loaded.

    Args:
        ls: Who shows it.
        model: What loads.
        token: A fresh name for the progress, or None where the client shows none.

    Raises:
        ModelUnavailable: It cannot be loaded.
    """
    loaded = asyncio.ensure_future(model.capabilities())
    try:
        if token is None or not await is_created(ls, token):
            await loaded
        else:
            await _shown(ls, model, token, loaded)
    finally:
        loaded.cancel()


async def _shown(ls: HasProgress, model: LanguageModel, token: str, loaded: asyncio.Future[Capabilities]) -> None:
    begin = types.WorkDoneProgressBegin(title="Loading the model", percentage=0, cancellable=False)
    ls.work_done_progress.begin(token, begin)
    outcome = "The model did not load"
    try:
        await _report(ls, model, token, loaded)
        outcome = f"{loaded.result().model} is ready"
    except asyncio.CancelledError:
        outcome = "Loading was stopped"
        raise
    finally:
        # In any case: clients show a progress until they are told of its end.
        ls.work_done_progress.end(token, types.WorkDoneProgressEnd(message=outcome))


async def _report(ls: HasProgress, model: LanguageModel, token: str, loaded: asyncio.Future[Capabilities]) -> None:
    told = Health(state=HealthState.LOADING, percent=0)
    while not (await asyncio.wait({loaded}, timeout=POLL_S))[0]:
        health = await model.health()
        if health != told:
            told = health
            percentage = min(max(health.percent, 0), 100)
            report = types.WorkDoneProgressReport(percentage=percentage, message=health.detail or None)
            ls.work_done_progress.report(token, report)
    loaded.result()


async def is_created(ls: HasProgress, token: str) -> bool:
    """Have the client make a progress of that name; False where it shows none."""
    try:
        await asyncio.wait_for(ls.work_done_progress.create_async(token), CREATE_TIMEOUT_S)
    except (JsonRpcException, TimeoutError) as error:
        logger.info("the client shows no progress: %s", error)
        return False
    return True
