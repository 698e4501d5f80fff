"""Mends that need no model: changes of the text that can be shown to be right."""

from collections.abc import Iterator
from dataclasses import dataclass

from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.mutants import mutants_of
from codex_lsp.assist.result import TextEdit, with_edits

MOST_SMALL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One change.

    Attributes:
        edits: In order, none overlapping another.
        label: What it does, in a few words.
    """

    edits: tuple[TextEdit, ...]
    label: str

    def made_in(self, text: str) -> str:
        """The text with it."""
        return with_edits(text, self.edits)


def small_changes(text: str, function: PythonFunction) -> Iterator[Repair]:
    """Slips of a finger: at most `MOST_SMALL` changes of one place each, one of which may be all that is wrong.

    Nothing says that one is right but the function's examples and tests, so each is run before it is offered.
    """
    for mutant in mutants_of(text, function, MOST_SMALL):
        yield Repair(edits=(_difference(text, mutant.source),), label=f"{mutant.description}, line {mutant.line}")


def _difference(text: str, changed: str) -> TextEdit:
    """The one edit that makes one text of another."""
    most = min(len(text), len(changed))
    start = next((at for at in range(most) if text[at] != changed[at]), most)
    tail = next((at for at in range(most - start) if text[-1 - at] != changed[-1 - at]), most - start)
    return TextEdit(start=start, end=len(text) - tail, text=changed[start : len(changed) - tail])
