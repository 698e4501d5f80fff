"""Runs of the harness as `evaluate ranking` and `evaluate report` read them."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.benchmark_data import BENCHMARKS_VARIABLE, data_place, read_benchmark
from codex_lsp.evaluation.benchmark_format import Format
from codex_lsp.evaluation.formats import FORMATS
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.harness_run import RESULTS, RunFolder
from codex_lsp.evaluation.samples_file import read_graded
from codex_lsp.evaluation.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedRun:
    """One run.

    Attributes:
        folder: Where it lies.
        name: What it is called among the runs of one command.
        manifest: What made it.
        graded: All its samples.
        tasks: Of its benchmark, by name; empty where its data is not found.
        missing_data: Why it is not found; empty where it is.
    """

    folder: Path
    name: str
    manifest: Mapping[str, Any]
    graded: Sequence[GradedSample]
    tasks: Mapping[str, Task]
    missing_data: str = ""

    @property
    def by_temperature(self) -> dict[float | None, list[GradedSample]]:
        """The samples by what they were sampled at, from cold to hot."""
        found: dict[float | None, list[GradedSample]] = defaultdict(list)
        for sample in self.graded:
            found[sample.temperature].append(sample)
        return dict(sorted(found.items(), key=lambda item: -1.0 if item[0] is None else item[0]))

    @property
    def parts(self) -> list[tuple[str, list[GradedSample]]]:
        """The samples of each temperature, and what to call them: rankers choose among samples of one kind."""
        found = self.by_temperature
        if len(found) == 1:
            return [(self.name, list(self.graded))]
        return [(f"{self.name}, T = {temperature}", samples) for temperature, samples in found.items()]


def open_runs(folders: Sequence[Path], data: str | None) -> list[GradedRun]:
    """Read runs.

    Args:
        folders: That `evaluate humaneval --out` and its like wrote.
        data: Of their benchmark; None to look where benchmarks are.

    Raises:
        UsageError: One is no run, or was not graded.
    """
    names = [folder.resolve().name for folder in folders]
    return [_opened(folder, _distinct(names, at), data) for at, folder in enumerate(folders)]


def _distinct(names: Sequence[str], at: int) -> str:
    before = names[:at].count(names[at])
    return f"{names[at]} {before + 1}" if before else names[at]


def _opened(folder: Path, name: str, data: str | None) -> GradedRun:
    manifest = RunFolder(path=folder).manifest()
    if manifest is None:
        raise UsageError(f"{folder}: no run of the harness; name a folder that `evaluate humaneval --out` wrote")
    graded = read_graded(folder / RESULTS)
    if not graded:
        raise UsageError(f"{folder}: nothing is graded yet; run the command that made it again")
    tasks, missing = _tasks(manifest, data)
    return GradedRun(folder=folder, name=name, manifest=manifest, graded=graded, tasks=tasks, missing_data=missing)


def _tasks(manifest: Mapping[str, Any], data: str | None) -> tuple[dict[str, Task], str]:
    """The tasks of a run's benchmark, or why there are none."""
    found = manifest.get("run", {})
    kind, chosen = _format(str(found.get("benchmark")))
    if kind is None:
        return {}, f"no benchmark `{found.get('benchmark')}` is known"
    try:
        path, source = data_place(kind, chosen, data, os.environ.get(BENCHMARKS_VARIABLE, ""), _no_download)
        read = read_benchmark(kind, chosen, path, source)
    except UsageError as error:
        if data is not None:
            raise
        return {}, str(error)
    if read.sha256 != found.get("data_sha256"):
        return {}, f"{source} is not the data that the run was made with; name that with --data"
    return {task.task_id: task for task in read.benchmark.tasks}, ""


def _format(label: str) -> tuple[Format | None, str]:
    for kind in FORMATS:
        for chosen in kind.sets:
            if kind.label(chosen) == label:
                return kind, chosen
    return None, ""


def _no_download(name: str) -> Path:
    raise UsageError(f"the data is on the hub ({name}); name a file with --data")
