"""A model that says what it was told to: for tests and demonstrations of everything around a model.

It stops rows, streams and numbers tokens by the same code as a model of ours; only the sampling is scripted.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from codex_lsp.decoding.row import Row
from codex_lsp.errors import CodexLspError, NotSupported
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.steps import one_by_one
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token

READY = Health(state=HealthState.READY, percent=100)
_PIECE = re.compile(r"[ \t]*\w+|[ \t]*[^\w\s]|\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedRow:
    """What one row samples before it ends by itself.

    Attributes:
        pieces: The text of each token.
        logprobs: The log-probability of each; where there are fewer than pieces, the last one repeats.
    """

    pieces: tuple[str, ...]
    logprobs: tuple[float | None, ...] = (-1.0,)

    @classmethod
    def of(cls, text: str, *logprobs: float | None) -> "ScriptedRow":
        """A row that samples `text` word by word; without `logprobs`, each is -1.0.

        >>> ScriptedRow.of("return x").pieces
        ('return', ' x')
        """
        return cls(pieces=tuple(_PIECE.findall(text)), logprobs=logprobs or (-1.0,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the model was asked."""

    prompt: Prompt
    params: SamplingParams


Rows = Sequence[str | ScriptedRow]


class ScriptedModel:
    """A language model with scripted rows.

    Attributes:
        requests: What was asked so far.
        steps: Decode steps done so far, over all requests.
        running: Requests whose iteration has begun and not ended.
        closed: Whether `close` was called.
    """

    def __init__(
        self,
        rows: Rows | Callable[[Prompt, SamplingParams], Rows] = (),
        *,
        capabilities: Capabilities | None = None,
        before_step: Callable[[int], Awaitable[None]] | None = None,
        failure: CodexLspError | None = None,
        fail_at_step: int = 0,
    ) -> None:
        """Write the script.

        Args:
            rows: What row 0, 1, … sample (beginning again where a request wants more), or what computes it.
            capabilities: What it says it can do; None for everything.
            before_step: Awaited before each decode step of a request, with its number from 0.
            failure: Raised by `sample` and `score`.
            fail_at_step: The step of a request at which `sample` raises it.
        """
        self.requests: list[Request] = []
        self.steps = 0
        self.running = 0
        self.closed = False
        self.current_health = READY
        self._rows = rows
        self._capabilities = capabilities or everything("scripted")
        self._before_step = before_step
        self._failure = failure
        self._fail_at_step = fail_at_step

    async def health(self) -> Health:
        """What `current_health` was set to; ready at first."""
        return self.current_health

    async def capabilities(self) -> Capabilities:
        """What the script says."""
        return self._capabilities

    def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """Play the rows, one token of each in a step."""
        return one_by_one(self.sample_steps(prompt, params))

    async def sample_steps(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Sequence[Delta], None]:
        """Play the rows, and tell of each step at once."""
        self.requests.append(Request(prompt=prompt, params=params))
        self.running += 1
        try:
            plays = self._plays(prompt, params)
            step = 0
            while live := [play for play in plays if not play.row.finished]:
                await self._begin(step)
                deltas = [delta for play in live if (delta := play.push(step)) is not None]
                if deltas:
                    yield deltas
                step += 1
        finally:
            self.running -= 1

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """Each word of `text` with log-probability -1.0."""
        if not self._capabilities.score:
            raise NotSupported(f"{self._capabilities.model}: gives no log-probabilities of a given text")
        if self._failure is not None:
            raise self._failure
        self.requests.append(Request(prompt=prompt, params=SamplingParams(max_tokens=0)))
        ends = accumulate(len(piece) for piece in _PIECE.findall(text))
        return tuple(Token(id=index, logprob=-1.0, end=end) for index, end in enumerate(ends))

    async def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    async def _begin(self, step: int) -> None:
        if self._before_step is not None:
            await self._before_step(step)
        if self._failure is not None and step >= self._fail_at_step:
            raise self._failure
        self.steps += 1

    def _plays(self, prompt: Prompt, params: SamplingParams) -> list["_Play"]:
        rows = self._rows(prompt, params) if callable(self._rows) else self._rows
        scripts = [ScriptedRow.of(row) if isinstance(row, str) else row for row in rows] or [ScriptedRow(pieces=())]
        return [_Play(index, scripts[index % len(scripts)], params) for index in range(params.n)]


def everything(name: str, *, fim: bool = True) -> Capabilities:
    """The capabilities of a model that can do everything but chat."""
    return Capabilities(
        model=name, fim=fim, n=True, logprobs=True, stream=True, chat=False, score=True, max_context=2048
    )


class _Play:
    """One row of a request."""

    def __init__(self, index: int, script: ScriptedRow, params: SamplingParams) -> None:
        self.row = Row(index, max_tokens=params.max_tokens, stop=params.stop, stop_indent=params.stop_indent)
        self._script = script

    def push(self, step: int) -> Delta | None:
        """The row's next token, or its end where the script has no more."""
        if step >= len(self._script.pieces):
            return self.row.push(0, None, None)
        logprob = self._script.logprobs[min(step, len(self._script.logprobs) - 1)]
        return self.row.push(step, logprob, self._script.pieces[step].encode("utf-8", errors="replace"))
