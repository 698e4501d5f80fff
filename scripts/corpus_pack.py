"""From a bare machine to pack parts: fetches the committed packages, builds the corpus and its tokenizer, packs both.

`make corpus-pack` runs it. Everything lands below `build/`; a second run reads the archives that the first one fetched.
Each step is the command that it shows; only packing has none.
"""

import argparse
import os
import shlex
import sys
import time
from pathlib import Path

from codex_lsp.cli.main import main as codex_lsp
from codex_lsp.errors import CodexLspError
from codex_lsp.training.pack_writer import PackOptions, write_parts

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"


def say(text: str) -> None:
    """Tell the person what happens."""
    sys.stderr.write(f"{text}\n")


def step(*arguments: str) -> None:
    """Run one `codex-lsp` command; a failure ends the script with its code."""
    say(f"codex-lsp {shlex.join(arguments)}")
    began = time.monotonic()
    code = codex_lsp(arguments)
    if code:
        raise SystemExit(code)
    say(f"done in {time.monotonic() - began:.0f} s")


def main() -> int:
    """Build and pack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=BUILD, metavar="DIR", help="work here (default: build)")
    parser.add_argument("--packages", metavar="LIST", help="another package list")
    parser.add_argument("--no-standard-library", action="store_true", help="as of `codex-lsp train corpus`")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    args = parser.parse_args()
    whole, tokenizer, parts = args.build / "whole", args.build / "tokenizer", args.build / "corpus"
    began = time.monotonic()
    listed = ["--packages", *([args.packages] if args.packages else [])]
    listed += ["--no-standard-library"] if args.no_standard_library else []
    jobs = ["--jobs", str(args.jobs)]
    step("train", "corpus", "--out", str(whole), *jobs, "--downloads", str(args.build / "downloads"), *listed)
    step("train", "tokenizer", "--corpus", str(whole), "--out", str(tokenizer), "--count")
    try:
        written = write_parts(whole, tokenizer, parts, PackOptions(jobs=args.jobs), say)
    except CodexLspError as error:
        say(f"corpus-pack: {error}")
        return 1
    say(f"{len(written)} parts in {parts} after {(time.monotonic() - began) / 60:.1f} minutes; on another machine:")
    say(f"  codex-lsp train codex --out run --corpus {' '.join(path.name for path in written)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
