"""Wires a run of the harness together: data, model, sandbox and folder."""

import argparse
import asyncio
import hashlib
import json
import os
import shlex
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import AsyncExitStack, closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from codex_lsp import __version__
from codex_lsp.cli.evaluate.command import last_part
from codex_lsp.cli.evaluate.harness_material import Material, benchmark_of, material_of, sliced
from codex_lsp.cli.evaluate.harness_table import table
from codex_lsp.cli.evaluate.ray_cluster import joined, ray_grader, ray_model
from codex_lsp.cli.output import progress, write_json, write_line
from codex_lsp.config import Settings
from codex_lsp.errors import UsageError
from codex_lsp.evaluation.benchmark_data import BenchmarkData
from codex_lsp.evaluation.benchmark_format import own_figures_of
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.grading import Grading
from codex_lsp.evaluation.harness_figures import USUAL_KS, figures
from codex_lsp.evaluation.harness_manifest import manifest_of
from codex_lsp.evaluation.harness_run import SAMPLES, RunFolder
from codex_lsp.evaluation.reference_limits import PATIENCE_S, limited_tasks, with_limit
from codex_lsp.evaluation.samples_file import Sample
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.grader import Grader
from codex_lsp.models import registry
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.training.manifest import versions

FIGURES = "figures.json"
RUNS = Path("codex-lsp-runs")
"""Where drawn samples are kept, in a folder of its own for every run, where --out names no other."""


def run_harness(args: argparse.Namespace) -> int:
    """Sample where nothing is given, grade, and report; 1 where a reference does not pass.

    Raises:
        UsageError: A flag, the data or a file of samples is wrong, or the folder holds another run.
        SandboxUnavailable: Nothing here runs candidates safely.
        ModelError: The model failed.
    """
    started = time.monotonic()
    data = benchmark_of(args.format, args.data, getattr(args, "set", None))
    tasks = sliced(data.benchmark.tasks, args.slice)
    material = material_of(args, data, tasks)
    _check_ks(args, material)
    made = {
        "command": _command(args),
        "versions": {"codex-lsp": __version__, **versions("torch", "transformers", "tokenizers", "numpy")},
        "departures": list(material.departures),
    }
    manifest = manifest_of(args.format, data, tasks, material.source, made)
    with _folder(args, manifest) as folder:
        folder.begin(manifest)
        if args.sample_only:
            with joined(args):
                _samples(args, material, tasks, folder)
            write_line(str(folder.path / SAMPLES))
            return 0
        # The grader before hours of sampling that nothing could grade.
        with joined(args), _opened_grader(args) as grader:
            samples = _samples(args, material, tasks, folder)
            found = _graded(args, data, tasks, samples, folder, grader)
        found |= {"skipped": dict(material.skipped), "missing": list(material.missing)}
        found["manifest"] = {**(folder.manifest() or manifest), "elapsed_s": round(time.monotonic() - started, 1)}
        folder.write(FIGURES, found)
    _report(args, found)
    return int(args.references and found["outcomes"].get("passed", 0) < found["samples"])


def _samples(
    args: argparse.Namespace, material: Material, tasks: Sequence[Task], folder: RunFolder
) -> tuple[Sample, ...]:
    if material.samples is not None:
        return material.samples
    held = folder.all_samples(tasks, material.plan)
    if held is not None:
        progress(f"samples: all {len(held)} were there")
        return held
    return asyncio.run(_drawn(args, material, tasks, folder))


async def _drawn(
    args: argparse.Namespace, material: Material, tasks: Sequence[Task], folder: RunFolder
) -> tuple[Sample, ...]:
    async with AsyncExitStack() as opened:
        model, at_once = _opened_model(args, material.settings)
        opened.push_async_callback(model.close)
        progress("loading the model")
        return await folder.sample(model, tasks, material.plan, progress, at_once=at_once)


def _opened_model(args: argparse.Namespace, settings: Settings) -> tuple[LanguageModel, int]:
    """The model, and how many requests it is given at once."""
    if args.ray is None:
        return registry.open_model(settings, environment=os.environ, in_process=True), args.at_once
    copies = ray_model(settings)
    return copies, copies.at_once


def _graded(
    args: argparse.Namespace,
    data: BenchmarkData,
    tasks: Sequence[Task],
    samples: Sequence[Sample],
    folder: RunFolder,
    grader: Grader,
) -> dict[str, Any]:
    sampled = {sample.task_id for sample in samples}
    wanted = [task for task in tasks if task.task_id in sampled]
    if args.format.timed_by_reference:
        wanted = (
            [with_limit(task, PATIENCE_S) for task in wanted]
            if args.references
            else limited_tasks(data.benchmark, wanted, grader, folder, progress)
        )
    grading = Grading(benchmark=data.benchmark, tasks={task.task_id: task for task in wanted}, grader=grader)
    graded = folder.grade(samples, grading, progress)
    found = {**figures(graded, args.k or USUAL_KS, seed=args.seed), "ranking": _ranking(graded, folder)}
    found |= own_figures_of(data.benchmark, graded)
    if args.format.has_floor and not args.references:
        found["floor"] = _floor(folder.floor(grading, progress))
    return found


def _floor(graded: Sequence[GradedSample]) -> dict[str, Any]:
    """What an empty completion gets."""
    passed = sum(sample.passed for sample in graded)
    return {"pass@1": passed / len(graded), "passed": passed, "tasks": len(graded)}


def _ranking(graded: Sequence[GradedSample], folder: RunFolder) -> dict[str, Any] | None:
    """What ranking is worth among the samples of the highest temperature; None where there is nothing to rank."""
    temperatures = {sample.temperature for sample in graded if sample.temperature}
    warmest = [sample for sample in graded if not temperatures or sample.temperature == max(temperatures)]
    if len(warmest) == len({sample.task_id for sample in warmest}) or find_spec("numpy") is None:
        return None
    from codex_lsp.evaluation.known_extras import known_extras
    from codex_lsp.evaluation.ranking_of_samples import ranking_table

    return ranking_table(warmest, known_extras(folder.path, warmest))


@contextmanager
def _folder(args: argparse.Namespace, manifest: Mapping[str, Any]) -> Generator[RunFolder]:
    """Where the run is kept; samples that were given are graded again each time where no folder is named."""
    if args.out is not None:
        yield RunFolder(path=args.out)
    elif args.samples is not None or args.references:
        with tempfile.TemporaryDirectory(prefix="codex-lsp-") as name:
            yield RunFolder(path=Path(name))
    else:
        digest = hashlib.sha256(json.dumps(manifest["run"], sort_keys=True).encode()).hexdigest()[:8]
        model = manifest["run"]["model"]["name"].replace("/", "-").replace(" ", "-")
        path = RUNS / f"{args.format.name}-{model}-{digest}"
        progress(f"the run is kept in {path}; the same command goes on there")
        yield RunFolder(path=path)


@contextmanager
def _opened_grader(args: argparse.Namespace) -> Generator[Grader]:
    if args.ray is not None:
        with closing(ray_grader()) as cluster:
            yield cluster
        return
    from codex_lsp.execution.sandboxed_grader import SandboxedGrader

    with SandboxedGrader(args.workers) as grader:
        yield grader


def _check_ks(args: argparse.Namespace, material: Material) -> None:
    for k in args.k or ():
        if k > material.most_k:
            raise UsageError(
                f"--k {k}: there are {material.most_k} samples of each task; give a smaller k, or more samples"
            )


def _report(args: argparse.Namespace, found: Mapping[str, Any]) -> None:
    if args.json:
        write_json(found)
        return
    for line in table(found):
        write_line(line)


def _command(args: argparse.Namespace) -> str:
    """The command line that makes a result again, with folders by their last part."""
    names = ("data", "set", "slice", "model", "header", "samples")
    flags: list[tuple[str, object]] = [(f"--{name}", getattr(args, name, None)) for name in names]
    if args.samples is None and not args.references:
        flags += [("--n", args.n), ("--max-tokens", args.max_tokens), ("--batch", args.batch), ("--seed", args.seed)]
    words = [word for flag, value in flags if value is not None for word in (flag, last_part(value))]
    for flag, values in (("--temperature", args.temperature), ("--k", args.k)):
        words += [flag, *(f"{value:g}" for value in values)] if values else []
    words += ["--references"] * args.references + ["--lenient"] * args.lenient
    return shlex.join(["codex-lsp", "evaluate", args.format.name, *words, "--json"])
