"""`codex-lsp models export MODEL --gguf FILE`: a model as one file for llama.cpp."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.output import progress, write_json
from codex_lsp.cli.train.step import training_extra

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers

# The same as `training.gguf_tensors.TYPES`, which is not imported before the command runs.
TYPES = ("f32", "f16", "bf16", "q8_0")
EPILOG = """examples:
  codex-lsp models export embedded --gguf codex-lsp.gguf
  codex-lsp models export /models/Qwen2.5-Coder-0.5B --gguf qwen-coder.gguf --type q8_0
"""


def add_parser(actions: "Subparsers") -> None:
    """Add the command."""
    parser = actions.add_parser(
        "export",
        help="write a model as one GGUF file, which llama.cpp serves",
        description="Write a model (Llama, Qwen2 or Qwen3, byte-level BPE) as one GGUF file, which llama.cpp serves.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help="`embedded`, a Hugging Face model folder, or a hub name")
    parser.add_argument("--gguf", type=Path, required=True, metavar="FILE", help="the file to write or replace")
    parser.add_argument("--type", choices=TYPES, default="f32", help="of the matrices (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print what was written as JSON on stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the file.

    Raises:
        CodexLspError: The model cannot be read or converted, or the file cannot be written.
    """
    with training_extra():
        from codex_lsp.models.registry import EMBEDDED, checkpoint_path
        from codex_lsp.training.gguf_export import export_gguf
    model = checkpoint_path(args.model, working_folder=True)
    name = "codex-lsp-embedded" if args.model == EMBEDDED else None
    written = export_gguf(model, args.gguf, weight_type=args.type, name=name)
    if args.json:
        write_json(asdict(written))
    else:
        size = f"{written.parameters:,} parameters, {written.bytes:,} bytes"
        progress(f"{written.path}: {written.architecture}, {written.type}, {size}")
    return 0
