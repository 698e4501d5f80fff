"""Samples of a benchmark's tasks as the Codex paper draws them: nucleus 0.95, no top-k, its stop strings (section 2.1).

A sample follows from the seed, its task and its place among the task's samples: what was interrupted and resumed is
what would have come without.
"""

import asyncio
import hashlib
import math
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence, Set
from contextlib import aclosing
from dataclasses import dataclass

from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.errors import ModelRefused
from codex_lsp.evaluation.humaneval import STOP
from codex_lsp.evaluation.samples_file import Sample
from codex_lsp.evaluation.task import Task
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Candidate, Delta, FinishReason, Header, Priority, Prompt, SamplingParams, Token

TOP_P = 0.95
_SEED_BYTES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingPlan:
    """How much is sampled, and how.

    Attributes:
        n: Samples of each task at each temperature; at temperature 0, where all are equal, one.
        temperatures: In the order in which they are sampled.
        max_tokens: New tokens at most.
        batch: Rows from one prefill; part of what decides the draws.
        seed: Of all draws.
        header: The path that the prompt says the file has; None for the bare prompt, as in the paper.
    """

    n: int
    temperatures: tuple[float, ...]
    max_tokens: int = 300
    batch: int = 32
    seed: int = 0
    header: str | None = None

    @property
    def samples_per_task(self) -> int:
        """Over all temperatures."""
        return sum(self.rows_at(temperature) for temperature in self.temperatures)

    def rows_at(self, temperature: float) -> int:
        """Samples of a task at one of the temperatures."""
        return self.n if temperature else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows of one request.

    Attributes:
        task: What is asked.
        temperature: As said.
        first: Index of the first row among the task's samples.
        rows: How many.
    """

    task: Task
    temperature: float
    first: int
    rows: int


def batches(tasks: Sequence[Task], plan: SamplingPlan) -> Iterator[Batch]:
    """All requests of a plan; a task's samples are numbered on from one temperature to the next."""
    for task in tasks:
        start = 0
        for temperature in plan.temperatures:
            rows = plan.rows_at(temperature)
            for first in range(start, start + rows, plan.batch):
                count = min(plan.batch, start + rows - first)
                yield Batch(task=task, temperature=temperature, first=first, rows=count)
            start += rows


async def sampled(
    model: LanguageModel,
    wanted: Iterable[Batch],
    plan: SamplingPlan,
    known: Set[tuple[str, int]],
    write: Callable[[Sample], None],
    *,
    at_once: int = 1,
) -> None:
    """Sample what is not known yet, and hand each sample over as soon as its row has ended.

    Args:
        model: What samples.
        wanted: Requests, in order.
        plan: How to sample.
        known: Tasks and indices of samples that are there.
        write: Is given each sample.
        at_once: Requests at a time, for models that serve several; with one, samples come in the order of the requests.

    Raises:
        ModelError: The model failed; what was written before stands.
    """
    fim = (await model.capabilities()).fim
    waiting = iter(wanted)

    async def work() -> None:
        for batch in waiting:
            name = batch.task.task_id
            missing = {index for index in range(batch.first, batch.first + batch.rows) if (name, index) not in known}
            if missing:
                async with aclosing(rows_of(model, batch, plan, fim=fim)) as rows:
                    async for sample in rows:
                        if sample.index in missing:
                            write(sample)

    workers = [asyncio.ensure_future(work()) for _ in range(at_once)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def rows_of(model: LanguageModel, batch: Batch, plan: SamplingPlan, *, fim: bool) -> AsyncGenerator[Sample, None]:
    """The samples of one request, each when its row ends.

    Raises:
        ModelError: The model failed.
    """
    rows = [_Row() for _ in range(batch.rows)]
    try:
        async with aclosing(model.sample(prompt_of(batch.task, plan), _params(batch, plan, fim=fim))) as deltas:
            async for delta in deltas:
                rows[delta.index].add(delta)
                if delta.finish_reason is not None:
                    yield rows[delta.index].sample(batch, delta.index, delta.finish_reason)
    except ModelRefused as error:
        raise ModelRefused(f"{batch.task.task_id}: {error}") from error


def prompt_of(task: Task, plan: SamplingPlan) -> Prompt:
    """The dataset's own prompt, not stripped of its last line end."""
    header = None if plan.header is None else Header(path=plan.header, language=task.language)
    return Prompt(header=header, prefix=task.prompt, suffix=task.suffix)


def seed_of(seed: int, task_id: str, index: int) -> int:
    """The seed of the request whose first row is that sample."""
    digest = hashlib.blake2b(f"{seed}\0{task_id}\0{index}".encode("utf-8", "surrogatepass"), digest_size=_SEED_BYTES)
    return int.from_bytes(digest.digest(), "big")


def _params(batch: Batch, plan: SamplingPlan, *, fim: bool) -> SamplingParams:
    # Who does not fill in the middle goes on after the prefix, and never ends where the suffix begins.
    stop = batch.task.stop or (() if fim or not batch.task.suffix else STOP)
    return SamplingParams(
        n=batch.rows,
        max_tokens=plan.max_tokens,
        temperature=batch.temperature,
        top_p=TOP_P,
        stop=stop,
        seed=seed_of(plan.seed, batch.task.task_id, batch.first),
        priority=Priority.BACKGROUND,
    )


class _Row:
    """One row as it grows."""

    def __init__(self) -> None:
        self._text = ""
        self._tokens: list[Token] = []

    def add(self, delta: Delta) -> None:
        self._text += delta.text
        self._tokens += delta.tokens

    def sample(self, batch: Batch, index: int, reason: FinishReason) -> Sample:
        text = self._text
        candidate = Candidate(
            index=index, text=text, tokens=tuple(self._tokens), finish_reason=reason, kept=len(text), insert=text
        )
        mean = mean_logprob(candidate)
        return Sample(
            task_id=batch.task.task_id,
            index=batch.first + index,
            completion=text,
            tokens=len(self._tokens) or None if text else 0,
            mean_logprob=None if mean is None or not math.isfinite(mean) else mean,
            temperature=batch.temperature,
            finish_reason=reason.value,
        )
