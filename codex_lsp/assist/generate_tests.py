"""Generate tests: calls are thought of, run in the sandbox, pruned to those that matter, written and run again."""

import asyncio
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from codex_lsp.assist.body_slot import body_slot
from codex_lsp.assist.case import Case, Origin
from codex_lsp.assist.derived_cases import author_cases, derived_cases, plain, trial_call
from codex_lsp.assist.effects import with_effects
from codex_lsp.assist.file_of_tests import edits_of, named_tests
from codex_lsp.assist.function import PythonFunction, function_at, parsed
from codex_lsp.assist.imported_classes import known_classes
from codex_lsp.assist.input_kinds import guessed_kinds, rows_to_try, working
from codex_lsp.assist.kept_test import KeptTest
from codex_lsp.assist.kind import SCRIPTS
from codex_lsp.assist.literal_calls import calls_in, calls_in_project
from codex_lsp.assist.model_cases import model_cases
from codex_lsp.assist.module_names import is_closed
from codex_lsp.assist.mutants import mutants_of
from codex_lsp.assist.mutants_killed import with_kills
from codex_lsp.assist.parameter_kind import Kind
from codex_lsp.assist.project import project_of
from codex_lsp.assist.pruning import smallest_cover
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult
from codex_lsp.assist.seen_cases import AROUND, is_at_home, is_own, raised_deliberately, returns_nothing, seen_cases
from codex_lsp.assist.study_request import check_studied, study_request
from codex_lsp.assist.subject import subject_of
from codex_lsp.assist.tested_function import TestedFunction
from codex_lsp.assist.tests_not_run import tests_not_run
from codex_lsp.assist.tests_report import Found, nothing_found, nothing_to_add, result_of
from codex_lsp.assist.tests_run import passing_twice
from codex_lsp.assist.workbench import Workbench
from codex_lsp.assist.writable import check_writable
from codex_lsp.errors import AssistRefused, SandboxUnavailable
from codex_lsp.execution.cancellable import in_sandbox
from codex_lsp.execution.function_study import STUDY_LIMITS, StudyRequest, study_function
from codex_lsp.execution.sandbox import Sandbox

_MOST_CASES = 96
_MOST_MUTANTS = 60
_MOST_AROUND = 4
"""Tests for the sake of what the function calls in its module."""
_CALL_TIMEOUT_S = 0.3


async def generate_tests(request: AssistRequest, bench: Workbench) -> AssistResult:
    """Tests of the function under the cursor: kept where they hold, an author's example that does not is reported.

    Raises:
        AssistRefused: There is no function, or it cannot be tested here; one line says why and what helps.
        SandboxUnavailable: A sandbox that was there could not be started.
    """
    if request.document.language in SCRIPTS:
        from codex_lsp.assist.script_tests import generate_script_tests  # noqa: PLC0415 - grammars, for these alone

        return await generate_script_tests(request, bench)
    function = function_at(request.document.text, request.offset)
    if body_slot(request.document.text, function).is_stub:
        raise AssistRefused(
            f"`{function.name}` has no body yet, and tests would pin that; solve it first, or write one"
        )
    tested = await asyncio.to_thread(_tested, request, bench, function)
    tree = parsed(tested.text)
    examples = tuple(
        case for case in author_cases(tested.subject) if is_closed(case.call, tree, tested.subject.imports)
    )
    if not request.trusted:
        return _not_run(tested, examples, "nothing is run in a workspace that is not trusted")
    try:
        sandbox = await asyncio.to_thread(bench.find_sandbox)
    except SandboxUnavailable as error:
        if not await bench.may_run_unsandboxed():
            return _not_run(tested, examples, str(error))
        return await _without_sandbox(tested, examples, bench)
    cases = await _all_cases(tested, examples, sandbox, bench, request.seed)
    return await _found_by_running(tested, cases, sandbox, bench, confined=True)


def _not_run(tested: TestedFunction, examples: Sequence[Case], why: str) -> AssistResult:
    """The examples whose calls are not in the test file."""
    there = _there(tested)
    fresh = [case for case in examples if case.call not in there]
    if len(fresh) < len(examples) and not any(case.is_expectation for case in fresh):
        return nothing_to_add(tested.function, tested.project.test_file, ran=False)
    return tests_not_run(tested, fresh, why)


def _tested(request: AssistRequest, bench: Workbench, function: PythonFunction) -> TestedFunction:
    project = project_of(request, bench)
    if not project.importable:
        raise AssistRefused(f"no test can import {project.path.name} by that name; give it one that is an identifier")
    taken = function.qualname.partition(".")[0]
    if taken.startswith(("test", "Test")):
        raise AssistRefused(f"pytest takes `{taken}` for a test itself, wherever it is imported; give it another name")
    if request.trusted and not project.has_pytest:
        raise AssistRefused(
            f"pytest is not installed for {project.interpreter}; run: {project.interpreter} -m pip install pytest"
        )
    check_writable(project.test_file, project.root)
    tests = bench.read(project.test_file)
    if tests is None and project.test_file_exists:
        raise AssistRefused(f"{project.test_file} cannot be read; make it a readable text file")
    text = request.document.text
    known = known_classes(parsed(text), project, bench.read) if request.trusted else None
    subject = subject_of(function, text, known, written=tests.text if tests is not None else "")
    return TestedFunction(subject=subject, project=project, text=text, tests=tests)


async def _all_cases(
    tested: TestedFunction, examples: Sequence[Case], sandbox: Sandbox, bench: Workbench, seed: int
) -> tuple[Case, ...]:
    """The calls that are made, the author's first."""
    bench.tell("thinking of inputs", 5)
    name, project = tested.function.name, tested.project
    found = {case.call: case for case in examples}
    calls = await asyncio.to_thread(calls_in_project, project.root, project.path, name, bench)
    tree, imports = parsed(tested.text), tested.subject.imports
    for call in (*_there(tested), *_shaped(calls, tested)):
        if is_closed(call, tree, imports):
            found.setdefault(call, Case(call=call, origin=Origin.CALLER))
    with suppress(TimeoutError):
        async with asyncio.timeout(bench.settings.assist.timeout_s / 2):
            for case in await model_cases(tested.subject, bench, seed):
                if is_closed(case.call, tree, imports):
                    found.setdefault(case.call, case)
    known = tuple(found.values())
    kinds = await _kinds(tested, known, sandbox, bench)
    derived = await asyncio.to_thread(derived_cases, tested.subject, known, seed, kinds)
    cases = (*known, *derived)[:_MOST_CASES]
    if returns_nothing(tested.function):
        return with_effects(cases, name, [each.name for each in tested.subject.given])
    return cases


async def _kinds(
    tested: TestedFunction, known: Sequence[Case], sandbox: Sandbox, bench: Workbench
) -> tuple[tuple[Kind, ...], ...]:
    """What the parameters take together, tried where reading does not tell; none for the guess."""
    subject = tested.subject
    guess = guessed_kinds(subject, known)
    rows = rows_to_try(subject, known, guess)
    if not rows:
        return ()
    bench.tell("trying kinds of input", 15)
    calls = tuple(trial_call(subject, row) for row in rows)
    study = await in_sandbox(
        sandbox, partial(study_function, request=replace(_study(tested, calls, bench), coverage=False))
    )
    deliberate = raised_deliberately(subject.function, parsed(tested.text))
    tried = [(row, is_at_home(each, deliberate)) for row, each in zip(rows, study.observations, strict=False)]
    return working(tried, guess)


async def _without_sandbox(tested: TestedFunction, examples: Sequence[Case], bench: Workbench) -> AssistResult:
    """The person lets their own code run: with inputs that somebody wrote down, and unchanged."""
    from codex_lsp.execution.unconfined import Unconfined  # noqa: PLC0415 - where there is no sandbox alone

    known = {case.call for case in examples}
    callers = tuple(Case(call=call, origin=Origin.CALLER) for call in _there(tested) if call not in known)
    return await _found_by_running(tested, (*examples, *callers), Unconfined(), bench, confined=False)


async def _found_by_running(
    tested: TestedFunction, cases: tuple[Case, ...], sandbox: Sandbox, bench: Workbench, *, confined: bool
) -> AssistResult:
    bench.tell(f"running {len(cases)} calls", 20)
    calls = tuple(case.observed for case in cases)
    study = await in_sandbox(sandbox, partial(study_function, request=_study(tested, calls, bench)))
    check_studied(study, tested.project, tested.function)
    seen = seen_cases(cases, study, tested.function, parsed(tested.text))
    mutants = await asyncio.to_thread(mutants_of, tested.text, tested.function, _MOST_MUTANTS) if confined else ()
    bench.tell(f"running {len(mutants)} {'mutant' if len(mutants) == 1 else 'mutants'}", 50)
    tests, mutants = await with_kills(seen.tests, _study(tested, (), bench), mutants, sandbox)
    had = _had(tests, tested)
    chosen = _chosen(tests, tested, had)
    if not chosen and not seen.bugs:
        if tests:
            return nothing_to_add(tested.function, tested.project.test_file)
        return nothing_found(tested.function, seen)
    bench.tell(f"running {len(chosen)} {'test' if len(chosen) == 1 else 'tests'} twice", 80)
    written = named_tests(chosen, tested.target)
    kept, failed = await in_sandbox(sandbox, partial(passing_twice, tests=written, tested=tested, in_place=confined))
    study = replace(study, branches=frozenset(arc for arc in study.branches if is_own(arc, tested.function)))
    found = Found(function=tested.function, seen=seen, study=study, mutants=mutants, kept=kept, failed=failed, had=had)
    return result_of(found, (tested.edit(edits_of(kept, tested.target), len(kept)),) if kept else ())


def _study(tested: TestedFunction, calls: tuple[str, ...], bench: Workbench) -> StudyRequest:
    return replace(
        study_request(tested.project, tested.function, calls),
        setup="\n".join(map(_tried, tested.subject.imports.values())),
        coverage=True,
        limits=replace(STUDY_LIMITS, wall_s=bench.settings.assist.timeout_s / 2),
        call_timeout_s=_CALL_TIMEOUT_S,
    )


def _tried(line: str) -> str:
    """An import that must not keep calls from running that do not need it."""
    return f"try:\n    {line}\nexcept ImportError:\n    pass"


def _had(tests: Sequence[KeptTest], tested: TestedFunction) -> frozenset[object]:
    """What calls that stand in the test file reach."""
    there = _there(tested)
    return frozenset[object]().union(*(test.reached for test in tests if test.case.call in there))


def _there(tested: TestedFunction) -> tuple[str, ...]:
    """The calls that stand in the test file."""
    if tested.tests is None:
        return ()
    return _shaped(calls_in(tested.tests.text, tested.function.name, tested.project.path.stem), tested)


def _shaped(calls: Sequence[str], tested: TestedFunction) -> tuple[str, ...]:
    """Calls of the bare name as they are made here; a method's bare name is another function's."""
    function, shape = tested.function, tested.subject.shape
    return () if function.is_method else tuple(plain(shape.of_bare(call, function.name)) for call in calls)


def _chosen(tests: Sequence[KeptTest], tested: TestedFunction, had: frozenset[object]) -> tuple[KeptTest, ...]:
    """The smallest set that reaches what all reach, beside what the test file reaches already."""
    there = _there(tested)
    fresh = sorted((test for test in tests if test.case.call not in there), key=_preference)
    examples = sum(test.is_expectation for test in fresh)  # they come first
    chosen = smallest_cover([_own(test) for test in fresh], had, first=examples)
    # What the function calls in its module is looked at too: one that hands all on has hardly a branch of its own.
    there_by = had.union(*(fresh[at].reached for at in chosen))
    further = smallest_cover([test.reached - _own(test) for test in fresh], there_by)
    most = sorted(further, key=lambda at: -len(fresh[at].reached - there_by))[:_MOST_AROUND]
    taken = sorted({*chosen, *most}) or [*range(min(1, len(fresh)) if not there else 0)]
    if len(taken) == 1 and not there:
        # One call may kill all mutants there are; that it comes to something else with others is worth a second.
        only = _outcome(fresh[taken[0]])
        taken += next(([at] for at, test in enumerate(fresh) if _outcome(test) != only), [])
    return tuple(fresh[at] for at in sorted(taken))


def _outcome(test: KeptTest) -> tuple[str | None, str | None]:
    return test.value, test.exception


def _own(test: KeptTest) -> frozenset[Hashable]:
    return frozenset(each for each in test.reached if not (isinstance(each, tuple) and each[0] == AROUND))


def _preference(test: KeptTest) -> tuple[bool, int, bool, int, int]:
    """What somebody wrote down comes first, then what shows more of the module, and what is short to read."""
    written = list(Origin).index(test.case.origin)
    around = len(test.reached) - len(_own(test))
    return not test.is_expectation, min(written, 1), test.exception is not None, -around, len(test.case.call)
