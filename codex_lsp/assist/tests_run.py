"""Runs a file of tests whole, twice: what does not pass both times is left out."""

import ast
from collections.abc import Sequence

from codex_lsp.assist.file_of_tests import edits_of
from codex_lsp.assist.result import FileEdit
from codex_lsp.assist.tested_function import TestedFunction
from codex_lsp.assist.written_test import WrittenTest
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.pytest_grading import PytestCheck, PytestOutcome, grade_pytest
from codex_lsp.execution.sandbox import Sandbox

_LIMITS = Limits(wall_s=60.0, cpu_s=60.0, memory_bytes=2048 * MIB, processes=64)
_ROUNDS = 2
Failed = tuple[WrittenTest, str]
"""A test that did not pass, and what pytest says of it."""


def passing_twice(
    sandbox: Sandbox, tests: Sequence[WrittenTest], tested: TestedFunction
) -> tuple[tuple[WrittenTest, ...], tuple[Failed, ...]]:
    """The tests that pass in the file where they will stand, and those that do not.

    Raises:
        SandboxUnavailable: A sandbox could not be started.
        AssistRefused: The file as it would be does not run at all.
    """
    kept, failed = tuple(tests), list[Failed]()
    for _ in range(_ROUNDS):
        if not kept:
            break
        outcomes = _outcomes(sandbox, kept, tested)
        wrong = [(each, _complaint(each, outcomes)) for each in kept]
        failed += [(each, complaint) for each, complaint in wrong if complaint is not None]
        kept = tuple(each for each, complaint in wrong if complaint is None)
    return kept, tuple(failed)


def file_text(tests: Sequence[WrittenTest], tested: TestedFunction) -> str:
    """The test file with the tests in it."""
    edit = FileEdit(path=None, before=tested.target.before, edits=edits_of(tests, tested.target), label="")
    text = edit.after
    ast.parse(text.removeprefix("\ufeff"))
    return text


def _outcomes(sandbox: Sandbox, tests: Sequence[WrittenTest], tested: TestedFunction) -> dict[str, PytestOutcome]:
    project = tested.project
    result = grade_pytest(
        sandbox,
        PytestCheck(
            interpreter=project.interpreter,
            # A project's own options may ask for plugins, coverage and the like.
            arguments=(f"--rootdir={project.root}", "-o", "addopts=", str(project.test_file)),
            readable=project.readable,
            masked=project.masked,
            replaced={**project.replaced, project.test_file: file_text(tests, tested).encode()},
            import_from=project.import_from,
            limits=_LIMITS,
        ),
    )
    found = {each.name.rpartition("::")[2]: each for each in result.tests}
    if not any(test.name in found for test in tests):
        raise AssistRefused(f"{project.test_file} does not run ({result.verdict.detail or result.verdict.outcome}); mend it first")
    return found


def _complaint(test: WrittenTest, outcomes: dict[str, PytestOutcome]) -> str | None:
    """Why a test is not kept; None where it passed."""
    outcome = outcomes.get(test.name)
    if outcome is None:
        return "was not run"
    return None if outcome.outcome == "passed" else outcome.detail or outcome.outcome
