"""Measures what an editor waits for, ours beside its peers on the same weights, in one run.

    python -m benchmarks.keystroke                     all shapes, traces and settings; writes the page and its pictures
    python -m benchmarks.keystroke --quick --json      the 20M shape, one character more each time; within a minute

A peer that is not installed has null figures, and `missing` says why. Peers are found by --llama-server (or
BENCH_LLAMA_SERVER, else `llama-server` in PATH) and --ctranslate2-python (or BENCH_CTRANSLATE2_PYTHON).
`transformers` and a converter to GGUF come with this package.

- `ours_p50_ms`, `hf_p50_ms`, `llama_cpp_p50_ms`: medians for four candidates of 24 tokens each, 2,000 tokens of prompt;
- `ratio_hf`, `ratio_llama_cpp`: the peer's time by ours; `ratio_four_to_one`: our time for four by that for one;
- `ratio_floor`: ours by what the machine's own rates, measured in this run, would take.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from benchmarks.figures import more_figures, quick_figures
from benchmarks.machine import description
from benchmarks.measure import Findings, run, run_quick
from benchmarks.page import page, pictures
from benchmarks.peers.registry import PEERS
from benchmarks.plan import BUDGET_S, REPEATS, Plan, plan_of
from benchmarks.shapes import SHAPES
from benchmarks.traces import PROMPT_TOKENS
from codex_lsp.errors import CodexLspError, UsageError

PAGE = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "performance.md"
IMAGES = Path("..", "images")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.keystroke", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--quick", action="store_true", help="one shape and one trace, within a minute; writes no page")
    made.add_argument("--json", action="store_true", help="figures as JSON on stdout")
    made.add_argument("--shapes", nargs="+", metavar="SHAPE", help=f"of {', '.join(SHAPES)}")
    made.add_argument("--peers", nargs="+", metavar="PEER", help=f"of {', '.join(PEERS)}")
    made.add_argument("--threads", nargs="+", type=int, metavar="N", help="numbers of threads (default 1 2)")
    made.add_argument("--repeats", type=int, default=REPEATS, help="requests of a kind, at most (default %(default)s)")
    made.add_argument("--budget-s", type=float, default=BUDGET_S, help="seconds for a kind (default %(default)s)")
    made.add_argument("--prompt-tokens", type=int, default=PROMPT_TOKENS, help="of each prompt (default %(default)s)")
    made.add_argument("--work", type=Path, metavar="DIR", help="folder for checkpoints (default: one that is removed)")
    made.add_argument("--page", type=Path, default=PAGE, metavar="FILE", help="the page to write (default %(default)s)")
    made.add_argument("--llama-server", metavar="PROGRAM")
    made.add_argument("--ctranslate2-python", metavar="PROGRAM")
    return made


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 where it fails, 2 where it cannot be done as asked."""
    args = parser().parse_args(argv)
    try:
        with nullcontext(args.work) if args.work else tempfile.TemporaryDirectory(prefix="codex-lsp-bench-") as work:
            plan = plan_of(args, Path(work).absolute())
            plan.work.mkdir(parents=True, exist_ok=True)
            findings = (run_quick if args.quick else run)(plan, say)
            told = {**quick_figures(findings, plan), **more_figures(findings, plan)} if args.quick else whole(findings)
            if not args.quick:
                write(args.page, findings, plan)
    except CodexLspError as error:
        sys.stderr.write(f"keystroke: {error}\n")
        return 2 if isinstance(error, UsageError) else 1
    except OSError as error:
        sys.stderr.write(f"keystroke: {error}\n")
        return 1
    if args.json:
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    elif args.quick:
        sys.stdout.write("".join(f"{name:20} {_shown(value)}\n" for name, value in told.items()))
    return 0


def whole(findings: Findings) -> dict[str, Any]:
    """All that was found, as JSON values."""
    by_setting = {f"{shape}, {threads} threads": rates for (shape, threads), rates in findings.rates.items()}
    return {
        "machine": description(),
        "versions": findings.versions,
        "missing": findings.missing,
        "rates": {name: dataclasses.asdict(rates) for name, rates in by_setting.items()},
        "floors_ms": {f"{shape}, {threads} threads": ms for (shape, threads), ms in findings.floors_ms.items()},
        "cells": [dataclasses.asdict(cell) for cell in findings.cells],
    }


def write(path: Path, findings: Findings, plan: Plan) -> None:
    """Write the page, and its pictures into the folder of images beside it."""
    images = path.parent / IMAGES
    for folder in (path.parent, images):
        folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures(findings, plan).items():
        (images / name).write_text(picture, encoding="utf-8")
    path.write_text(page(findings, plan, description()), encoding="utf-8")
    say(f"written: {path}")


def say(line: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _shown(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else json.dumps(value)


if __name__ == "__main__":
    sys.exit(main())
