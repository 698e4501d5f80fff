"""`codex-lsp evaluate ranking RUN`: which sample to take, by every ranker."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.evaluate.flags import add_json
from codex_lsp.cli.output import progress, write_json, write_line
from codex_lsp.cli.train.step import count, count_or_none

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.graded_run import GradedRun
    from codex_lsp.cli.evaluate.lines import Subparsers

EPILOG = """examples:
  codex-lsp evaluate ranking run
  codex-lsp evaluate ranking run --docstring-model codex-d --json > ranking.json
"""
_INPUTS = 16
_SHOWN = (1, 2, 5, 10, 20, 50, 100, 200)


def add_parser(measures: "Subparsers") -> None:
    """Add the command."""
    text = "of a graded run, what each way to choose among samples is worth"
    parser = measures.add_parser(
        "ranking", help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="a folder that `evaluate humaneval --out` wrote")
    parser.add_argument("--data", metavar="PATH", help="the benchmark's data, where it is not found")
    parser.add_argument(
        "--inputs",
        type=count_or_none,
        default=_INPUTS,
        metavar="N",
        help=f"generated inputs on which samples are run and clustered (default: {_INPUTS}; 0: run nothing)",
    )
    parser.add_argument(
        "--docstring-model", metavar="MODEL", help="a model that `train codex-d` made: back-translation"
    )
    parser.add_argument("--workers", type=count, metavar="N", help="candidates that run at a time")
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Find out what rankers need, where it is not known yet, and report.

    Raises:
        UsageError: The run or its data is not there.
        SandboxUnavailable: Nothing here runs candidates safely.
        ModelError: The docstring model failed.
    """
    from codex_lsp.cli.evaluate.graded_run import open_runs
    from codex_lsp.evaluation.known_extras import known_extras
    from codex_lsp.evaluation.ranking_of_samples import ranking_table

    (opened,) = open_runs([args.run_folder], args.data)
    if opened.missing_data:
        progress(f"without examples, clusters and back-translation: {opened.missing_data}")
    else:
        _fill(args, opened)
    extras = known_extras(opened.folder, opened.graded)
    tables = {name: ranking_table(samples, extras) for name, samples in opened.parts}
    if args.json:
        write_json({"rankings": tables, "manifest": opened.manifest})
        return 0
    for name, found in tables.items():
        for line in _lines(name, found):
            write_line(line)
    return 0


def _fill(args: argparse.Namespace, opened: "GradedRun") -> None:
    if args.inputs:
        from codex_lsp.evaluation.ranking_columns import RunColumns
        from codex_lsp.execution.sandboxed_grader import SandboxedGrader

        with SandboxedGrader(workers=args.workers) as grader:
            columns = RunColumns(
                folder=opened.folder, samples=opened.graded, tasks=opened.tasks, grader=grader, notify=progress
            )
            columns.find_examples()
            columns.find_behaviour(args.inputs)
    if args.docstring_model is not None:
        import asyncio

        asyncio.run(_translated_back(args.docstring_model, opened))


async def _translated_back(name: str, opened: "GradedRun") -> None:
    import os

    from codex_lsp.cli.evaluate.measured_model import model_record, settings_of_model
    from codex_lsp.evaluation.back_translation import docstring_logprobs
    from codex_lsp.models.registry import open_model

    settings = settings_of_model(name)
    made_with = str(model_record(settings))
    model = open_model(settings, environment=os.environ, in_process=True)
    try:
        await docstring_logprobs(opened.graded, opened.tasks, model, opened.folder, progress, made_with=made_with)
    finally:
        await model.close()


def _lines(name: str, found: dict[str, Any]) -> list[str]:
    ks = [k for k in _SHOWN if k <= found["samples"]]
    lines = [
        f"{name}: {found['tasks']} tasks, {found['samples']} samples of each; what is taken among k passes in",
        f"{'ranker':<18}" + "".join(f"{f'k={k}':>8}" for k in ks) + "   over random, mean over k",
    ]
    for ranker, points in found["curves"].items():
        if points is not None:
            shares = "".join(f"{100 * points[k - 1]['value']:>7.1f}%" for k in ks)
            lines.append(f"{ranker:<18}{shares}   {_gain(found['gain_over_random'].get(ranker))}".rstrip())
    return [*lines, *(f"{ranker}: {reason}" for ranker, reason in found["missing"].items())]


def _gain(gain: dict[str, Any] | None) -> str:
    if gain is None:
        return ""
    figure = gain["mean_over_k"]
    bounds = figure["interval"]
    shown = "" if bounds is None else f" ({100 * bounds[0]:+.1f} to {100 * bounds[1]:+.1f})"
    return f"{100 * figure['value']:+.1f} points{shown}"
