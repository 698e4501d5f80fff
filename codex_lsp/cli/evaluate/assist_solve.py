"""`codex-lsp evaluate assists solve`: what the benchmark's hidden tests say of the bodies that solving offers."""

import argparse
import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.evaluate.assist_run import add_run, manifest, run_folders
from codex_lsp.cli.evaluate.flags import add_json, check_count
from codex_lsp.cli.output import progress, write_json, write_line
from codex_lsp.config import Settings

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.lines import Subparsers
    from codex_lsp.evaluation.benchmark_data import BenchmarkData

EPILOG = """examples:
  codex-lsp evaluate assists solve --out run
  codex-lsp evaluate assists solve --data HumanEval.jsonl.gz --slice 20 --model embedded-s --json
"""
_ROWS = ("tasks", "passes", "offered", "right_of_offered", "solved", "greedy", "mean_logprob", "any")
_PARTS = ("with_oracle", "without_oracle", "all")


def add_parser(measures: "Subparsers") -> None:
    """Add the measure."""
    parser = measures.add_parser(
        "solve",
        help="solved functions: how many offered bodies are right, by tests that solving never saw",
        description="Solve the tasks of HumanEval, or of a file in its format, by the examples of their docstrings, "
        "and hold what is offered against the hidden tests; beside it the greedy sample, the likeliest one by mean "
        "log-probability, and whether any is right, of the same samples.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_run(parser)
    parser.add_argument("--model", metavar="MODEL", help="`embedded-s` (default), a model folder, or a hub name")
    parser.add_argument("--budget", type=int, metavar="N", help="candidates (default: the setting assist.budget)")
    parser.add_argument(
        "--timeout", type=int, metavar="S", help="of each task, in seconds (default: the setting assist.timeout_s)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="SEED", help="of the sampling (default: 0)")
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
    settings = _settings(args)
    from codex_lsp.cli.evaluate.harness_material import benchmark_of
    from codex_lsp.evaluation.formats import HUMANEVAL
    from codex_lsp.evaluation.solve_figures import figures_of_solve

    data = benchmark_of(HUMANEVAL, args.data)
    made = _manifest(args, data, settings)
    with run_folders(args.out) as (folder, work):
        found = figures_of_solve(asyncio.run(_measured(args, data, settings, made, (folder, work))))
    found["manifest"] = made
    if args.json:
        write_json(found)
    else:
        for line in table(found):
            write_line(line)
    return 0


def table(found: dict[str, Any]) -> list[str]:
    """The figures, one to a line, a column for the tasks with an oracle, without one, and all."""
    lines = [f"{'':18}" + "".join(f"{part.replace('_', ' '):>24}" for part in _PARTS)]
    for name in _ROWS:
        cells = [_shown(found[part][name]) for part in _PARTS]
        lines.append(f"{name.replace('_', ' '):18}" + "".join(f"{cell:>24}" for cell in cells))
    lines.append(f"{'seconds, p50, p95':18} {found['p50_s']}, {found['p95_s']}")
    lines.append(f"{'run until a pass':18} p50 {found['run_until_pass_p50']}, p95 {found['run_until_pass_p95']}")
    return lines


def _shown(figure: Any) -> str:
    if isinstance(figure, int):
        return str(figure)
    if figure["interval"] is None:
        return "none"
    low, high = figure["interval"]
    return f"{figure['value']:.1%} ({low:.1%}, {high:.1%})"


def _settings(args: argparse.Namespace) -> Settings:
    from codex_lsp.cli.evaluate.measured_model import settings_of_model
    from codex_lsp.models.shipped import for_assists

    settings = for_assists(settings_of_model(args.model))
    given = {"budget": args.budget, "timeout_s": args.timeout}
    check_count("--budget", args.budget)
    check_count("--timeout", args.timeout)
    assist = replace(settings.assist, **{name: value for name, value in given.items() if value is not None})
    return replace(settings, assist=assist)


async def _measured(
    args: argparse.Namespace,
    data: "BenchmarkData",
    settings: Settings,
    made: dict[str, Any],
    folders: tuple[Path, Path],
) -> list[Any]:
    from codex_lsp.cli.evaluate.harness_material import sliced
    from codex_lsp.cli.workbench import bench_with
    from codex_lsp.evaluation.assist_run import AssistRun
    from codex_lsp.evaluation.solve_study import SolveStudy
    from codex_lsp.execution.sandboxed_grader import SandboxedGrader
    from codex_lsp.models.registry import open_model

    folder, work = folders
    measured = AssistRun(folder=folder, manifest=made)
    with SandboxedGrader() as grader:
        measured.begin()
        model = open_model(settings, environment=os.environ, in_process=True)
        try:
            progress("loading the model")
            await model.capabilities()
            # A line for each is enough.
            bench = bench_with(None, settings, may_run_unsandboxed=False, tells=False)
            study = SolveStudy(model=model, bench=bench, grader=grader, work=work, seed=args.seed)
            return await measured.measure(sliced(data.benchmark.tasks, args.slice), study.row, progress)
        finally:
            await model.close()


def _manifest(args: argparse.Namespace, data: "BenchmarkData", settings: Settings) -> dict[str, Any]:
    from codex_lsp.cli.evaluate.measured_model import model_record
    from codex_lsp.evaluation.solve_study import KIND

    run = {
        "slice": args.slice,
        "model": model_record(settings),
        "budget": settings.assist.budget,
        "timeout_s": settings.assist.timeout_s,
        "seed": args.seed,
    }
    flags = ("data", "slice", "model", "budget", "timeout", "seed")
    return manifest(KIND, args, data, flags=flags, run=run)
