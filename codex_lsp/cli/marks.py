"""Marks on the candidates of a completion: insecure uses, and imports that nothing here provides."""

from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.project import project_of
from codex_lsp.types import CursorContext

if TYPE_CHECKING:
    from codex_lsp.assist.safety import Mark
    from codex_lsp.completion.request import Completion


def marks_at(
    context: CursorContext, completion: "Completion", file: Path, *, trusted: bool
) -> "list[tuple[Mark, ...]]":
    """The marks of each candidate in order; none in other languages than Python."""
    from codex_lsp.assist.imports import known_modules
    from codex_lsp.assist.safety import marks_of

    if context.language != "python" or not completion.candidates:
        return [() for _ in completion.candidates]
    installed = known_modules(file.absolute(), project_of(file), trusted=trusted)
    return [
        marks_of(context.prefix, candidate.insert, context.suffix, installed=installed)
        for candidate in completion.candidates
    ]
