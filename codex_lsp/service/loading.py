"""A model that is opened in a thread of its own, so that the engine answers `/health` while libraries are imported."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from codex_lsp.errors import CodexLspError, ModelUnavailable
from codex_lsp.models.protocol import Health, HealthState, LanguageModel
from codex_lsp.models.steps import one_by_one, steps_of
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token

logger = logging.getLogger(__name__)


class LoadingModel:
    """A language model that does not exist yet."""

    def __init__(self, open_model: Callable[[], LanguageModel]) -> None:
        """Name what opens it; `start` begins."""
        self._open_model = open_model
        self._opened = threading.Event()
        self._model: LanguageModel | None = None
        self._failure = ""

    def start(self) -> None:
        """Open the model in its thread. The thread ends with the process, wherever it is."""
        threading.Thread(target=self._open, name="model-opening", daemon=True).start()

    async def health(self) -> Health:
        """Loading at 0 % until the model exists, then what the model says."""
        if self._model is not None:
            return await self._model.health()
        if self._opened.is_set():
            return Health(state=HealthState.FAILED, percent=0, detail=self._failure)
        return Health(state=HealthState.LOADING, percent=0, detail="importing libraries")

    async def capabilities(self) -> Capabilities:
        """What the model can do."""
        return await (await self._existing()).capabilities()

    def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """Sample rows."""
        return one_by_one(self.sample_steps(prompt, params))

    async def sample_steps(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Sequence[Delta], None]:
        """Sample rows, and tell of each step at once."""
        model = await self._existing()
        async with aclosing(steps_of(model, prompt, params)) as steps:
            async for deltas in steps:
                yield deltas

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """Log-probabilities of `text` after `prompt`."""
        return await (await self._existing()).score(prompt, text)

    async def close(self) -> None:
        """Close the model if it exists."""
        if self._model is not None:
            await self._model.close()

    async def _existing(self) -> LanguageModel:
        await asyncio.to_thread(self._opened.wait)
        if self._model is None:
            raise ModelUnavailable(self._failure)
        return self._model

    def _open(self) -> None:
        try:
            model = self._open_model()
            start = getattr(model, "start", None)
            if start is not None:
                start()
            self._model = model
        except CodexLspError as error:
            self._failure = str(error)
            logger.error("%s", error)  # noqa: TRY400 - one line that names the mend; a traceback adds nothing
        except Exception as error:  # a broken installation must show as a failed model, not as a silent thread
            self._failure = f"the model cannot be opened ({type(error).__name__}: {error})".splitlines()[0]
            logger.exception("the model cannot be opened")
        finally:
            self._opened.set()
