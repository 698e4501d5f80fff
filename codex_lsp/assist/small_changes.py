"""Slips of a finger: the smallest changes of a function, one of which may be all that is wrong with it.

Nothing says that one is right but the function's examples and tests, so each is run before it is offered.
"""

from collections.abc import Iterator

from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.mutants import mutants_of
from codex_lsp.assist.repair import Repair
from codex_lsp.assist.result import TextEdit

MOST = 60


def small_changes(text: str, function: PythonFunction) -> Iterator[Repair]:
    """At most `MOST` changes, each of one place: an operator, a constant, a comparison, a condition."""
    for mutant in mutants_of(text, function, MOST):
        yield Repair(edits=(_difference(text, mutant.source),), label=f"{mutant.description}, line {mutant.line}")


def _difference(text: str, changed: str) -> TextEdit:
    """The one edit that makes one text of another."""
    most = min(len(text), len(changed))
    start = next((at for at in range(most) if text[at] != changed[at]), most)
    tail = next((at for at in range(most - start) if text[-1 - at] != changed[-1 - at]), most - start)
    return TextEdit(start=start, end=len(text) - tail, text=changed[start : len(changed) - tail])
