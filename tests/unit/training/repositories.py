"""Repositories for the tests of adapting: small, with a habit of their own, or with none."""

import random
import string
from hashlib import sha256
from pathlib import Path

from codex_lsp.training.adapt_files import HELDOUT_SHARE

WORDS = (
    "amber",
    "basil",
    "cedar",
    "dahlia",
    "elder",
    "fennel",
    "ginger",
    "hazel",
    "iris",
    "juniper",
    "laurel",
    "myrtle",
)

PYTHON = """
import os


class Reader:
    def __init__(self, path):
        self.path = path
        self.lines = []

    def read(self):
        with open(self.path) as file:
            for line in file:
                self.lines.append(line.strip())
        return len(self.lines)
"""


def habitual(root: Path, *, files: int = 8, entries: int = 12) -> Path:
    """Files that all say the same few things of different words."""
    for number in range(files):
        lines = [f'"""Ledger {number}."""\n', "from ledger import Account, Zorkmid\n\n"]
        for place in range(entries):
            word = WORDS[(number + place) % len(WORDS)]
            lines.append(f'account_{word} = Account(name="{word}", currency=Zorkmid(audited=True))\n')
        write(root / f"shop/ledger_{number}.py", "".join(lines))
    return root


def misleading(root: Path, *, files: int = 10) -> Path:
    """Noise to learn from, and Python to be held out: learning can only do harm."""
    generator = random.Random(0)
    names = sorted((f"file_{number}.py" for number in range(files)), key=lambda name: sha256(name.encode()).digest())
    for place, name in enumerate(names):
        noise = ("".join(generator.choices(string.ascii_letters, k=60)) for _ in range(20))
        # What is held out is what comes first by this hash.
        text = PYTHON if place < round(HELDOUT_SHARE * files) else "\n".join(noise)
        write(root / name, f"# {name}\n{text}\n")
    return root


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
