"""What generating tests came to, in words: the line, the verdicts, and the report."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.mutants import Mutant
from codex_lsp.assist.result import UNCHECKED, AssistResult, AssistVerdict, FileEdit
from codex_lsp.assist.seen_cases import BRANCH, ENDLESS, IDLE, NOT_REACHED_REASON, SIDE_EFFECTS, SeenCases
from codex_lsp.assist.tests_run import Failed
from codex_lsp.assist.written_test import WrittenTest
from codex_lsp.execution.function_study import Study
from codex_lsp.execution.verdict import Outcome

_MOST_LINES = 12
_WRONG_ARGUMENTS = "raises TypeError"
_TRANSPARENT = frozenset({"property", "staticmethod", "classmethod"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that was found out.

    Attributes:
        function: It.
        seen: Every call, by what it came to.
        study: Of all calls.
        mutants: Of the function.
        kept: The tests that are offered.
        failed: Tests that did not pass in their file.
        had: Branches and mutants that calls in the test file reach already.
    """

    function: PythonFunction
    seen: SeenCases
    study: Study
    mutants: Sequence[Mutant]
    kept: Sequence[WrittenTest]
    failed: Sequence[Failed]
    had: frozenset[object] = frozenset()

    @property
    def reached(self) -> frozenset[object]:
        """Branches and mutants that the kept tests reach, with what was reached before."""
        return self.had.union(*(each.test.reached for each in self.kept))

    @property
    def branches(self) -> float | None:
        """The share of the function's branches; None where they were not measured, or it has none."""
        if not self.study.branches:
            return None
        return sum((BRANCH, arc) in self.reached for arc in self.study.branches) / len(self.study.branches)

    @property
    def killed(self) -> list[int]:
        """The numbers of the mutants that the kept tests kill."""
        return [number for number in range(len(self.mutants)) if ("mutant", number) in self.reached]


def result_of(found: Found, edits: tuple[FileEdit, ...]) -> AssistResult:
    """The result, with its edits described by what was found."""
    said = _figures_in_words(found)
    described = tuple(
        replace(edit, description=f"each passed twice; {said}" if said else "each passed twice") for edit in edits
    )
    count = len(found.kept)
    message = f"{count} {'test' if count == 1 else 'tests'} of {found.function.qualname}, run and passed twice"
    if not count:
        message = f"no test of {found.function.qualname}"
        message += f" passes in its file: {found.failed[0][1]}" if found.failed else ""
    elif said:
        message += f": {said}"
    bugs = len(found.seen.bugs)
    if bugs:
        message += f"; {bugs} possible {'bug' if bugs == 1 else 'bugs'}: {found.seen.bugs[0].detail}"
    return AssistResult(
        kind=AssistKind.TESTS,
        message=message,
        edits=described,
        verdicts=(*_kept(found), *_bugs(found), *_failed(found)),
        report=_report(found, message),
        figures={
            "tests": float(count),
            "branches": found.branches,
            "mutants": float(len(found.mutants)),
            "mutants_killed": float(len(found.killed)),
            "possible_bugs": float(bugs),
        },
    )


def nothing_found(function: PythonFunction, seen: SeenCases) -> AssistResult:
    """Nothing that a test could hold on to: why, in one line, and no edit."""
    reasons = Counter(each.reason for each in seen.left_out)
    if len(reasons) > 1:
        # Calls that were not reached say nothing of the function: those before them took all the time.
        del reasons[NOT_REACHED_REASON]
    why = "; ".join(f"{reason} ({count} of {len(seen.left_out)} calls)" for reason, count in reasons.most_common(2))
    decorators = [each for each in function.decorators if each not in _TRANSPARENT]
    wrong = bool(seen.left_out) and all(_WRONG_ARGUMENTS in reason for reason in reasons)
    decorated = f" (its decorator `{decorators[0]}` may take others)" if decorators and wrong else ""
    message = f"no test of {function.qualname}: {why or 'no call of it could be made'}{decorated}; {_mend(reasons)}"
    report = f"# Tests of `{function.qualname}`\n\n{message}.\n\n{_left_out(seen)}"
    unheld = (
        AssistVerdict(
            name=f"tests of {function.qualname}",
            outcome=UNCHECKED,
            detail="no call gives a test something to hold on to",
        ),
    )
    return replace(_without_tests(message, report), verdicts=unheld)


def _mend(reasons: Collection[str]) -> str:
    """What helps against reasons."""
    if reasons and all(reason.startswith((SIDE_EFFECTS, IDLE)) for reason in reasons):
        return "move what can be computed into a function that returns it"
    if reasons and all(reason == ENDLESS for reason in reasons):
        return "mend the loop, or show a call in its docstring that ends"
    return "return a value, annotate its parameters, or show a call in its docstring"


def nothing_to_add(function: PythonFunction, file: Path, *, ran: bool = True) -> AssistResult:
    """The tests that are there reach all that was found to be reached; or all examples, where nothing `ran`."""
    said = "reach all that others do" if ran else "are those of its docstring already"
    message = f"no more tests of {function.qualname}: the calls in {file.name} {said}"
    return _without_tests(message, f"# Tests of `{function.qualname}`\n\n{message}.\n")


def _without_tests(message: str, report: str) -> AssistResult:
    figures = {"tests": 0.0, "branches": None, "mutants": None, "mutants_killed": None, "possible_bugs": 0.0}
    return AssistResult(kind=AssistKind.TESTS, message=message, report=report, figures=figures)


def _kept(found: Found) -> list[AssistVerdict]:
    return [
        AssistVerdict(name=each.name, outcome=Outcome.PASSED.value, detail=_what(each), kept=True)
        for each in found.kept
    ]


def _what(each: WrittenTest) -> str:
    if each.test.is_expectation:
        return "what the docstring says"
    return f"characterisation ({each.test.case.origin.value})"


def _bugs(found: Found) -> list[AssistVerdict]:
    return [
        AssistVerdict(
            name=f"possible bug in {found.function.qualname}", outcome=Outcome.FAILED.value, detail=bug.detail
        )
        for bug in found.seen.bugs
    ]


def _failed(found: Found) -> list[AssistVerdict]:
    return [
        AssistVerdict(name=test.name, outcome=Outcome.FAILED.value, detail=f"left out: {reason}")
        for test, reason in found.failed
    ]


def _figures_in_words(found: Found) -> str:
    parts: list[str] = []
    if found.branches is not None:
        parts.append(f"{found.branches:.0%} of its branches")
    if found.mutants:
        parts.append(f"{len(found.killed)} of {len(found.mutants)} mutants killed")
    return ", ".join(parts)


def _report(found: Found, message: str) -> str:
    name = found.function.qualname
    parts = [f"# Tests of `{name}`", f"{message}."]
    if found.seen.bugs:
        lines = "\n".join(f"- {bug.detail}" for bug in found.seen.bugs)
        parts.append(
            "## Possible bugs\n\nThe docstring says one thing and the function does another; one of them is wrong. "
            f"No test was written of these.\n\n{lines}"
        )
    if found.kept:
        lines = "\n".join(f"- `{each.name}`: `{each.test.case.call}`, {_what(each)}" for each in found.kept)
        parts.append(f"## Tests\n\n{lines}")
    alive = [mutant for number, mutant in enumerate(found.mutants) if number not in found.killed]
    if alive:
        lines = "\n".join(f"- line {mutant.line}: {mutant.description}" for mutant in alive[:_MOST_LINES])
        parts.append(
            "## Mutants that no test kills\n\nChanged like this, the function passes all tests: either no input that "
            f"tells was found, or the change makes no difference.\n\n{lines}{_more(len(alive))}"
        )
    if found.study.unmeasured:
        parts.append(f"Branches were not measured: {found.study.unmeasured}.")
    parts.append(_left_out(found.seen))
    return "\n\n".join(part for part in parts if part) + "\n"


def _left_out(seen: SeenCases) -> str:
    if not seen.left_out:
        return ""
    reasons: dict[str, list[str]] = {}
    for each in seen.left_out:
        reasons.setdefault(each.reason, []).append(each.case.call)
    lines = [f"- {len(calls)} x {reason}, for example `{calls[0]}`" for reason, calls in reasons.items()]
    return "## Left out\n\n" + "\n".join(lines[:_MOST_LINES]) + _more(len(lines))


def _more(count: int) -> str:
    return f"\n- and {count - _MOST_LINES} more" if count > _MOST_LINES else ""
