"""Doubles and shorthand that the tests of completion share."""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from codex_lsp.completion.pipeline import Completion, CompletionRequest, Pipeline
from codex_lsp.config import CompletionSettings, Settings
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.types import (
    Candidate,
    Capabilities,
    CursorContext,
    Delta,
    FinishReason,
    Prompt,
    SamplingParams,
    Token,
    Trigger,
)

CURSOR = "║"


def context_of(
    marked: str, *, language: str = "python", path: str = "src/app.py", uri: str = "file:///app"
) -> CursorContext:
    """A context from a document with its cursor marked."""
    prefix, suffix = marked.split(CURSOR)
    return CursorContext(uri=uri, path=path, language=language, prefix=prefix, suffix=suffix)


def tokens_of(text: str, logprob: float | None = -1.0) -> tuple[Token, ...]:
    """One token per character."""
    return tuple(Token(id=ord(character), logprob=logprob, end=end) for end, character in enumerate(text, start=1))


def candidate_of(
    text: str, *, index: int = 0, finish: FinishReason = FinishReason.STOP, logprob: float | None = -1.0
) -> Candidate:
    """A candidate that is kept whole."""
    return Candidate(
        index=index, text=text, tokens=tokens_of(text, logprob), finish_reason=finish, kept=len(text), insert=text
    )


@dataclass
class Call:
    """One call of `sample`: the test feeds it and sees what became of it."""

    prompt: Prompt
    params: SamplingParams
    steps: "asyncio.Queue[Delta | Exception | None]" = field(default_factory=asyncio.Queue)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    lengths: dict[int, int] = field(default_factory=dict)

    def text(self, index: int, text: str, *, finish: FinishReason | None = None, logprob: float | None = -1.0) -> None:
        """Let row `index` grow by `text`, one token, and end it with `finish`."""
        end = self.lengths.get(index, 0) + len(text)
        self.lengths[index] = end
        tokens = (Token(id=1, logprob=logprob, end=end),) if text else ()
        self.steps.put_nowait(Delta(index=index, text=text, tokens=tokens, finish_reason=finish))

    def row(self, index: int, text: str, logprob: float | None = -1.0) -> None:
        """Let row `index` be `text`, ended by a stop."""
        self.text(index, text, finish=FinishReason.STOP, logprob=logprob)

    def fail(self, error: Exception) -> None:
        """Let the backend fail."""
        self.steps.put_nowait(error)

    def end(self) -> None:
        """Let the stream end."""
        self.steps.put_nowait(None)


class FedModel:
    """A model whose rows the test feeds, step by step."""

    def __init__(
        self, *, fim: bool = True, max_context: int = 2048, tokenizer: str | None = None, name: str = "fed"
    ) -> None:
        self.calls: list[Call] = []
        self.called = asyncio.Event()
        self.loaded = asyncio.Event()
        self.loaded.set()
        self.may_close = asyncio.Event()
        self.may_close.set()
        self._capabilities = Capabilities(
            model=name,
            fim=fim,
            n=True,
            logprobs=True,
            stream=True,
            chat=False,
            score=False,
            max_context=max_context,
            tokenizer=tokenizer,
        )

    async def health(self) -> Health:
        return Health(state=HealthState.READY, percent=100)

    async def capabilities(self) -> Capabilities:
        await self.loaded.wait()
        return self._capabilities

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        call = Call(prompt, params)
        self.calls.append(call)
        self.called.set()
        try:
            while (step := await call.steps.get()) is not None:
                if isinstance(step, Exception):
                    raise step
                yield step
        finally:
            await self.may_close.wait()
            call.closed.set()

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        raise NotImplementedError

    async def close(self) -> None:
        return

    async def next_call(self) -> Call:
        """The newest call, once there is one that has not been given out."""
        await self.called.wait()
        self.called.clear()
        return self.calls[-1]


@dataclass(eq=False)
class HeldAlarm:
    """A call that the test makes."""

    delay_s: float
    call: Callable[[], None]
    alarms: "list[HeldAlarm]"

    def cancel(self) -> None:
        if self in self.alarms:
            self.alarms.remove(self)


class Clock:
    """Time that stands still until the test rings an alarm."""

    def __init__(self) -> None:
        self.alarms: list[HeldAlarm] = []

    def set_alarm(self, delay_s: float, call: Callable[[], None]) -> HeldAlarm:
        alarm = HeldAlarm(delay_s, call, self.alarms)
        self.alarms.append(alarm)
        return alarm

    def ring(self, delay_s: float) -> None:
        """Ring all alarms that were set for so long."""
        due = [alarm for alarm in self.alarms if alarm.delay_s == delay_s]
        assert due, f"no alarm of {delay_s} s among {[alarm.delay_s for alarm in self.alarms]}"
        for alarm in due:
            alarm.cancel()
            alarm.call()


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(20):
        await asyncio.sleep(0)


DEBOUNCE_S, LATE_ROW_S, TIMEOUT_S = 0.03, 0.15, 10.0
HERE = context_of("def f(x):\n    return ║\n")
STEADY = Settings(completion=CompletionSettings(adaptive_debounce=False, prefetch=False))
"""A pause that does not depend on how fast a test types, and nothing that nobody asked for."""


class Scene:
    """A pipeline with a fed model and a stopped clock."""

    def __init__(self, settings: Settings | None = None, *, fim: bool = True, max_context: int = 2048) -> None:
        self.model = FedModel(fim=fim, max_context=max_context)
        self.clock = Clock()
        self.pipeline = Pipeline(
            self.model, settings or STEADY, count_tokens_for=lambda _: len, seed=7, set_alarm=self.clock.set_alarm
        )
        self.asked: list[asyncio.Task[Completion]] = []

    def ask(
        self,
        context: CursorContext = HERE,
        *,
        version: int = 1,
        trigger: Trigger = Trigger.INVOKED,
        method: str = "inline",
    ) -> "asyncio.Task[Completion]":
        request = CompletionRequest(context=context, version=version, trigger=trigger, method=method)
        self.asked.append(asyncio.get_running_loop().create_task(self.pipeline.complete(request)))
        return self.asked[-1]

    async def automatic(self) -> "asyncio.Task[Completion]":
        """Ask as an editor does while a person types, up to the model's being asked."""
        asked = self.ask(trigger=Trigger.AUTOMATIC)
        await settle()
        self.clock.ring(DEBOUNCE_S)
        return asked

    async def close(self) -> None:
        await self.pipeline.close()
        await asyncio.gather(*self.asked, return_exceptions=True)


def inserts(completion: Completion) -> list[str]:
    return [candidate.insert for candidate in completion.candidates]


def typed(context: CursorContext, text: str) -> CursorContext:
    return dataclasses.replace(context, prefix=context.prefix + text)
