"""Marks on what an assist offers: a body that passes its tests can still be insecure."""

import dataclasses

from codex_lsp.assist.imports import known_modules
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult, FileEdit
from codex_lsp.assist.safety import Mark, marks_of

_WRITES_CODE = (AssistKind.SOLVE, AssistKind.FIX, AssistKind.OPTIMISE)
"""Their edits hold code of a model's."""


def with_marks(result: AssistResult, request: AssistRequest) -> AssistResult:
    """The result, its edits and its message naming what is to be looked at in them; blocks."""
    if result.kind not in _WRITES_CODE:
        return result
    found = [_marks(edit, request) for edit in result.edits]
    said = [_said(marks) for marks in found]
    if not any(said):
        return result
    edits = tuple(
        dataclasses.replace(edit, description=f"{edit.description}{text}") if text else edit
        for edit, text in zip(result.edits, said, strict=True)
    )
    return dataclasses.replace(result, edits=edits, message=f"{result.message}{''.join(said)}")


def _marks(edit: FileEdit, request: AssistRequest) -> tuple[Mark, ...]:
    path, text = edit.path or request.path, edit.before or ""
    if path is not None and path.suffix not in (".py", ".pyi"):
        return ()
    installed = known_modules(path, request.root, trusted=request.trusted)
    return tuple(
        mark
        for each in edit.edits
        for mark in marks_of(text[: each.start], each.text, text[each.end :], installed=installed)
    )


def _said(marks: tuple[Mark, ...]) -> str:
    return "".join(f". Marked, line {mark.line}: {mark.kind}: {mark.message.rstrip('.')}" for mark in marks)
