"""`codex-lsp evaluate report RUN…`: runs as one HTML file, and beside others with a paired test."""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.evaluate.flags import add_json
from codex_lsp.cli.output import progress, write_json
from codex_lsp.errors import UsageError

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.graded_run import GradedRun
    from codex_lsp.cli.evaluate.lines import Subparsers
    from codex_lsp.evaluation.run_report import Comparison, RunStudy

EPILOG = """examples:
  codex-lsp evaluate report run --out report.html
  codex-lsp evaluate report base --compare tuned --out report.html --json
"""
_OF_NO_RESULT = ("command", "date", "elapsed_s")
"""Fields of a manifest on which no result depends."""


def add_parser(measures: "Subparsers") -> None:
    """Add the command."""
    text = "graded runs as one HTML file: pass@k, ranking, BLEU, temperature, and beside other runs"
    parser = measures.add_parser(
        "report", help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "runs", nargs="+", type=Path, metavar="RUN", help="a folder that `evaluate humaneval --out` wrote"
    )
    parser.add_argument(
        "--compare", nargs="+", type=Path, default=[], metavar="RUN", help="hold the first run against each of these"
    )
    parser.add_argument("--data", metavar="PATH", help="the benchmark's data, where it is not found")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the report there")
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the report.

    Raises:
        UsageError: A run is not there, or the report cannot be written.
        MissingExtra: What draws, or what computes BLEU, is not installed.
    """
    if args.out is None and not args.json:
        raise UsageError("where to? name a file with --out, or give --json")
    from codex_lsp.cli.evaluate.graded_run import open_runs
    from codex_lsp.evaluation.run_report import run_report
    from codex_lsp.statistics.picture import check_installed

    check_installed()
    opened = open_runs([*args.runs, *args.compare], args.data)
    for each in opened:
        if each.missing_data:
            progress(f"{each.name}: without BLEU: {each.missing_data}")
    studies = [study for each in opened for study in _studies(each)]
    temperatures = _temperatures(opened)
    comparisons = [_compared(opened[0], other) for other in opened[len(args.runs) :]]
    flat = [comparison for some in comparisons for comparison in some]
    if args.out is not None:
        _write(args.out, run_report(studies, temperatures=temperatures, comparisons=flat))
        progress(f"{args.out}: written")
    if args.json:
        write_json(_as_json(studies, temperatures, flat))
    return 0


def _studies(opened: "GradedRun") -> list["RunStudy"]:
    from codex_lsp.evaluation.bleu import bleu_table
    from codex_lsp.evaluation.known_extras import known_extras
    from codex_lsp.evaluation.ranking_of_samples import ranking_table
    from codex_lsp.evaluation.run_report import RunStudy

    extras = known_extras(opened.folder, opened.graded)
    references = {name: task.reference for name, task in opened.tasks.items()}
    return [
        RunStudy(
            name=name,
            manifest=opened.manifest,
            graded=samples,
            ranking=ranking_table(samples, extras),
            bleu=bleu_table(samples, references) if references else None,
        )
        for name, samples in opened.parts
    ]


def _temperatures(opened: Sequence["GradedRun"]) -> dict[str, Any]:
    """Temperature against k, of runs of one model over one benchmark."""
    from codex_lsp.evaluation.temperature import temperature_table

    alike: dict[str, list[GradedRun]] = defaultdict(list)
    for each in opened:
        found = each.manifest["run"]
        if None not in each.by_temperature:
            alike[json.dumps([found.get(name) for name in ("benchmark", "data_sha256", "model")])].append(each)
    return {
        ", ".join(each.name for each in runs): temperature_table([each.graded for each in runs])
        for runs in alike.values()
        if len({temperature for each in runs for temperature in each.by_temperature}) > 1
    }


def _compared(one: "GradedRun", other: "GradedRun") -> list["Comparison"]:
    """Two runs at each temperature that both have; where each has one, at those."""
    from codex_lsp.evaluation.run_comparison import compared_runs, manifest_differences
    from codex_lsp.evaluation.run_report import Comparison

    ours, theirs = one.by_temperature, other.by_temperature
    pairs = [(f", T = {value}", ours[value], theirs[value]) for value in ours if value in theirs]
    if len(ours) == len(theirs) == 1:
        pairs = [("", list(one.graded), list(other.graded))]
    if not pairs:
        raise UsageError(f"{one.name} and {other.name}: no temperature in common")
    warnings = manifest_differences(one.manifest, other.manifest, _OF_NO_RESULT)
    return [
        Comparison(
            one=f"{one.name}{at}", other=f"{other.name}{at}", table=compared_runs(first, second), warnings=warnings
        )
        for at, first, second in pairs
    ]


def _as_json(
    studies: Sequence["RunStudy"], temperatures: dict[str, Any], comparisons: Sequence["Comparison"]
) -> dict[str, Any]:
    return {
        "runs": [
            {"name": each.name, "ranking": each.ranking, "bleu": each.bleu, "manifest": each.manifest}
            for each in studies
        ],
        "temperatures": temperatures,
        "comparisons": [
            {"one": each.one, "other": each.other, **each.table, "warnings": list(each.warnings)}
            for each in comparisons
        ],
    }


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); name another file with --out") from error
