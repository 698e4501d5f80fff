"""`codex-lsp train`: corpus, tokenizer and the pre-training of the embedded model."""

import argparse
import signal
import sys
import sysconfig
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.output import progress, write_json
from codex_lsp.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from codex_lsp.training.sources import Package

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

PRESET_NAMES = ("embedded", "tiny")
_TOKENIZER_CHARACTERS = 60_000_000
_CORPUS_EPILOG = """example:
  codex-lsp train corpus --out corpus
  codex-lsp train corpus --out corpus --site-packages other/lib/python3.11/site-packages
"""
_TOKENIZER_EPILOG = """example:
  codex-lsp train tokenizer --corpus corpus --out tokenizer
"""
_CODEX_EPILOG = """example:
  codex-lsp train codex --corpus corpus --tokenizer tokenizer --out run --max-seconds 3300 --export model
Run the same command again to continue after a stop or a kill.
"""


def add_parser(subparsers: "Subparsers") -> None:
    """Add `train` and its steps."""
    parser = subparsers.add_parser(
        "train",
        help="make the embedded model: corpus, tokenizer, codex",
        description="Make the embedded model, step by step; each step writes a manifest.",
        epilog=_CORPUS_EPILOG + _TOKENIZER_EPILOG.removeprefix("example:\n") + _CODEX_EPILOG.removeprefix("example:\n"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    _add_corpus(steps)
    _add_tokenizer(steps)
    _add_codex(steps)


def _step(steps: "Subparsers", name: str, text: str, epilog: str) -> argparse.ArgumentParser:
    parser = steps.add_parser(
        name, help=text, description=text, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON on stdout")
    parser.add_argument("--seed", type=int, default=0, help="decides every random draw (default: 0)")
    return parser


def _add_corpus(steps: "Subparsers") -> None:
    parser = _step(steps, "corpus", "gather permissively licensed Python source", _CORPUS_EPILOG)
    parser.add_argument(
        "--site-packages",
        type=Path,
        action="append",
        metavar="DIR",
        help="read this folder too (default: this Python's own)",
    )
    parser.add_argument("--distributions", nargs="+", metavar="NAME", help="take these distributions only")
    parser.add_argument("--heldout-share", type=float, default=0.06, help="share of packages held out (default: 0.06)")
    parser.add_argument(
        "--decontaminate", type=Path, metavar="FILE", help="13-word hashes of benchmark problems to leave out"
    )
    parser.set_defaults(run=run_corpus)


def _add_tokenizer(steps: "Subparsers") -> None:
    parser = _step(steps, "tokenizer", "learn a byte-level BPE from a corpus", _TOKENIZER_EPILOG)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="a corpus folder")
    parser.add_argument("--vocabulary-size", type=int, default=8192, help="entries, specials included (default: 8192)")
    parser.add_argument(
        "--max-characters", type=int, default=_TOKENIZER_CHARACTERS, help="how much of the corpus to read"
    )
    parser.add_argument(
        "--verify-gguf", action="store_true", help="compare token ids with llama.cpp (needs llama-cpp-python)"
    )
    parser.set_defaults(run=run_tokenizer)


def _add_codex(steps: "Subparsers") -> None:
    parser = _step(steps, "codex", "train a decoder from scratch, or continue a run", _CODEX_EPILOG)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="a corpus folder")
    parser.add_argument("--tokenizer", type=Path, required=True, metavar="DIR", help="a tokenizer folder")
    parser.add_argument(
        "--preset", choices=PRESET_NAMES, default="embedded", help="shape and settings (default: embedded)"
    )
    parser.add_argument("--start-from", type=Path, metavar="RUN", help="begin with the newest weights of another run")
    parser.add_argument("--max-seconds", type=float, metavar="N", help="end after this many seconds of training")
    parser.add_argument("--max-tokens", type=int, metavar="N", help="end after this many tokens (default: 24 million)")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of torch (default: its own choice)")
    parser.add_argument("--no-compile", action="store_true", help="never compile, even where a C++ compiler is found")
    parser.add_argument(
        "--export", type=Path, metavar="DIR", help="write the model as a Hugging Face folder at the end"
    )
    parser.add_argument("--export-only", action="store_true", help="do not train: export the newest checkpoint")
    parser.add_argument(
        "--heldout-cursors",
        type=int,
        default=300,
        metavar="N",
        help="score an export at N held-out cursors (default: 300; 0: none)",
    )
    parser.set_defaults(run=run_codex)


def run_corpus(args: argparse.Namespace) -> int:
    """Build a corpus."""
    with _extra():
        from codex_lsp.training.corpus import CorpusOptions, build_corpus
        from codex_lsp.training.decontamination import BenchmarkHashes
    overlaps = None if args.decontaminate is None else BenchmarkHashes(args.decontaminate).overlaps
    options = CorpusOptions(heldout_share=args.heldout_share, overlaps_benchmark=overlaps)
    manifest = build_corpus(_packages(args), args.out, options, progress)
    train, heldout = manifest["splits"]["train"], manifest["splits"]["heldout"]
    refused = len(manifest["refused"])
    progress(f"{train['files']} files to learn from, {heldout['files']} held out; {refused} packages refused")
    return _report(args, manifest)


def _packages(args: argparse.Namespace) -> Iterator["Package"]:
    from codex_lsp.training.sources import distributions, standard_library

    if args.distributions is None:
        yield standard_library()
    for folder in args.site_packages or [Path(sysconfig.get_path("purelib"))]:
        yield from distributions(folder, args.distributions)


def run_tokenizer(args: argparse.Namespace) -> int:
    """Learn a tokenizer."""
    with _extra():
        from codex_lsp.training.corpus import documents_up_to
        from codex_lsp.training.manifest import read_manifest
        from codex_lsp.training.tokenizer import save_tokenizer, train_tokenizer
    corpus = read_manifest(args.corpus, "corpus")
    progress(f"reading {args.corpus}")
    documents = documents_up_to(args.corpus, args.max_characters, args.seed)
    tokenizer = train_tokenizer((document.text for document in documents), args.vocabulary_size)
    provenance = {
        "corpus_sha256": corpus["splits"]["train"]["sha256"],
        "max_characters": args.max_characters,
        "seed": args.seed,
    }
    save_tokenizer(tokenizer, args.out, provenance=provenance)
    progress(f"{args.vocabulary_size} tokens in {args.out}")
    if args.verify_gguf:
        from codex_lsp.training.gguf_check import check_folder

        comparison = check_folder(args.out, args.corpus, seed=args.seed)
        progress(f"llama.cpp: {comparison.mismatches} of {comparison.files} files differ")
        if comparison.mismatches:
            return 1
    return _report(args, read_manifest(args.out, "tokenizer"))


def run_codex(args: argparse.Namespace) -> int:
    """Train, or continue, or export."""
    if args.export_only and args.export is None:
        raise UsageError("--export-only writes nothing by itself; name a folder with --export DIR")
    with _extra():
        from codex_lsp.training.manifest import read_manifest
        from codex_lsp.training.pretrain import use_threads
    if args.threads is not None:
        use_threads(args.threads)
    manifest = read_manifest(args.out, "run") if args.export_only else _train(args)
    if args.export is not None and (args.export_only or manifest["outcome"]["finished"]):
        _export(args)
    return _report(args, manifest)


def _export(args: argparse.Namespace) -> None:
    """Export the newest checkpoint; its scores join the manifest and the card once they are known."""
    from codex_lsp.training.export import export_run, record_evaluation

    checkpoint = export_run(args.out, args.tokenizer, args.corpus, args.export)
    progress(f"{checkpoint.name} exported to {args.export}")
    if args.heldout_cursors > 0:
        from codex_lsp.training.heldout import evaluate_heldout

        found = evaluate_heldout(
            args.export, args.corpus, cursors=args.heldout_cursors, seed=args.seed, notify=progress
        )
        record_evaluation(args.export, found)


def _train(args: argparse.Namespace) -> dict[str, Any]:
    from dataclasses import replace

    from codex_lsp.training.codex import CodexOptions, train_codex
    from codex_lsp.training.presets import EMBEDDED_MAX_TOKENS, PRESETS, Budget

    options = CodexOptions(
        corpus=args.corpus,
        tokenizer=args.tokenizer,
        run=args.out,
        settings=replace(PRESETS[args.preset], seed=args.seed),
        budget=Budget(max_tokens=args.max_tokens or EMBEDDED_MAX_TOKENS, max_seconds=args.max_seconds),
        start_from=args.start_from,
        compile_blocks=not args.no_compile,
    )
    with _stopped_by_signal() as stop:
        manifest = train_codex(options, stop, progress)
    done = manifest["outcome"]
    state = "finished" if done["finished"] else "stopped; run the same command to continue"
    progress(f"{done['tokens']} tokens in {done['elapsed_s']:.0f} s: {state}")
    return manifest


@contextmanager
def _stopped_by_signal() -> Generator[Event]:
    """An event that SIGTERM and SIGINT set, so that a run ends with a checkpoint."""
    stop = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _extra() -> Generator[None]:
    """Say which extra is missing where an import fails."""
    try:
        yield
    except ImportError as error:
        raise MissingExtra(
            f"training needs {error.name}: `{sys.executable} -m pip install 'codex-lsp[train]'`"
        ) from error


def _report(args: argparse.Namespace, manifest: dict[str, Any]) -> int:
    if args.json:
        write_json(manifest)
    return 0
