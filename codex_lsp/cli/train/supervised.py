"""What `codex-lsp train codex-s` and `codex-lsp train codex-d` share: their flags, and the run they start."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.output import progress
from codex_lsp.cli.train.codex import PRESET_NAMES
from codex_lsp.cli.train.step import (
    count,
    count_or_none,
    factor,
    report,
    seconds,
    share,
    step_parser,
    training_extra,
)
from codex_lsp.cli.train.stop import stopped_by_signal
from codex_lsp.errors import UsageError

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers
    from codex_lsp.training.supervised import SupervisedOptions

DEFAULT_RATE_FACTOR = 0.1
"""The paper's, section 4.3."""
DEFAULT_MAX_TOKENS = 24_000_000


def supervised_parser(steps: "Subparsers", name: str, text: str, epilog: str) -> None:
    """Add one of the two steps."""
    parser = step_parser(steps, name, text, epilog)
    parser.add_argument("--base", type=Path, metavar="DIR", help="exported model to begin with (default: embedded)")
    parser.add_argument(
        "--problems", type=Path, required=True, metavar="PATH", help="what `train problems` wrote: a folder or a file"
    )
    parser.add_argument("--preset", choices=PRESET_NAMES, help="grow the base into this shape (default: its own)")
    parser.add_argument(
        "--rate-factor",
        type=factor,
        default=DEFAULT_RATE_FACTOR,
        metavar="F",
        help=f"multiply the learning rates of pre-training (default: {DEFAULT_RATE_FACTOR:g})",
    )
    parser.add_argument(
        "--mix",
        type=share,
        default=0.0,
        metavar="SHARE",
        help="share of ordinary corpus rows in the loss, so that lines are still completed (default: 0)",
    )
    parser.add_argument(
        "--corpus",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="where --mix reads: a corpus, or parts of one",
    )
    parser.add_argument("--max-seconds", type=seconds, metavar="N", help="end after this many seconds of training")
    parser.add_argument(
        "--max-tokens",
        type=count,
        default=DEFAULT_MAX_TOKENS,
        metavar="N",
        help="end after so many tokens at the latest; a plateau of the held-out loss ends it before",
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute")
    parser.add_argument("--threads", type=count, metavar="N", help="threads of torch (default: its own choice)")
    parser.add_argument(
        "--export", type=Path, metavar="DIR", help="write the model as a Hugging Face folder at the end"
    )
    parser.add_argument("--export-only", action="store_true", help="do not train: export the newest checkpoint")
    parser.add_argument(
        "--heldout-cursors",
        type=count_or_none,
        default=0,
        metavar="N",
        help="score an export at N cursors of --corpus (default: 0: none)",
    )
    parser.set_defaults(run=lambda args: _run(args, name))  # type: ignore[no-untyped-call]


def _run(args: argparse.Namespace, member: str) -> int:
    """Train, or continue, or export."""
    if args.export_only and args.export is None:
        raise UsageError("--export-only writes nothing by itself; name a folder with --export DIR")
    if (args.mix > 0 or args.heldout_cursors > 0) and not args.corpus:
        raise UsageError("--mix and --heldout-cursors read a corpus; name it with --corpus PATH")
    with training_extra():
        from codex_lsp.training.manifest import read_manifest
        from codex_lsp.training.pretrain import use_threads
    if args.threads is not None:
        use_threads(args.threads)
    manifest = read_manifest(args.out, "run") if args.export_only else _train(args, member)
    if args.export is not None and (args.export_only or manifest["outcome"]["finished"]):
        _export(args)
    return report(args, manifest)


def _base(args: argparse.Namespace) -> Path:
    from codex_lsp.models.registry import EMBEDDED, checkpoint_path

    found = checkpoint_path(EMBEDDED, working_folder=True) if args.base is None else args.base
    return Path(found)


def _options(args: argparse.Namespace, member: str) -> "SupervisedOptions":
    from codex_lsp.training.settings import Budget
    from codex_lsp.training.supervised import SupervisedOptions, base_settings
    from codex_lsp.training.supervised_layout import Member
    from codex_lsp.training.supervised_settings import SupervisedSettings

    base = _base(args)
    return SupervisedOptions(
        base=base,
        problems=args.problems,
        run=args.out,
        settings=base_settings(base, preset=args.preset, rate_factor=args.rate_factor, seed=args.seed),
        supervised=SupervisedSettings(member=Member(member), mix=args.mix),
        budget=Budget(max_tokens=args.max_tokens, max_seconds=args.max_seconds),
        corpus=tuple(args.corpus),
        device=args.device,
    )


def _train(args: argparse.Namespace, member: str) -> dict[str, Any]:
    from codex_lsp.training.supervised import train_supervised

    with stopped_by_signal() as stop:
        manifest = train_supervised(_options(args, member), stop, progress)
    done = manifest["outcome"]
    state = "finished" if done["finished"] else "stopped; run the same command to continue"
    progress(f"{done['tokens']} tokens in {done['elapsed_s']:.0f} s: {state}")
    return manifest


def _export(args: argparse.Namespace) -> None:
    from codex_lsp.training.codex import sources
    from codex_lsp.training.export import export_fine_tuned, record_evaluation

    base = _base(args)
    checkpoint = export_fine_tuned(args.out, base, args.export)
    progress(f"{checkpoint.name} exported to {args.export}")
    if args.heldout_cursors > 0:
        with training_extra():
            from codex_lsp.training.heldout import evaluate_heldout

        corpus, _ = sources(args.corpus, base, args.out)
        found = evaluate_heldout(args.export, corpus, cursors=args.heldout_cursors, seed=args.seed, notify=progress)
        record_evaluation(args.export, found)
