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
    sandbox: Sandbox, tests: Sequence[WrittenTest], tested: TestedFunction, *, in_place: bool = True
) -> tuple[tuple[WrittenTest, ...], tuple[Failed, ...]]:
    """The tests that pass in the file where they will stand, and those that do not.

    Args:
        sandbox: Where they are run.
        tests: All.
        tested: The function.
        in_place: The file is shown where it will stand, which takes a sandbox; else it is run from a folder of its own.

    Raises:
        SandboxUnavailable: A sandbox could not be started.
        AssistRefused: The file as it would be does not run at all.
    """
    kept, failed = tuple(tests), list[Failed]()
    for _ in range(_ROUNDS):
        if not kept:
            break
        outcomes = _outcomes(sandbox, _check(kept, tested, in_place=in_place), kept, tested)
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


def _check(tests: Sequence[WrittenTest], tested: TestedFunction, *, in_place: bool) -> PytestCheck:
    project, content = tested.project, file_text(tests, tested).encode()
    name = str(project.test_file) if in_place else project.test_file.name
    return PytestCheck(
        interpreter=project.interpreter,
        # A project's own options may ask for plugins and coverage; without those its settings may seem unknown.
        arguments=(f"--rootdir={project.root}", "-o", "addopts=", "-W", "ignore::pytest.PytestWarning", name),
        files={} if in_place else {name: content},
        readable=project.readable,
        masked=project.masked,
        replaced={**project.replaced, project.test_file: content} if in_place else project.replaced,
        import_from=project.import_from,
        limits=_LIMITS,
    )


def _outcomes(
    sandbox: Sandbox, check: PytestCheck, tests: Sequence[WrittenTest], tested: TestedFunction
) -> dict[str, PytestOutcome]:
    result = grade_pytest(sandbox, check)
    found = {each.name.rpartition("::")[2]: each for each in result.tests}
    if not any(test.name in found for test in tests):
        said = result.verdict.detail or result.verdict.outcome
        raise AssistRefused(f"{tested.project.test_file} does not run ({said}); mend it first")
    return found


def _complaint(test: WrittenTest, outcomes: dict[str, PytestOutcome]) -> str | None:
    """Why a test is not kept; None where it passed."""
    outcome = outcomes.get(test.name)
    if outcome is None:
        return "was not run"
    return None if outcome.outcome == "passed" else outcome.detail or outcome.outcome
