"""A function that tests are made of, with its project and its test file."""

from dataclasses import dataclass

from codex_lsp.assist.derived_cases import Subject
from codex_lsp.assist.file_of_tests import Target
from codex_lsp.assist.function import PythonFunction, parsed
from codex_lsp.assist.project import Project
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
        )
