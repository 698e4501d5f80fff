"""`codex-lsp evaluate assists tests`: tests generated for a benchmark's references, which are right."""

import argparse
import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.evaluate.assist_run import add_run, manifest, run_folders
from codex_lsp.cli.evaluate.flags import add_json, check_count
from codex_lsp.cli.output import progress, write_json, write_line

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.lines import Subparsers
    from codex_lsp.evaluation.benchmark_data import BenchmarkData

EPILOG = """examples:
  codex-lsp evaluate assists tests --out run
  codex-lsp evaluate assists tests --data HumanEval.jsonl.gz --slice 20 --json
"""


def add_parser(measures: "Subparsers") -> None:
    """Add the measure."""
    parser = measures.add_parser(
        "tests",
        help="generated tests: how many functions get one, what they catch, false alarms, seconds",
        description="Generate tests for the references of HumanEval, or of tasks in its format: the share of functions "
        "with a kept test, the mutants that the tests kill, false alarms, branches and seconds.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_run(parser)
    parser.add_argument("--model", metavar="MODEL", help="ask this model for cases too (default: derived cases alone)")
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure.

    Raises:
        UsageError: A flag, the data or the folder is wrong.
        SandboxUnavailable: Nothing here runs code nobody trusts.
        ModelError: The model failed.
    """
    check_count("--slice", args.slice)
    from codex_lsp.cli.evaluate.harness_material import benchmark_of
    from codex_lsp.evaluation.assist_study import figures_of_tests
    from codex_lsp.evaluation.formats import HUMANEVAL

    data = benchmark_of(HUMANEVAL, args.data)
    with run_folders(args.out) as (folder, work):
        found = figures_of_tests(asyncio.run(_measured(args, data, folder, work)))
    found["manifest"] = _manifest(args, data)
    if args.json:
        write_json(found)
    else:
        for line in table(found):
            write_line(line)
    return 0


def table(found: dict[str, Any]) -> list[str]:
    """The figures, one to a line."""
    killed = f"{found['mutants_killed']} of {found['mutants']}"
    lines = [
        ("functions", f"{found['functions']}"),
        ("with a kept test", _share(found["with_test"])),
        ("tests", f"{found['tests']}"),
        (
            "mutants killed",
            f"{killed} ({_share(found['mutants_killed_share'])})",
        ),
        ("branches", _share(found["branches"])),
        ("false alarms", f"{found['false_alarms']} (and {found['wrong_examples']} examples that are wrong themselves)"),
        ("seconds, p50, p95", f"{found['p50_s']}, {found['p95_s']}"),
    ]
    return [f"{name:18} {value}" for name, value in lines]


def _share(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1%}"


async def _measured(args: argparse.Namespace, data: "BenchmarkData", folder: Path, work: Path) -> list[Any]:
    from codex_lsp.cli.evaluate.harness_material import sliced
    from codex_lsp.cli.evaluate.measured_model import settings_of_model
    from codex_lsp.cli.workbench import bench_with
    from codex_lsp.evaluation.assist_run import AssistRun
    from codex_lsp.evaluation.assist_study import measured_row
    from codex_lsp.models.registry import open_model

    settings = settings_of_model(args.model)
    model = None if args.model is None else open_model(settings, environment=os.environ, in_process=True)
    # A line for each is enough.
    bench = bench_with(model, settings, may_run_unsandboxed=False, tells=False)
    study = AssistRun(folder=folder, manifest=_manifest(args, data))
    # Without one, tests are offered that nobody ran, and nothing would be measured.
    bench.find_sandbox()
    study.begin()
    try:
        tasks = sliced(data.benchmark.tasks, args.slice)
        return await study.measure(tasks, lambda task: measured_row(task, work, bench), progress)
    finally:
        if model is not None:
            await model.close()


def _manifest(args: argparse.Namespace, data: "BenchmarkData") -> dict[str, Any]:
    from codex_lsp.cli.evaluate.measured_model import model_record, settings_of_model
    from codex_lsp.evaluation.assist_study import KIND

    model = None if args.model is None else model_record(settings_of_model(args.model))
    return manifest(KIND, args, data, flags=("data", "slice", "model"), run={"slice": args.slice, "model": model})
