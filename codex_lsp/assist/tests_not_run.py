"""Tests where nothing may be run: what the docstring says, written down and marked as not run."""

from collections.abc import Sequence
from dataclasses import replace

from codex_lsp.assist.case import Case
from codex_lsp.assist.file_of_tests import edits_of, named_tests
from codex_lsp.assist.kept_test import KeptTest
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.result import NOT_RUN, AssistResult, AssistVerdict
from codex_lsp.assist.tested_function import TestedFunction
from codex_lsp.errors import AssistRefused


def tests_not_run(tested: TestedFunction, examples: Sequence[Case], why: str) -> AssistResult:
    """Offer the docstring's examples as tests that nobody has run.

    Args:
        tested: The function.
        examples: Of its docstring.
        why: Nothing is run, in words that say what would change that.

    Raises:
        AssistRefused: The docstring says of no call what it gives.
    """
    said = [case for case in examples if case.is_expectation]
    name = tested.function.qualname
    if not said:
        raise AssistRefused(
            f"{why}; and the docstring of `{name}` shows no call with its value that could be offered not run"
        )
    target = replace(tested.target, not_run=True)
    tests = [KeptTest(case=case, value=case.expected, exception=case.raises, is_expectation=True) for case in said]
    written = named_tests(tests, target)
    count = len(written)
    return AssistResult(
        kind=AssistKind.TESTS,
        message=f"{count} {'test' if count == 1 else 'tests'} of {name} from its docstring, not run: {why}",
        edits=(tested.edit(edits_of(written, target), count, "not run"),),
        verdicts=tuple(
            AssistVerdict(name=each.name, outcome=NOT_RUN, detail="what the docstring says", kept=True)
            for each in written
        ),
        figures={
            "tests": float(count),
            "branches": None,
            "mutants": None,
            "mutants_killed": None,
            "possible_bugs": None,
        },
    )
