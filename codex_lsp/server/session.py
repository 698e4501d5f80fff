"""The model in use and the pipeline on it; opened anew when other settings name another model."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

from codex_lsp.completion.filters import Filter
from codex_lsp.completion.filters.secrets import load_detectors
from codex_lsp.completion.pipeline import Pipeline
from codex_lsp.config import Settings
from codex_lsp.context.document import Document
from codex_lsp.context.neighbours import Neighbours
from codex_lsp.errors import CodexLspError
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.models.shipped import for_assists, of_assists
from codex_lsp.server.notices import Notices
from codex_lsp.types import Capabilities

logger = logging.getLogger(__name__)

OpenModel = Callable[[Settings], LanguageModel]
TokenCounter = Callable[[str | None], Callable[[str], int]]
WaitForModel = Callable[[LanguageModel], Awaitable[None]]

CLOSE_TIMEOUT_S = 5.0
MAX_REASON = 200
"""Characters shown of a failure that is not one of ours."""


class Session:
    """Owns at most one model at a time, and the tasks that open and close models."""

    def __init__(
        self,
        open_model: OpenModel,
        token_counter: TokenCounter,
        *,
        notices: Notices,
        wait_for_model: WaitForModel,
        neighbours: Neighbours | None = None,
        recitation: Filter | None = None,
    ) -> None:
        """Hold nothing yet.

        Args:
            open_model: Settings to a model, which loads when it is first asked.
            token_counter: A counter of tokens for the tokenizer at a path, or for None.
            notices: Where failures are told.
            wait_for_model: Returns when a model has loaded, showing how far it is meanwhile.
            neighbours: Where pieces of other files come from; None for none.
            recitation: Leaves out what the embedded model would recite.
        """
        self._open_model = open_model
        self._token_counter = token_counter
        self._notices = notices
        self._wait_for_model = wait_for_model
        self._neighbours = neighbours
        self._recitation = recitation
        self._model: LanguageModel | None = None
        self._assist_model: LanguageModel | None = None
        self._settings: Settings | None = None
        self._loading: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.pipeline: Pipeline | None = None
        self.capabilities: Capabilities | None = None
        """Of the model, once it is loaded."""

    @property
    def model(self) -> LanguageModel | None:
        """The model in use, loaded or loading; None where none could be opened."""
        return self._model

    @property
    def assist_capabilities(self) -> Capabilities | None:
        """Of the model that assists ask, which need not be open for that."""
        return None if self.capabilities is None else of_assists(self.capabilities)

    def assist_model(self) -> LanguageModel | None:
        """The model that assists ask: completion's, or beside the embedded one the one for whole functions.

        That one is opened when it is first asked for, and closed with the other.
        """
        if self._settings is None or (wanted := for_assists(self._settings)) == self._settings:
            return self._model
        if self._model is not None and self._assist_model is None:
            try:
                self._assist_model = self._open_model(wanted)
            except CodexLspError as error:
                logger.warning("assists ask the model of completion: %s", error)
                return self._model
        return self._assist_model

    def open(self, settings: Settings, documents: Iterable[Document] = ()) -> None:
        """Open the model that `settings` name in place of the one before, and start to load it."""
        self.drop()
        try:
            model = self._open_model(settings)
        except CodexLspError as error:
            self._notices.failed(str(error))
            return
        except Exception as error:
            # Whatever a model's name or address does to a library below: the server goes on without a model.
            logger.debug("the model failed to open", exc_info=True)
            self._notices.failed(_in_one_line(error))
            return
        self._model = model
        self._settings = settings
        self.pipeline = Pipeline(
            model,
            settings,
            count_tokens_for=self._token_counter,
            neighbours=self._neighbours,
            recitation=self._recitation,
            tell=self._notices.adapter_left_out,
        )
        for document in documents:
            self.pipeline.document_changed(document.uri, document.text)
        self._loading = self._start(self._load(model))
        self._start(asyncio.to_thread(load_detectors))

    def configure(self, settings: Settings) -> None:
        """Put other settings in force with the same model."""
        if self.pipeline is not None:
            self.pipeline.configure(settings)

    async def close(self) -> None:
        """Give back the model, and with it an engine's process; ends in any case after a few seconds."""
        self.drop()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=CLOSE_TIMEOUT_S)
            for task in late:
                logger.warning("the model did not close in %g s", CLOSE_TIMEOUT_S)
                task.cancel()

    def drop(self) -> None:
        """Let go of the model; it is closed in the background, and `close` waits for that."""
        loading, self._loading = self._loading, None
        model, self._model = self._model, None
        assist_model, self._assist_model = self._assist_model, None
        pipeline, self.pipeline = self.pipeline, None
        self.capabilities = None
        if loading is not None:
            loading.cancel()
        if model is not None:
            self._start(_closed(model, pipeline))
        if assist_model is not None:
            self._start(_closed(assist_model, None))

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("opening or closing the model failed", exc_info=error)

    async def _load(self, model: LanguageModel) -> None:
        try:
            await self._wait_for_model(model)
            self.capabilities = await model.capabilities()
        except CodexLspError as error:
            self._notices.failed(str(error))
        except Exception as error:
            # As in `open`: nobody else would tell the person.
            logger.debug("the model failed to load", exc_info=True)
            self._notices.failed(_in_one_line(error))
        else:
            self._notices.worked()


def _in_one_line(error: Exception) -> str:
    reason = " ".join(str(error).split())[:MAX_REASON]
    return f"the model cannot be loaded: {type(error).__name__}: {reason}"


async def _closed(model: LanguageModel, pipeline: Pipeline | None) -> None:
    if pipeline is not None:
        await pipeline.close()
    await model.close()
