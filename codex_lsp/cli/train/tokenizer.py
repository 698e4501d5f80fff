"""`codex-lsp train tokenizer`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.output import progress
from codex_lsp.cli.train.step import report, step_parser, training_extra

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers

EPILOG = """example:
  codex-lsp train tokenizer --corpus corpus --out tokenizer
"""
_TOKENIZER_CHARACTERS = 60_000_000


def add_parser(steps: "Subparsers") -> None:
    """Add the step."""
    parser = step_parser(steps, "tokenizer", "learn a byte-level BPE from a corpus", EPILOG)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="a corpus folder")
    parser.add_argument("--vocabulary-size", type=int, default=8192, help="entries, specials included (default: 8192)")
    parser.add_argument(
        "--max-characters", type=int, default=_TOKENIZER_CHARACTERS, help="how much of the corpus to read"
    )
    parser.add_argument(
        "--verify-gguf", action="store_true", help="compare token ids with llama.cpp (needs llama-cpp-python)"
    )
    parser.set_defaults(run=run_tokenizer)


def run_tokenizer(args: argparse.Namespace) -> int:
    """Learn a tokenizer."""
    with training_extra():
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
    return report(args, read_manifest(args.out, "tokenizer"))
