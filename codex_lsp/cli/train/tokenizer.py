"""`codex-lsp train tokenizer`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.output import progress
from codex_lsp.cli.train.step import count, report, step_parser, training_extra

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from codex_lsp.cli.train.step import Subparsers

EPILOG = """example:
  codex-lsp train tokenizer --corpus corpus --out tokenizer
"""
_TOKENIZER_CHARACTERS = 40_000_000


def add_parser(steps: "Subparsers") -> None:
    """Add the step."""
    parser = step_parser(steps, "tokenizer", "learn a byte-level BPE from a corpus", EPILOG)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="a corpus folder")
    parser.add_argument(
        "--vocabulary-size", type=count, default=8192, help="entries, specials included (default: 8192)"
    )
    parser.add_argument(
        "--max-characters", type=count, default=_TOKENIZER_CHARACTERS, help="how much of the corpus to read"
    )
    parser.add_argument(
        "--count", action="store_true", help="count the corpus's tokens into its manifest and its data card"
    )
    parser.add_argument(
        "--verify-gguf", action="store_true", help="compare token ids with llama.cpp (needs llama-cpp-python)"
    )
    parser.set_defaults(run=run_tokenizer)


def run_tokenizer(args: argparse.Namespace) -> int:
    """Learn a tokenizer, and measure it."""
    with training_extra():
        from codex_lsp.training.manifest import check_replaceable, read_manifest
        from codex_lsp.training.token_counts import balanced_texts
        from codex_lsp.training.tokenizer import save_tokenizer, train_tokenizer
    corpus = read_manifest(args.corpus, "corpus")
    check_replaceable(args.out, "tokenizer")
    progress(f"reading {args.corpus}")
    tokenizer = train_tokenizer(balanced_texts(args.corpus, args.max_characters, args.seed), args.vocabulary_size)
    provenance = {
        "corpus_sha256": corpus["splits"]["train"]["sha256"],
        "max_characters": args.max_characters,
        "seed": args.seed,
    }
    # Measuring takes longer than learning: the tokenizer is there first.
    save_tokenizer(tokenizer, args.out, provenance=provenance)
    progress(f"{args.vocabulary_size} tokens in {args.out}")
    save_tokenizer(tokenizer, args.out, provenance={**provenance, **_measured(args, tokenizer)})
    if args.count:
        _count(args)
    if args.verify_gguf:
        from codex_lsp.training.gguf_check import check_folder

        comparison = check_folder(args.out, args.corpus, seed=args.seed)
        progress(f"llama.cpp: {comparison.mismatches} of {comparison.files} files differ")
        if comparison.mismatches:
            return 1
    return report(args, read_manifest(args.out, "tokenizer"))


def _measured(args: argparse.Namespace, tokenizer: "Tokenizer") -> dict[str, Any]:
    """Characters per token by language, and what runs of blanks save against the same BPE without them."""
    from codex_lsp.training.token_counts import (
        balanced_texts,
        characters_per_token,
        samples_by_language,
        whitespace_saving,
    )
    from codex_lsp.training.tokenizer import train_tokenizer

    samples = samples_by_language(args.corpus, args.seed)
    per_token = characters_per_token(tokenizer, samples)
    progress("characters per token: " + ", ".join(f"{name} {value:.2f}" for name, value in per_token.items()))
    texts = balanced_texts(args.corpus, args.max_characters, args.seed)
    without_runs = train_tokenizer(texts, args.vocabulary_size, blank_runs=False)
    saved = {name: whitespace_saving(tokenizer, without_runs, sample) for name, sample in sorted(samples.items())}
    progress("tokens saved by runs of blanks: " + ", ".join(f"{name} {value:.1%}" for name, value in saved.items()))
    return {"characters_per_token": per_token, "whitespace_saving": saved}


def _count(args: argparse.Namespace) -> None:
    """Put the corpus's tokens into its manifest and its card."""
    from codex_lsp.training.data_card import write_data_card
    from codex_lsp.training.manifest import read_manifest
    from codex_lsp.training.token_counts import count_tokens
    from codex_lsp.training.tokenizer import load_tokenizer

    progress(f"counting the tokens of {args.corpus}")
    digest = read_manifest(args.out, "tokenizer")["sha256"]
    found = count_tokens(args.corpus, load_tokenizer(args.out), digest)
    write_data_card(args.corpus)
    splits = found["splits"]
    progress(f"{splits['train'] / 1e6:.1f} M tokens to learn from, {splits['heldout'] / 1e6:.1f} M held out")
