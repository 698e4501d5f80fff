"""The local engine as a process of its own: joined or started on first use, started again when it dies."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from codex_lsp.errors import ModelUnavailable
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.models.remote.shared_engine import SharedEngine, joined
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token

logger = logging.getLogger(__name__)

T = TypeVar("T")

# How long a broken connection may precede the news that the engine is dead.
DEATH_NOTICE_S = 0.3
# In which an engine that has served before, busy or not, says how it is.
STALL_TIMEOUT_S = 2.0
FIRST_BACKOFF_S = 0.5
MAX_BACKOFF_S = 30.0


class EngineProcess:
    """A model served by `codex-lsp engine` over a private Unix socket: one process for all of one person's that ask.

    A request that finds the engine dead starts it again and is asked once more, unless a part of its answer has
    already been given. An engine that dies before it has answered anything is not started again at once: the wait
    doubles each time, and requests meanwhile fail with its last line.

    An engine may also stand still. After a request that was given up or failed while it waited for the engine, the
    next one first asks for its health; an engine that has served before and now does not answer that is replaced.
    """

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        """Name the engine; nothing is started yet.

        Args:
            command: The engine's command line, to which the socket and `--shared` are added.
            environment: The engine's environment; None for this process's own.
        """
        self._command = tuple(command)
        self._environment = dict(os.environ if environment is None else environment)
        self._running: _Running | None = None
        self._starting: asyncio.Task[_Running] | None = None
        self._backoff = _Backoff()
        self._doubted = False
        self._closed = False

    async def start(self) -> None:
        """Join or start the engine now and wait until it listens (not until its model is loaded).

        Raises:
            ModelUnavailable: It cannot be started.
        """
        await self._alive()

    async def health(self) -> Health:
        """Where the engine's model stands; one that is yet to start counts as loading."""
        running = self._running
        # While an engine is doubted, what seems to be its start is only a look at it.
        looks = self._starting is None or self._doubted
        if looks and running is not None and running.engine.running():
            return await running.model.health()
        if self._starting is None and self._backoff.reason is not None:
            return Health(state=HealthState.FAILED, percent=0, detail=self._backoff.reason)
        return Health(state=HealthState.LOADING, percent=0, detail="the engine is starting")

    async def capabilities(self) -> Capabilities:
        """What the model can do; starts the engine and waits for it to load."""
        return await self._asked(lambda model: model.capabilities())

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """Log-probabilities of `text` after `prompt`."""
        return await self._asked(lambda model: model.score(prompt, text))

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """Sample rows; an engine found dead is started again, once."""
        running = await self._alive()
        begun = False
        try:
            async with aclosing(self._deltas(running, prompt, params)) as deltas:
                async for delta in deltas:
                    begun = True
                    yield delta
        except ModelUnavailable as error:
            if not await running.engine.died(within_s=DEATH_NOTICE_S):
                raise
            if begun:
                message = f"the engine died half-way; the next request starts it again (log: {running.engine.log.path})"
                raise ModelUnavailable(message) from error
            logger.warning("the engine was dead; it is started again")
        else:
            return
        async with aclosing(self._deltas(await self._alive(), prompt, params)) as deltas:
            async for delta in deltas:
                yield delta

    async def close(self) -> None:
        """Use the engine no more; it ends with its last user."""
        self._closed = True
        if self._starting is not None:
            await asyncio.wait({self._starting})
        await self._dropped()

    async def _asked(self, ask: Callable[[OpenAIModel], Awaitable[T]]) -> T:
        running = await self._alive()
        try:
            with self._doubting():
                answer = await ask(running.model)
        except ModelUnavailable:
            if not await running.engine.died(within_s=DEATH_NOTICE_S):
                raise
            logger.warning("the engine was dead; it is started again")
            running = await self._alive()
            with self._doubting():
                answer = await ask(running.model)
        self._backoff.clear()
        return answer

    async def _deltas(self, running: "_Running", prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        with self._doubting():
            async with aclosing(running.model.sample(prompt, params)) as deltas:
                async for delta in deltas:
                    self._backoff.clear()
                    yield delta

    @contextmanager
    def _doubting(self) -> Generator[None, None, None]:
        """A wait for the engine; one that ends without what it waits for may mean that it stands still."""
        try:
            yield
        except (asyncio.CancelledError, ModelUnavailable):
            # Before it has served, an engine may be importing libraries, in which it answers nothing for long.
            self._doubted = self._backoff.cleared
            raise

    async def _alive(self) -> "_Running":
        """An engine that listens. Whoever waits for a start may be cancelled; the start goes on for the others."""
        if self._closed:
            raise ModelUnavailable("the engine was closed")
        if self._starting is None:
            if self._running is not None and self._running.engine.running() and not self._doubted:
                return self._running
            self._starting = asyncio.create_task(self._started())
            self._starting.add_done_callback(self._start_ended)
        return await asyncio.shield(self._starting)

    def _start_ended(self, task: "asyncio.Task[_Running]") -> None:
        self._starting = None
        # Read here so that a start whose waiters have all left is no unread failure; it is kept in `_backoff`.
        if not task.cancelled() and task.exception() is not None:
            logger.error("%s", task.exception())

    async def _started(self) -> "_Running":
        running = self._running
        # Where it has died, another process may have put a new one in its place: that one is joined, not judged.
        runs = running is not None and running.engine.running()
        if running is not None and runs and running.engine.listening() and await _answers(running):
            self._doubted = False
            return running
        self._doubted = False
        if running is not None and running.engine.process is not None and not self._backoff.cleared:
            self._backoff.fail(f"the engine died before it served: {running.engine.last_line()}")
        await self._dropped(kill=runs)
        self._backoff.check()
        self._backoff.begin()
        try:
            engine = await joined(self._command, self._environment)
        except ModelUnavailable as error:
            self._backoff.fail(str(error))
            raise
        self._running = _Running(engine=engine, model=OpenAIModel("http://engine/v1", socket=engine.socket))
        return self._running

    async def _dropped(self, *, kill: bool = False) -> None:
        """Forget the engine and its client; `kill` what still runs of it, where it would not hear of anything else."""
        running, self._running = self._running, None
        if running is not None:
            await running.model.close()
            await running.engine.leave(kill=kill)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """An engine and the client that speaks to it."""

    engine: SharedEngine
    model: OpenAIModel


class _Backoff:
    """When an engine that keeps failing may be started again."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.cleared = False
        self._failures = 0
        self._not_before = 0.0

    def begin(self) -> None:
        """An engine is being started; it has proved nothing yet."""
        self.cleared = False

    def clear(self) -> None:
        """The engine has served."""
        self.cleared = True
        self.reason = None
        self._failures = 0

    def fail(self, reason: str) -> None:
        """The engine failed before it served."""
        self.reason = reason
        self._not_before = asyncio.get_running_loop().time() + min(FIRST_BACKOFF_S * 2**self._failures, MAX_BACKOFF_S)
        self._failures += 1

    def check(self) -> None:
        """Refuse a start that would come too early."""
        if self.reason is not None and asyncio.get_running_loop().time() < self._not_before:
            raise ModelUnavailable(self.reason)


async def _answers(running: _Running) -> bool:
    """Whether an engine says anything about its health in time."""
    try:
        await asyncio.wait_for(running.model.health(), STALL_TIMEOUT_S)
    except TimeoutError:
        logger.warning("the engine has not answered for %g s; it is ended", STALL_TIMEOUT_S)
        return False
    return True
