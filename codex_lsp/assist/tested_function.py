"""A function that tests are made of, with its project and its test file."""

from collections.abc import Sequence
from dataclasses import dataclass

from codex_lsp.assist.file_of_tests import Target
from codex_lsp.assist.function import PythonFunction, parsed
from codex_lsp.assist.project import Project
from codex_lsp.assist.result import FileEdit, TextEdit
from codex_lsp.assist.subject import Subject
from codex_lsp.context.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedFunction:
    """A function, its project, and the test file as the person sees it.

    Attributes:
        subject: How it is called.
        project: Where it lives.
        text: Of its module.
        tests: The test file; None where it is to be made.
    """

    subject: Subject
    project: Project
    text: str
    tests: Document | None

    @property
    def function(self) -> PythonFunction:
        """It."""
        return self.subject.function

    @property
    def target(self) -> Target:
        """What the tests are of, and where they go."""
        return Target(
            module=self.project.module,
            tree=parsed(self.text),
            qualname=self.function.qualname,
            style=self.project.style,
            before=self.tests.text if self.tests is not None else None,
            imports=self.subject.imports,
        )

    def edit(self, edits: Sequence[TextEdit], count: int, description: str = "") -> FileEdit:
        """The edit that brings so many tests into their file, for the text of it that the person sees."""
        document = self.tests
        return FileEdit(
            path=self.project.test_file,
            uri=document.uri if document is not None else None,
            version=document.version if document is not None else None,
            before=document.text if document is not None else None,
            edits=tuple(edits),
            label=f"Add {count} {'test' if count == 1 else 'tests'} of {self.function.qualname}",
            description=description,
        )
