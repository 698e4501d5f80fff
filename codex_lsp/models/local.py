"""A Hugging Face causal language model in this process: loaded and run by one thread of its own."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from codex_lsp.config import EngineSettings
from codex_lsp.decoding.cache import PrefixCache
from codex_lsp.decoding.jobs import Job, Jobs
from codex_lsp.errors import CodexLspError, ModelUnavailable
from codex_lsp.models.local_adapters import AdaptedRunners
from codex_lsp.models.local_loading import LoadedModel, load_model
from codex_lsp.models.local_mailbox import Cancelled, Mailbox, Produce
from codex_lsp.models.local_memory import LocalMemory
from codex_lsp.models.local_prompt import open_prompt, scored_text
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.steps import one_by_one
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token

logger = logging.getLogger(__name__)

T = TypeVar("T")


class LocalModel:
    """A language model of this machine.

    Requests take turns, a forward pass each; of one document the newest comes first. Ending the iteration of `sample`
    frees the thread after at most one more forward pass.
    """

    def __init__(
        self,
        name: str,
        checkpoint: Path | str,
        engine: EngineSettings,
        *,
        adapters: Mapping[str, Path] | None = None,
    ) -> None:
        """Name a model; loading begins at first use or `start`.

        Args:
            name: What it serves under.
            checkpoint: A model folder, or a hub name.
            engine: How it computes.
            adapters: Folders of the adapters that may be asked for, by name.
        """
        self._name = name
        self._adapters = dict(adapters or {})
        self._runners: AdaptedRunners | None = None
        self._cache: PrefixCache | None = None
        self._memory: LocalMemory | None = None
        self._load = lambda: load_model(
            name,
            checkpoint,
            dtype=engine.dtype,
            device=engine.device,
            threads=engine.threads,
            progress=self._progress,
        )
        self._cache_bytes = engine.cache_mb * 2**20
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="codex-lsp-model")
        self._jobs = Jobs()
        self._loading: Future[LoadedModel] | None = None
        self._closed = False
        self._health = Health(state=HealthState.LOADING, percent=0, detail=f"{name} is about to load")

    def start(self) -> None:
        """Begin to load, if that has not begun."""
        if self._loading is None and not self._closed:
            self._loading = self._executor.submit(self._loaded)

    async def health(self) -> Health:
        """How far the model is loaded, and what its prompt cache has brought."""
        self.start()
        return self._health if self._cache is None else replace(self._health, caches=self._cache.by_tenant())

    async def capabilities(self) -> Capabilities:
        """What the model can do, once it is loaded.

        Raises:
            ModelNotFound: It does not exist.
            ModelUnavailable: It failed to load.
        """
        return replace((await self._ready()).capabilities, adapters=tuple(self._adapters))

    async def prompt_token_ids(self, prompt: Prompt) -> tuple[int, ...]:
        """The token ids that all rows of a prompt follow: what is typed at its end is healed, and theirs to spell.

        Raises:
            ModelRefused: It is longer than the context.
        """
        loaded = await self._ready()

        def decode(cancelled: Cancelled) -> Iterator[Sequence[tuple[int, ...]]]:
            ids, tail = open_prompt(loaded, prompt)
            yield [ids if tail is None else (*ids, *loaded.runner.head(ids, tail, cancelled).ids)]

        return await self._answer(decode)

    def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """Sample `params.n` rows."""
        return one_by_one(self.sample_steps(prompt, params))

    async def sample_steps(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Sequence[Delta], None]:
        """Sample `params.n` rows, and tell of each step at once."""
        loaded = await self._ready()

        def decode(cancelled: Cancelled) -> Iterator[Sequence[Delta]]:
            runner = loaded.runner if self._runners is None else self._runners.get(params.adapter)
            ids, tail = open_prompt(loaded, prompt)
            remembered = None if self._memory is None else self._memory.places(params.memory)
            yield from runner.sample_steps(ids, params, cancelled, tail, remembered)

        async with aclosing(self._answers(decode, params)) as steps:
            async for deltas in steps:
                yield deltas

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """Teacher-forced raw log-probabilities of `text` after `prompt`."""
        loaded = await self._ready()

        def decode(cancelled: Cancelled) -> Iterator[Sequence[tuple[Token, ...]]]:
            ids, encoding = scored_text(loaded, prompt, text)
            logprobs: list[float] = []
            for part in loaded.runner.score_steps(ids, encoding.ids, cancelled):
                logprobs += part
                yield ()
            if not cancelled():
                scored = zip(encoding.ids, logprobs, encoding.ends, strict=True)
                yield [tuple(Token(id=id_, logprob=logprob, end=end) for id_, logprob, end in scored)]

        return await self._answer(decode)

    async def close(self) -> None:
        """End what runs and waits, and give the weights back."""
        self._health = Health(state=HealthState.FAILED, percent=0, detail=f"{self._name} was closed")
        self._closed = True
        self._jobs.end()
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._loading = None

    async def _ready(self) -> LoadedModel:
        self.start()
        if self._loading is None or self._loading.cancelled():
            raise ModelUnavailable(f"{self._name} was closed")
        try:
            # Whoever waits may be cancelled; the loading goes on for the others.
            return await asyncio.shield(asyncio.wrap_future(self._loading))
        except CodexLspError as error:
            # One error is raised to many; each gets its own, or its traceback would grow with every request.
            raise type(error)(str(error)) from error

    async def _answer(self, produce: Produce[T]) -> T:
        """The one thing that the model's thread produces."""
        async with aclosing(self._answers(produce, SamplingParams())) as answers:
            async for answer, *_ in answers:
                return answer
        raise ModelUnavailable(f"{self._name} was closed")

    async def _answers(self, produce: Produce[T], params: SamplingParams) -> AsyncGenerator[Sequence[T], None]:
        """What each step of the model's thread produces, as it comes; ending the iteration cancels it."""
        mailbox: Mailbox[T] = Mailbox(failed=self._make_room)
        closed = ModelUnavailable(f"{self._name} was closed")
        job = Job(
            run=lambda cancelled: mailbox.fill(produce, cancelled),
            abandon=lambda: mailbox.end(closed),
            priority=params.priority,
            document=params.document,
            tenant=params.tenant,
            client=params.client,
        )
        self._jobs.put(job)
        try:
            self._executor.submit(self._jobs.work)
        except RuntimeError as error:  # the thread was shut down
            raise closed from error
        try:
            async with aclosing(mailbox.parts()) as parts:
                async for part in parts:
                    yield part
        finally:
            job.cancelled.set()

    def _make_room(self) -> None:
        """Give memory back after a failure, for the next request."""
        if self._cache is not None:
            self._cache.evict(0)

    def _loaded(self) -> LoadedModel:
        """Load, in the model's thread; a failure is told in `health` and raised."""
        try:
            loaded = self._load()
        except CodexLspError as error:
            self._failed(str(error))
            raise
        except Exception as error:
            # Whatever a library raises, a model that does not load must not take its thread with it unsaid.
            logger.debug("%s: loading failed", self._name, exc_info=True)
            reason = f"{self._name}: loading failed ({type(error).__name__}: {_line(error)})"
            self._failed(reason)
            raise ModelUnavailable(reason) from error
        self._runners = AdaptedRunners(loaded, self._adapters)
        if loaded.capabilities.remembers:
            self._memory = LocalMemory(lambda text: loaded.vocabulary.encode(text).ids)
        if loaded.cache.max_bytes:
            loaded.cache.max_bytes = self._cache_bytes or loaded.cache.max_bytes
            self._cache = loaded.cache
        self._say(Health(state=HealthState.READY, percent=100))
        return loaded

    def _failed(self, reason: str) -> None:
        # It is raised to whoever waits: logged louder, a command line would say it twice.
        logger.info("%s", reason)
        self._say(Health(state=HealthState.FAILED, percent=0, detail=reason))

    def _progress(self, percent: int, detail: str) -> None:
        self._say(Health(state=HealthState.LOADING, percent=percent, detail=detail))

    def _say(self, health: Health) -> None:
        if not self._closed:
            self._health = health


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
