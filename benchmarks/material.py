"""What is measured with: checkpoints that are made once, and the rates of the machine."""

import json
import subprocess
import sys
from pathlib import Path

from tokenizers import Tokenizer

from benchmarks.floor import Rates
from benchmarks.shapes import Shape
from benchmarks.traces import Window
from codex_lsp.errors import CodexLspError


class MaterialMissing(CodexLspError):
    """A checkpoint or a rate that could not be had."""


def checkpoint(shape: Shape, work: Path) -> Path:
    """The folder of a shape's checkpoint, which is made if it is not there.

    Raises:
        MaterialMissing: It cannot be made.
    """
    folder = work / shape.name
    if not (folder / "config.json").is_file():
        _run("benchmarks.checkpoint", shape.name, str(folder))
    return folder


def rates(shape: Shape, threads: int) -> Rates:
    """What the machine does with so many threads, reading as much as the shape's weights are.

    Raises:
        MaterialMissing: It cannot be measured.
    """
    return Rates(**json.loads(_run("benchmarks.rates", str(shape.matrix_parameters), str(threads))))


def window(folder: Path, tokens: int) -> Window:
    """Prompts of so many tokens, counted as a checkpoint does."""
    tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    return Window(tokens=tokens, count=count)


def _run(module: str, *arguments: str) -> str:
    told = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    if told.returncode:
        reason = (told.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise MaterialMissing(f"{module}: {reason}")
    return told.stdout
