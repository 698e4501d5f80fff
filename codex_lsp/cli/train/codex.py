"""`codex-lsp train codex`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.output import progress
from codex_lsp.cli.train.step import count, count_or_none, factor, report, seconds, step_parser, training_extra
from codex_lsp.cli.train.stop import stopped_by_signal
from codex_lsp.errors import UsageError

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers

EPILOG = """example:
  codex-lsp train codex --corpus corpus --tokenizer tokenizer --out run --max-seconds 3300 --export model
  codex-lsp train codex --corpus part-00.tar.xz part-01.tar.xz --out run --preset embedded-18m --max-tokens 2000000000
  torchrun --nproc-per-node 2 -m codex_lsp train codex --corpus corpus --tokenizer tokenizer --out run
Run the same command again to continue after a stop or a kill.
"""
PRESET_NAMES = (
    "tiny",
    "embedded-1m",
    "embedded-2m",
    "embedded",
    "embedded-5m",
    "embedded-6m",
    "embedded-18m",
    "codex-12m",
    "codex-25m",
    "codex-42m",
    "codex-85m",
    "codex-300m",
    "codex-679m",
    "codex-2.5b",
    "codex-12b",
)
RECIPE_NAMES = ("fast", "faithful")


def add_parser(steps: "Subparsers") -> None:
    """Add the step."""
    parser = step_parser(steps, "codex", "train a decoder from scratch, or continue a run", EPILOG)
    parser.add_argument(
        "--corpus", type=Path, required=True, nargs="+", metavar="PATH", help="a corpus folder, or parts of a pack"
    )
    parser.add_argument(
        "--tokenizer", type=Path, metavar="DIR", help="a tokenizer folder (default: the one in the pack or corpus)"
    )
    parser.add_argument(
        "--preset", choices=PRESET_NAMES, default="embedded", help="shape and settings (default: embedded)"
    )
    parser.add_argument(
        "--recipe", choices=RECIPE_NAMES, help="train the shape by this recipe (default: the preset's own)"
    )
    parser.add_argument(
        "--start-from", type=Path, metavar="DIR", help="begin with the weights of another run or an exported model"
    )
    parser.add_argument(
        "--rate-factor",
        type=factor,
        default=1.0,
        metavar="F",
        help="multiply the learning rates: 0.3, say, where a short run goes on from trained weights (default: 1)",
    )
    parser.add_argument("--max-seconds", type=seconds, metavar="N", help="end after this many seconds of training")
    parser.add_argument("--max-tokens", type=count, metavar="N", help="end after so many tokens (default: 24 million)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute")
    parser.add_argument("--threads", type=count, metavar="N", help="threads of torch (default: its own choice)")
    parser.add_argument("--no-compile", action="store_true", help="never compile, even where a C++ compiler is found")
    parser.add_argument(
        "--export", type=Path, metavar="DIR", help="write the model as a Hugging Face folder at the end"
    )
    parser.add_argument("--export-only", action="store_true", help="do not train: export the newest checkpoint")
    parser.add_argument(
        "--heldout-cursors",
        type=count_or_none,
        default=300,
        metavar="N",
        help="score an export at N held-out cursors (default: 300; 0: none)",
    )
    parser.set_defaults(run=run_codex)


def run_codex(args: argparse.Namespace) -> int:
    """Train, or continue, or export."""
    if args.export_only and args.export is None:
        raise UsageError("--export-only writes nothing by itself; name a folder with --export DIR")
    with training_extra():
        from codex_lsp.training.distributed import is_leader
        from codex_lsp.training.manifest import read_manifest
        from codex_lsp.training.pretrain import use_threads
    if args.threads is not None:
        use_threads(args.threads)
    manifest = read_manifest(args.out, "run") if args.export_only else _train(args)
    if not is_leader():
        # Of the processes that `torchrun` started, one reports and exports.
        return 0
    if not args.export_only:
        _tell(manifest)
    if args.export is not None and (args.export_only or manifest["outcome"]["finished"]):
        _export(args)
    return report(args, manifest)


def _export(args: argparse.Namespace) -> None:
    """Export the newest checkpoint; its scores join the manifest and the card once they are known."""
    from codex_lsp.training.codex import sources
    from codex_lsp.training.export import export_run, record_evaluation

    corpus, tokenizer = sources(args.corpus, args.tokenizer, args.out)
    checkpoint = export_run(args.out, tokenizer, corpus, args.export)
    progress(f"{checkpoint.name} exported to {args.export}")
    if args.heldout_cursors > 0:
        with training_extra():
            from codex_lsp.training.heldout import evaluate_heldout

        found = evaluate_heldout(args.export, corpus, cursors=args.heldout_cursors, seed=args.seed, notify=progress)
        record_evaluation(args.export, found)


def _train(args: argparse.Namespace) -> dict[str, Any]:
    from codex_lsp.training.codex import CodexOptions, train_codex
    from codex_lsp.training.presets import EMBEDDED_MAX_TOKENS, settings_for
    from codex_lsp.training.settings import Budget

    options = CodexOptions(
        corpus=tuple(args.corpus),
        tokenizer=args.tokenizer,
        run=args.out,
        settings=settings_for(args.preset, args.recipe, args.seed, rate_factor=args.rate_factor),
        budget=Budget(max_tokens=args.max_tokens or EMBEDDED_MAX_TOKENS, max_seconds=args.max_seconds),
        start_from=args.start_from,
        compile_blocks=not args.no_compile,
        device=args.device,
    )
    with stopped_by_signal() as stop:
        return train_codex(options, stop, progress)


def _tell(manifest: dict[str, Any]) -> None:
    done = manifest["outcome"]
    state = "finished" if done["finished"] else "stopped; run the same command to continue"
    progress(f"{done['tokens']} tokens in {done['elapsed_s']:.0f} s: {state}")
