"""Which parts of which files are typed again."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from codex_lsp.evaluation.cursors import is_comment, shuffled
from codex_lsp.evaluation.source_files import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Whole lines of a file, without the last one's line end: `before + text + after` is the file."""

    file: SourceFile
    before: str
    text: str
    after: str


def drawn_stretches(files: Sequence[SourceFile], count: int, lines: int, seed: int) -> list[Stretch]:
    """One stretch of `lines` lines of each of `count` files, in a seeded order; what follows it stays.

    A file with fewer lines is typed as a whole. Files without a line of code are passed over; fewer than `count`
    stretches are given where there are fewer files.
    """
    found: list[Stretch] = []
    for file in shuffled(files, seed):
        starts = _starts(file, lines)
        if starts:
            random = Random(f"{seed} {file.path} {len(file.text)}")  # noqa: S311 - a seeded draw, not a secret
            found.append(_stretch(file, random.choice(starts), lines))
        if len(found) == count:
            break
    return found


def whole_files(files: Sequence[SourceFile], count: int, seed: int) -> list[Stretch]:
    """`count` whole files in a seeded order, each typed from an empty document; those without code are passed over."""
    usable = [file for file in shuffled(files, seed) if _starts(file, 1)]
    return [Stretch(file=file, before="", text=file.text, after="") for file in usable[:count]]


def _starts(file: SourceFile, lines: int) -> list[int]:
    """First lines of possible stretches: such as begin with code and leave room for all their lines."""
    all_lines = file.text.split("\n")
    last = max(len(all_lines) - lines, 0)
    return [
        number
        for number, line in enumerate(all_lines[: last + 1])
        if line.strip() and not is_comment(line, file.language)
    ]


def _stretch(file: SourceFile, start: int, lines: int) -> Stretch:
    all_lines = file.text.split("\n")
    before = "".join(f"{line}\n" for line in all_lines[:start])
    text = "\n".join(all_lines[start : start + lines])
    return Stretch(file=file, before=before, text=text, after=file.text[len(before) + len(text) :])
