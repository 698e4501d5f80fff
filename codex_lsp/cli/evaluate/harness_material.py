"""What a run of the harness is about, known before anything is sampled or run."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from codex_lsp.cli.evaluate.measured_model import model_record, settings_of_model
from codex_lsp.config import Settings
from codex_lsp.errors import MissingExtra, UsageError
from codex_lsp.evaluation.benchmark_data import (
    BENCHMARKS_VARIABLE,
    BenchmarkData,
    data_place,
    read_benchmark,
    sha256_of,
)
from codex_lsp.evaluation.benchmark_format import Format
from codex_lsp.evaluation.harness_manifest import departures, samples_record, sampling_record
from codex_lsp.evaluation.samples_file import Sample, read_samples
from codex_lsp.evaluation.sampling import SamplingPlan
from codex_lsp.evaluation.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Where samples come from.

    Attributes:
        source: What a manifest says of that.
        departures: In what they depart from the paper.
        samples: Those that are given; None where they are drawn.
        plan: How they are drawn.
        settings: With the model that draws them.
        skipped: Lines that were passed over, by reason.
        missing: Tasks without samples.
    """

    source: Mapping[str, Any]
    departures: Sequence[str]
    samples: tuple[Sample, ...] | None = None
    plan: SamplingPlan = field(default_factory=lambda: SamplingPlan(n=1, temperatures=(0.0,)))
    settings: Settings = field(default_factory=Settings)
    skipped: Mapping[str, int] = field(default_factory=dict[str, int])
    missing: Sequence[str] = ()

    @property
    def most_k(self) -> int:
        """The largest k that all tasks have samples for, at some temperature."""
        if self.samples is None:
            return max(map(self.plan.rows_at, self.plan.temperatures))
        counts: dict[float | None, dict[str, int]] = {}
        for sample in self.samples:
            at = counts.setdefault(sample.temperature, {})
            at[sample.task_id] = at.get(sample.task_id, 0) + 1
        return max((min(at.values()) for at in counts.values()), default=0)


def benchmark_of(kind: Format, given: str | None, chosen: str | None = None) -> BenchmarkData:
    """Find and read a benchmark.

    Args:
        kind: Its format.
        given: Its place, as `--data` names it; None to look where benchmarks are.
        chosen: Which of its sets; None for the usual one.

    Raises:
        UsageError: There is no such data, or it is damaged.
        MissingExtra: It is of the hub, or Parquet, and what reads that is not installed.
    """
    chosen = chosen or next(iter(kind.sets))
    folder = os.environ.get(BENCHMARKS_VARIABLE, "")
    path, source = data_place(kind, chosen, given, folder, lambda name: _hub_data().fetch_data(name))
    if path.suffix != ".parquet":
        return read_benchmark(kind, chosen, path, source)
    return read_benchmark(kind, chosen, path, source, read_rows=_hub_data().data_rows)


def _hub_data() -> ModuleType:
    """What reads the hub's data sets, which is no part of the smallest installation."""
    if find_spec("huggingface_hub") is None:
        raise MissingExtra("data of the hub, and Parquet: run: pip install 'codex-lsp[eval]', or name JSON Lines")
    from codex_lsp.evaluation import hub_data

    return hub_data


def sliced(tasks: Sequence[Task], count: int | None) -> list[Task]:
    """So many of the tasks, evenly spread; all where none is said."""
    if count is None or count >= len(tasks):
        return list(tasks)
    return [tasks[at * len(tasks) // count] for at in range(count)]


def material_of(args: argparse.Namespace, data: BenchmarkData, tasks: Sequence[Task]) -> Material:
    """What is graded, or how it will be drawn.

    Raises:
        UsageError: The file of samples is wrong, or a flag.
        ModelNotFound: The model can be nowhere.
    """
    if args.samples is not None:
        return _given(args, data, tasks)
    if args.references:
        return _references(tasks)
    return _drawn(args, data, tasks)


def _given(args: argparse.Namespace, data: BenchmarkData, tasks: Sequence[Task]) -> Material:
    every = [task.task_id for task in data.benchmark.tasks]
    read = read_samples(args.samples, every, lenient=args.lenient, needed=[task.task_id for task in tasks])
    return Material(
        source=samples_record(args.samples.name, sha256_of(args.samples)),
        departures=("how these samples were drawn is as their file says",),
        samples=read.samples,
        skipped=read.skipped,
        missing=read.missing,
    )


def _references(tasks: Sequence[Task]) -> Material:
    samples = [Sample(task_id=task.task_id, index=0, completion=task.reference) for task in tasks if task.reference]
    if not samples:
        raise UsageError("--references: this data has none; grade --samples, or sample")
    return Material(
        source={"samples": "the benchmark's own references"},
        departures=(),
        samples=tuple(samples),
        missing=[task.task_id for task in tasks if not task.reference],
    )


def _drawn(args: argparse.Namespace, data: BenchmarkData, tasks: Sequence[Task]) -> Material:
    plan = SamplingPlan(
        n=args.n,
        temperatures=tuple(args.temperature or args.format.usual_temperatures(args.n)),
        max_tokens=args.max_tokens,
        batch=args.batch,
        seed=args.seed,
        header=args.header,
    )
    settings = settings_of_model(args.model)
    whole = len(tasks) == len(data.benchmark.tasks)
    return Material(
        source=sampling_record(plan, tasks, model_record(settings)),
        departures=departures(args.format, plan, tasks, whole=whole, local=not settings.endpoint.url),
        plan=plan,
        settings=settings,
    )
