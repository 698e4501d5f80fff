"""A candidate is indented as its document is: by tabs or blanks, and by as many."""

import dataclasses
import math

from codex_lsp.context.indentation import indent_columns, indent_unit, leading_blanks
from codex_lsp.types import Candidate, CursorContext

_REACH = 10_000
"""Characters on either side of the cursor that tell what a document is indented by."""
_OPENERS = (":", "{")


def fit_indentation(candidate: Candidate, context: CursorContext) -> Candidate:
    """Indent the lines after the first by the document's own unit, where they are not and it has one.

    Only `insert` changes. Columns that are no whole level, such as of what is aligned with a bracket, stay.
    """
    if "\n" not in candidate.insert:
        return candidate
    unit = indent_unit(context.prefix[-_REACH:] + context.suffix[:_REACH])
    if unit is None:
        return candidate
    lines = candidate.insert.split("\n")
    fitted = _tabbed(lines, context) if unit == "\t" else _spaced(lines, context.line_prefix, len(unit))
    return dataclasses.replace(candidate, insert="\n".join([lines[0], *fitted]))


def _tabbed(lines: list[str], context: CursorContext) -> list[str]:
    """The lines after the first with blanks for tabs: each level that is written in blanks becomes a tab."""
    base = leading_blanks(context.line_prefix)
    if base.strip("\t"):
        return lines[1:]
    widths = [len(_blanks_after(base, line)) for line in lines[1:] if line.strip()]
    level = math.gcd(*widths) if any(widths) else 0
    if level < 2 or any("\t" in _blanks_after(base, line) for line in lines[1:]):  # noqa: PLR2004 - one blank aligns
        return lines[1:]
    level = min(level, 4)
    return [_retabbed(line, base, level) for line in lines[1:]]


def _retabbed(line: str, base: str, level: int) -> str:
    blanks = _blanks_after(base, line)
    kept = base if line.startswith(base) else ""
    return kept + "\t" * (len(blanks) // level) + line[len(leading_blanks(line)) :]


def _blanks_after(base: str, line: str) -> str:
    return leading_blanks(line).removeprefix(base)


def _spaced(lines: list[str], before: str, width: int) -> list[str]:
    """The lines after the first with `width` blanks for each level that is a tab or another number of blanks."""
    base = indent_columns(before)
    spaced = [_without_tabs(line, width) for line in lines[1:]]
    level = _level_of([before + lines[0], *spaced])
    if level in {None, width}:
        return spaced
    return [_rescaled(line, base, level or width, width) for line in spaced]


def _without_tabs(line: str, width: int) -> str:
    blanks = leading_blanks(line)
    return blanks.replace("\t", " " * width) + line[len(blanks) :] if "\t" in blanks else line


def _level_of(lines: list[str]) -> int | None:
    """By how many columns the lines below those that open a block are deeper; None where they are not alike."""
    steps: set[int] = set()
    for number, line in enumerate(lines[:-1]):
        below = next((text for text in lines[number + 1 :] if text.strip()), "")
        if line.rstrip().endswith(_OPENERS) and below:
            steps.add(indent_columns(below) - indent_columns(line))
    step = steps.pop() if len(steps) == 1 else 0
    return step if step > 1 else None


def _rescaled(line: str, base: int, level: int, width: int) -> str:
    deeper = indent_columns(line) - base
    if deeper <= 0 or not line.strip():
        return line
    return " " * (base + deeper // level * width + deeper % level) + line.lstrip(" ")
