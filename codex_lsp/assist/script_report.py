"""What generating tests for JavaScript or TypeScript came to, in words."""

from collections.abc import Sequence

from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.result import NOT_RUN, UNCHECKED, AssistResult, AssistVerdict, FileEdit
from codex_lsp.assist.script_found import ScriptFound
from codex_lsp.assist.script_test_file import ScriptTarget, ScriptTest, test_edits
from codex_lsp.assist.script_tests_run import ScriptRun
from codex_lsp.context.document import Document
from codex_lsp.execution.verdict import Outcome

_UNMEASURED = dict.fromkeys(("branches", "mutants", "mutants_killed"))


def result_of(target: ScriptTarget, document: Document | None, found: ScriptFound, ran: ScriptRun) -> AssistResult:
    """The tests that are kept as an edit, what failed, and possible bugs.

    Args:
        target: The file of tests.
        document: It, as it is; None where it is not there.
        found: Of the calls.
        ran: Of the tests.
    """
    name, count = target.function.name, len(ran.kept)
    said = f"not run, since {ran.why_not}" if ran.why_not else f"each passed twice with {target.project.runner.name}"
    if ran.why_not and found.tests:
        said = f"each value was seen twice in node; {said}"
    message = f"{_counted(count)} of {name}: {said}" if count else found.reason or f"no test of {name} passes"
    if not count and ran.failed:
        message += f": {ran.failed[0][1]}"
    if found.bugs:
        message += f"; {len(found.bugs)} possible {'bug' if len(found.bugs) == 1 else 'bugs'}: {found.bugs[0]}"
    outcome = NOT_RUN if ran.why_not else Outcome.PASSED.value
    failed = [AssistVerdict(name=test, outcome=Outcome.FAILED.value, detail=why) for test, why in ran.failed]
    bugs = [
        AssistVerdict(name=f"possible bug in {name}", outcome=Outcome.FAILED.value, detail=bug) for bug in found.bugs
    ]
    return AssistResult(
        kind=AssistKind.TESTS,
        message=message,
        edits=(_edit(target, document, ran.kept, said),) if count else (),
        verdicts=(*_verdicts(ran.kept, outcome), *failed, *bugs) or (_unheld(name),),
        report=f"# Tests of `{name}`\n\n{message}.\n",
        figures={**_UNMEASURED, "tests": float(count), "possible_bugs": float(len(found.bugs))},
    )


def not_run_result(
    target: ScriptTarget, document: Document | None, tests: Sequence[ScriptTest], why: str
) -> AssistResult:
    """What the comment says, as tests that nobody has run; the file says so too."""
    name = target.function.name
    return AssistResult(
        kind=AssistKind.TESTS,
        message=f"{_counted(len(tests))} of {name} from its comment, not run: {why}",
        edits=(_edit(target, document, tests, "not run"),),
        verdicts=_verdicts(tests, NOT_RUN),
        figures={**_UNMEASURED, "tests": float(len(tests)), "possible_bugs": None},
    )


def _edit(target: ScriptTarget, document: Document | None, tests: Sequence[ScriptTest], said: str) -> FileEdit:
    return FileEdit(
        path=target.project.test_file,
        uri=document.uri if document is not None else None,
        version=document.version if document is not None else None,
        before=target.before,
        edits=test_edits(tests, target),
        label=f"Add {_counted(len(tests))} of {target.function.name}",
        description=said,
    )


def _verdicts(tests: Sequence[ScriptTest], outcome: str) -> tuple[AssistVerdict, ...]:
    return tuple(
        AssistVerdict(
            name=test.name,
            outcome=outcome,
            detail="what its comment says" if test.said else "characterisation",
            kept=True,
        )
        for test in tests
    )


def _unheld(name: str) -> AssistVerdict:
    return AssistVerdict(
        name=f"tests of {name}", outcome=UNCHECKED, detail="no call gives a test something to hold on to"
    )


def _counted(count: int) -> str:
    return f"{count} {'test' if count == 1 else 'tests'}"
