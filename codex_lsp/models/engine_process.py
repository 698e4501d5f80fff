"""The local engine as a child process: started on first use, started again when it dies, never left behind."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from codex_lsp.errors import ModelUnavailable
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.remote.child import Child
from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token

logger = logging.getLogger(__name__)

T = TypeVar("T")

START_TIMEOUT_S = 60.0
POLL_S = 0.02
# How long a broken connection may precede the news that the child is dead.
DEATH_NOTICE_S = 0.3
# In which an engine that has served before, busy or not, says how it is.
STALL_TIMEOUT_S = 2.0
FIRST_BACKOFF_S = 0.5
MAX_BACKOFF_S = 30.0


class EngineProcess:
    """A model served by `codex-lsp engine` in a child of this process, over a private Unix socket.

    A request that finds the child dead starts it again and is asked once more, unless a part of its answer has
    already been given. A child that dies before it has answered anything is not started again at once: the wait
    doubles each time, and requests meanwhile fail with its last line.

    A child may also stand still. After a request that was given up or failed while it waited for the child, the next
    one first asks for its health; a child that has served before and now does not answer that is replaced.
    """

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        """Name the child; nothing is started yet.

        Args:
            command: The engine's command line, to which the socket and `--exit-with-parent` are added.
            environment: The child's environment; None for this process's own.
        """
        self._command = tuple(command)
        self._environment = dict(os.environ if environment is None else environment)
        self._running: _Running | None = None
        self._starting: asyncio.Task[_Running] | None = None
        self._backoff = _Backoff()
        self._doubted = False
        self._closed = False

    async def start(self) -> None:
        """Start the child now and wait until it listens (not until its model is loaded).

        Raises:
            ModelUnavailable: It cannot be started.
        """
        await self._alive()

    async def health(self) -> Health:
        """Where the child's model stands; a child that is yet to start counts as loading."""
        running = self._running
        # While a child is doubted, what seems to be its start is only a look at it.
        looks = self._starting is None or self._doubted
        if looks and running is not None and running.child.running():
            return await running.model.health()
        if self._starting is None and self._backoff.reason is not None:
            return Health(state=HealthState.FAILED, percent=0, detail=self._backoff.reason)
        return Health(state=HealthState.LOADING, percent=0, detail="the engine is starting")

    async def capabilities(self) -> Capabilities:
        """What the model can do; starts the child and waits for it to load."""
        return await self._asked(lambda model: model.capabilities())

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """Log-probabilities of `text` after `prompt`."""
        return await self._asked(lambda model: model.score(prompt, text))

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """Sample rows; a child found dead is started again, once."""
        running = await self._alive()
        begun = False
        try:
            async with aclosing(self._deltas(running, prompt, params)) as deltas:
                async for delta in deltas:
                    begun = True
                    yield delta
        except ModelUnavailable as error:
            if not await running.child.died(within_s=DEATH_NOTICE_S):
                raise
            if begun:
                message = f"the engine died half-way; the next request starts it again (log: {running.child.log})"
                raise ModelUnavailable(message) from error
            logger.warning("the engine was dead; it is started again")
        else:
            return
        async with aclosing(self._deltas(await self._alive(), prompt, params)) as deltas:
            async for delta in deltas:
                yield delta

    async def close(self) -> None:
        """End the child, politely and then not."""
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
            if not await running.child.died(within_s=DEATH_NOTICE_S):
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
        """A wait for the child; one that ends without what it waits for may mean that the child stands still."""
        try:
            yield
        except (asyncio.CancelledError, ModelUnavailable):
            # Before it has served, a child may be importing libraries, in which it answers nothing for long.
            self._doubted = self._backoff.cleared
            raise

    async def _alive(self) -> "_Running":
        """A child that listens. Whoever waits for a start may be cancelled; the start goes on for the others."""
        if self._closed:
            raise ModelUnavailable("the engine was closed")
        if self._starting is None:
            if self._running is not None and self._running.child.running() and not self._doubted:
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
        if running is not None and running.child.running() and await _answers(running):
            self._doubted = False
            return running
        self._doubted = False
        if running is not None and not self._backoff.cleared:
            self._backoff.fail(f"the engine died before it served: {running.child.last_line()}")
        await self._dropped(at_once=True)
        self._backoff.check()
        self._backoff.begin()
        try:
            child = Child(self._command, self._environment)
            self._running = _Running(child=child, model=OpenAIModel("http://engine/v1", socket=child.socket))
            await _until_listening(child)
        except ModelUnavailable as error:
            self._backoff.fail(str(error))
            await self._dropped()
            raise
        return self._running

    async def _dropped(self, *, at_once: bool = False) -> None:
        """Forget the child and its client; what still runs is ended, `at_once` where it would not hear of it."""
        running, self._running = self._running, None
        if running is not None:
            await running.model.close()
            await asyncio.to_thread(running.child.end, at_once=at_once)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """A child and the client that speaks to it."""

    child: Child
    model: OpenAIModel


class _Backoff:
    """When a child that keeps failing may be started again."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.cleared = False
        self._failures = 0
        self._not_before = 0.0

    def begin(self) -> None:
        """A child is being started; it has proved nothing yet."""
        self.cleared = False

    def clear(self) -> None:
        """The child has served."""
        self.cleared = True
        self.reason = None
        self._failures = 0

    def fail(self, reason: str) -> None:
        """The child failed before it served."""
        self.reason = reason
        self._not_before = asyncio.get_running_loop().time() + min(FIRST_BACKOFF_S * 2**self._failures, MAX_BACKOFF_S)
        self._failures += 1

    def check(self) -> None:
        """Refuse a start that would come too early."""
        if self.reason is not None and asyncio.get_running_loop().time() < self._not_before:
            raise ModelUnavailable(self.reason)


async def _answers(running: _Running) -> bool:
    """Whether a child says anything about its health in time."""
    try:
        await asyncio.wait_for(running.model.health(), STALL_TIMEOUT_S)
    except TimeoutError:
        logger.warning("the engine has not answered for %g s; it is ended", STALL_TIMEOUT_S)
        return False
    return True


async def _until_listening(child: Child) -> None:
    deadline = asyncio.get_running_loop().time() + START_TIMEOUT_S
    while not child.listening():
        if not child.running():
            raise ModelUnavailable(f"{child.last_line()} (log: {child.log})")
        if asyncio.get_running_loop().time() > deadline:
            raise ModelUnavailable(f"the engine did not start in {START_TIMEOUT_S:g} s (log: {child.log})")
        await asyncio.sleep(POLL_S)
