"""The edit that brings tests into a project's file."""

from collections.abc import Sequence

from codex_lsp.assist.result import FileEdit, TextEdit
from codex_lsp.assist.tested_function import TestedFunction


def tests_edit(tested: TestedFunction, edits: Sequence[TextEdit], count: int, description: str) -> FileEdit:
    """The edit of the test file, for the text of it that the person sees."""
    document = tested.tests
    return FileEdit(
        path=tested.project.test_file,
        uri=document.uri if document is not None else None,
        version=document.version if document is not None else None,
        before=document.text if document is not None else None,
        edits=tuple(edits),
        label=f"Add {count} {'test' if count == 1 else 'tests'} of {tested.function.qualname}",
        description=description,
    )
