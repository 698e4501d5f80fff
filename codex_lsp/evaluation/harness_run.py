"""A run of the harness in a folder: samples, results and what made them; ended anywhere, it goes on where it was.

The folder holds `samples.jsonl`, `results.jsonl` and `manifest.json`; `floor.jsonl` where an empty completion was
graded too, and `time_limits.json` where limits follow from the references' times.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from codex_lsp.errors import CodexLspError, UsageError
from codex_lsp.evaluation.appended_lines import AppendedLines
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.grading import Grading, Known
from codex_lsp.evaluation.json_lines import objects_of
from codex_lsp.evaluation.remaining import Progress
from codex_lsp.evaluation.samples_file import Sample, read_graded, result_line, sample_line, samples_so_far
from codex_lsp.evaluation.sampling import SamplingPlan, batches, sampled
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.verdict import Verdict
from codex_lsp.models.protocol import LanguageModel

Notify = Callable[[str], None]
SAMPLES, RESULTS, MANIFEST, FLOOR = "samples.jsonl", "results.jsonl", "manifest.json", "floor.jsonl"
TIME_LIMITS = "time_limits.json"
KIND = "harness"
_PARTIAL = ".partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """Where a run lies."""

    path: Path

    def begin(self, manifest: Mapping[str, Any]) -> None:
        """Make the folder, or see that the run it holds is this one.

        Args:
            manifest: Its field `run` says what decides the results.

        Raises:
            UsageError: It cannot be written, or holds another run.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            held = self.manifest()
            if held is None:
                if any(path.suffix != _PARTIAL for path in self.path.iterdir()):
                    raise UsageError(
                        f"{self.path}: not empty, and no run of the harness; name another folder with --out"
                    )
                self.write(MANIFEST, manifest)
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be written ({error.strerror}); name another --out") from error
        if held is not None and (difference := _difference(held.get("run"), manifest["run"], "")):
            raise UsageError(f"{self.path}: holds a run with {difference}; name another folder with --out")

    def manifest(self) -> dict[str, Any] | None:
        """What made the run that is there; None where none was begun.

        Raises:
            UsageError: It is damaged, or of something else.
        """
        found = self.read(MANIFEST)
        if found is not None and (found.get("kind") != KIND or not isinstance(found.get("run"), dict)):
            raise UsageError(f"{self.path}: no run of the harness; name another folder")
        return found

    def read(self, name: str) -> dict[str, Any] | None:
        """A file that `write` wrote; None where there is none.

        Raises:
            UsageError: It is damaged, or cannot be read.
        """
        try:
            found: Any = json.loads((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{self.path / name}: is damaged; name another folder") from error
        except OSError as error:
            raise UsageError(f"{self.path / name}: cannot be read ({error.strerror}); name another folder") from error
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    def write(self, name: str, value: Mapping[str, Any]) -> None:
        """Write a file of the run, whole or not at all.

        Raises:
            CodexLspError: It cannot be written.
        """
        try:
            _replace(self.path / name, json.dumps(value, indent=1).encode() + b"\n")
        except OSError as error:
            raise _unwritable(self.path / name, error) from error

    def all_samples(self, tasks: Sequence[Task], plan: SamplingPlan) -> tuple[Sample, ...] | None:
        """The samples, where all are there already.

        Raises:
            UsageError: Their file is damaged.
        """
        path = self.path / SAMPLES
        if not path.exists():
            return None
        with AppendedLines(path):
            samples = samples_so_far(path, [task.task_id for task in tasks])
        return samples if len(samples) == len(tasks) * plan.samples_per_task else None

    async def sample(
        self, model: LanguageModel, tasks: Sequence[Task], plan: SamplingPlan, notify: Notify, *, at_once: int = 1
    ) -> tuple[Sample, ...]:
        """Sample what is not there yet, and give all samples.

        Raises:
            ModelError: The model failed.
            CodexLspError: The folder cannot be written.
        """
        path, names = self.path / SAMPLES, [task.task_id for task in tasks]
        with AppendedLines(path) as file:
            known = {sample.key for sample in samples_so_far(path, names)}
            progress = Progress("samples", len(tasks) * plan.samples_per_task, notify, known=len(known))

            def write(sample: Sample) -> None:
                file.write(sample_line(sample))
                progress.step()

            await sampled(model, batches(tasks, plan), plan, known, write, at_once=at_once)
        return samples_so_far(path, names)

    def grade(self, samples: Sequence[Sample], grading: Grading, notify: Notify) -> list[GradedSample]:
        """Grade what is not there yet, and give all results, in the order of the samples.

        Raises:
            SandboxUnavailable: Nothing here runs them safely.
            CodexLspError: The folder cannot be written.
        """
        return self._graded(RESULTS, samples, grading, notify)

    def floor(self, grading: Grading, notify: Notify) -> list[GradedSample]:
        """Grade an empty completion of every task: what a model that says nothing would get.

        Raises:
            SandboxUnavailable: Nothing here runs them safely.
            CodexLspError: The folder cannot be written.
        """
        samples = [Sample(task_id=name, index=0, completion="") for name in grading.tasks]
        return self._graded(FLOOR, samples, grading, notify)

    def _graded(self, name: str, samples: Sequence[Sample], grading: Grading, notify: Notify) -> list[GradedSample]:
        path = self.path / name
        with AppendedLines(path) as file:
            begun = read_graded(path)
            done = {(result.task_id, result.index) for result in begun}
            progress = Progress(name.removesuffix(".jsonl"), len(samples), notify, known=len(done))

            def write(sample: Sample, verdict: Verdict) -> None:
                file.write(result_line(sample, verdict))
                progress.step()

            grading.grade([sample for sample in samples if sample.key not in done], write, _verdicts(begun))
        _sort(path, [sample.key for sample in samples])
        return read_graded(path)


def _verdicts(results: Iterable[GradedSample]) -> Known:
    return {
        (result.task_id, result.completion): Verdict(outcome=result.outcome, detail=result.detail, wall_s=result.wall_s)
        for result in results
    }


def _sort(path: Path, order: Sequence[tuple[str, int]]) -> None:
    """Put the lines of a whole file of results into the order of the samples."""
    # Results that another program wrote have no `index`; who reads them counts.
    found = {
        (result.task_id, result.index): row.value
        for result, row in zip(read_graded(path), objects_of(path), strict=True)
    }
    if list(found) == list(order):
        return
    lines = [json.dumps(dict(found[key])) + "\n" for key in order if key in found]
    try:
        _replace(path, "".join(lines).encode())
    except OSError as error:
        raise _unwritable(path, error) from error


def _difference(held: object, wanted: object, place: str) -> str | None:
    """The first thing in which two runs differ, as `place = held, not wanted`."""
    if isinstance(held, dict) and isinstance(wanted, dict):
        one, other = cast("dict[str, object]", held), cast("dict[str, object]", wanted)
        for name in dict.fromkeys((*other, *one)):
            difference = _difference(one.get(name), other.get(name), f"{place}.{name}" if place else name)
            if difference is not None:
                return difference
        return None
    if json.dumps(held) == json.dumps(wanted):
        return None
    return f"{place} = {json.dumps(held)[:80]}, not {json.dumps(wanted)[:80]}"


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + _PARTIAL)
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _unwritable(path: Path, error: OSError) -> CodexLspError:
    return CodexLspError(f"{path}: cannot be written ({error.strerror}); make room, and the same command goes on")
