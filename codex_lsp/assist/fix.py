"""Fix: a diagnostic, or a failing test of a function; first by repairs that need no model, then by bodies from one.

What is offered makes the problem go away, brings no other, and lets no test fail that passed before: of the function,
or of the whole module where the problem is in none. Repairs are made anywhere in a file, and without a model too.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from codex_lsp.assist.body_slot import BodySlot, body_slot
from codex_lsp.assist.disappearance import Disappearance, IsGone, disappearance_of, in_one_line
from codex_lsp.assist.function import PythonFunction, function_at
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.name_check import NameFault, NameProblem, meant_problem
from codex_lsp.assist.name_repairs import name_repairs
from codex_lsp.assist.offered_body import edit_of, verdict_of
from codex_lsp.assist.oracle import Oracle, oracle_of
from codex_lsp.assist.project import Project, project_of
from codex_lsp.assist.repair import Repair, small_changes
from codex_lsp.assist.request import AssistRequest, Problem
from codex_lsp.assist.result import NOT_RUN, AssistResult, AssistVerdict, FileEdit
from codex_lsp.assist.syntax_repairs import syntax_error, syntax_repairs
from codex_lsp.assist.trials import Rules, ranked, tell_counts, tried
from codex_lsp.assist.workbench import Workbench
from codex_lsp.assist.written_bodies import bodies_asked
from codex_lsp.errors import AssistRefused, SandboxUnavailable
from codex_lsp.execution.pytest_grading import PytestResult
from codex_lsp.execution.verdict import Outcome, Verdict
from codex_lsp.types import Candidate


async def fix(request: AssistRequest, bench: Workbench) -> AssistResult:
    """Mend the request's problem, or where it names none, what the function's tests complain of.

    Raises:
        AssistRefused: Nothing is wrong, it cannot be checked that it is gone, or no repair holds and there is no
            function, no model, or nothing that may run a model's code.
        ModelError: The model failed.
        SandboxUnavailable: There is no sandbox here that holds, and nothing could be mended without one.
    """
    error = await asyncio.to_thread(syntax_error, request.document.text)
    problem = request.problem
    if error is not None:
        line = error.lineno or 1
        said = f"line {line}: {error.msg}"
        problem = replace(problem, message=said) if problem else Problem(message=said, start=0, end=0)
    async with AsyncExitStack() as stack:
        fixing = await _begun(request, bench, problem, stack, parses=error is None)
        repaired = await fixing.repaired()
        return repaired or await fixing.rewritten()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fixing:
    """One problem, and everything that tells whether it is gone.

    Attributes:
        parses: Python's compiler takes the document as it is.
        project: None for a document that was never saved.
        gone: Of a diagnostic; None where the problem is a failing test.
        before: What the tests say now; None where there are none, or nothing runs.
        why_not_run: Why the tests are not run; empty where they are, or there are none.
    """

    request: AssistRequest
    bench: Workbench
    problem: Problem
    parses: bool
    project: Project | None
    gone: Disappearance | None
    function: PythonFunction | None
    oracle: Oracle | None
    before: PytestResult | None
    why_not_run: str

    @property
    def is_gone(self) -> IsGone | None:
        return None if self.gone is None else self.gone.is_gone

    async def repaired(self) -> AssistResult | None:
        """The first repair that holds; None where there is none."""
        text = self.request.document.text
        until = time.monotonic() + self.bench.settings.assist.timeout_s / 2
        repairs = self._repairs()
        # Finding one may walk the project or parse the module many times.
        while (repair := await asyncio.to_thread(next, repairs, None)) is not None:
            if time.monotonic() > until:
                break
            self.bench.tell(f"trying: {repair.label}", None)
            after = repair.made_in(text)
            if self.is_gone is not None and not await self.is_gone(after):
                continue
            verdict = await self._held(after)
            if verdict is None or verdict.passed:
                return self._repair_result(repair, verdict)
        return None

    async def rewritten(self) -> AssistResult:
        """The first body of the model's that holds, or that there is none."""
        function, bench, text = self.function, self.bench, self.request.document.text
        if not self.parses or function is None:
            raise AssistRefused(f"no obvious mend of `{in_one_line(self.problem.message)}` holds; mend it by hand")
        if bench.model is None:
            raise AssistRefused(
                f"no obvious mend of `{in_one_line(self.problem.message)}` holds, and there is no model; "
                "set `model`, or `endpoint.url`"
            )
        if not self.request.trusted or self.why_not_run:
            raise AssistRefused(f"no obvious mend holds, and code from a model is not run: {self.why_not_run}")
        slot = body_slot(text, function)
        rules = Rules(first_pass=True, timeout_s=bench.settings.assist.timeout_s, tell=tell_counts(bench))
        trials = ranked(await tried(await self._bodies(slot, function), lambda each: self._judged(each, slot), rules))
        passing = sum(trial.verdict.passed for trial in trials)
        verdicts = tuple(verdict_of(trial, kept=place == 0 and passing > 0) for place, trial in enumerate(trials))
        said = self._proof()
        if not passing:
            message = f"none of {len(trials)} candidates for `{function.name}` mends it; the file is left as it is"
            return AssistResult(kind=AssistKind.FIX, message=message, verdicts=verdicts)
        edit = edit_of(self.request, slot, trials[0].candidate.insert, label=f"Fix {function.name}", description=said)
        return AssistResult(kind=AssistKind.FIX, message=f"`{function.name}`: {said}", edits=(edit,), verdicts=verdicts)

    def _repairs(self) -> Iterator[Repair]:
        text = self.request.document.text
        if not self.parses:
            yield from syntax_repairs(text)
            return
        known = meant_problem(self.problem, text)
        if known is not None and not _is_handed_on(known, self.request):
            # In a workspace that is not trusted, no file of it is read.
            yield from name_repairs(text, known, self.problem, self.project if self.request.trusted else None)
        if self.gone is not None:
            yield from self.gone.mends
        elif known is None and self.function is not None:
            yield from small_changes(text, self.function)

    async def _judged(self, candidate: Candidate, slot: BodySlot) -> Verdict:
        after = slot.filled(candidate.insert)
        if self.is_gone is not None and not await self.is_gone(after):
            return Verdict(outcome=Outcome.FAILED, detail="the problem is still there, or another one came")
        unheld = Verdict(outcome=Outcome.PASSED, detail="the problem is gone; no example and no test says more")
        return await self._held(after) or unheld

    async def _held(self, after: str) -> Verdict | None:
        """What the tests say of a text: passed too where only those fail that failed before; None without tests."""
        if self.oracle is None or self.before is None:
            return None
        if self.is_gone is None or self.before.verdict.passed:
            return await self.oracle.judge(after)
        now = await self.oracle.run_tests(after, first_failure=False)
        if now.verdict.passed or (now.tests and _failing(now) <= _failing(self.before)):
            return Verdict(outcome=Outcome.PASSED, detail="" if now.verdict.passed else "fails where it failed before")
        return now.verdict

    async def _bodies(self, slot: BodySlot, function: PythonFunction) -> AsyncGenerator[Candidate, None]:
        fields = {
            "name": function.name,
            "problem": " ".join(self.problem.message.split()),
            "source": slot.function_with(slot.body).rstrip("\n"),
        }
        return await bodies_asked(AssistKind.FIX, fields, slot, self.request, self.bench)

    def _repair_result(self, repair: Repair, verdict: Verdict | None) -> AssistResult:
        request = self.request
        outcome = NOT_RUN if verdict is None else verdict.outcome
        detail = self._proof() if verdict is None or not verdict.detail else verdict.detail
        edit = FileEdit(
            path=request.path,
            uri=request.document.uri,
            version=request.document.version,
            before=request.document.text,
            edits=repair.edits,
            label=repair.label,
            description=self._proof(),
        )
        return AssistResult(
            kind=AssistKind.FIX,
            message=f"{repair.label}: {self._proof()}",
            edits=(edit,),
            verdicts=(AssistVerdict(name=repair.label, outcome=outcome, detail=detail, kept=True),),
        )

    def _proof(self) -> str:
        """What was checked of what is offered, in words."""
        parts = [] if self.is_gone is None else ["the problem is gone and no other came"]
        if not self.parses:
            parts.append("the file could not be run before, and was not run now")
        elif self.oracle is not None and self.before is not None:
            parts.append(f"held against {self.oracle.what}")
        elif self.why_not_run:
            parts.append(f"tests were not run: {self.why_not_run}")
        elif self.project is None:
            parts.append("nothing was run, as the document was never saved")
        else:
            parts.append("no example and no test says more")
        return "; ".join(parts)


async def _begun(
    request: AssistRequest, bench: Workbench, problem: Problem | None, stack: AsyncExitStack, *, parses: bool
) -> _Fixing:
    """Find what there is to check with, and what it says now.

    Raises:
        AssistRefused: Nothing is wrong, or nothing can tell.
        SandboxUnavailable: A failing test is to be fixed, and nothing can run it.
    """
    project = None if request.path is None and problem else await asyncio.to_thread(project_of, request, bench)
    gone = None if problem is None else await disappearance_of(problem, request, bench, project)
    function = await asyncio.to_thread(_function, request, must_be=problem is None)
    oracle, before, why_not = None, None, ""
    try:
        if project is not None and parses:
            oracle = await stack.enter_async_context(oracle_of(request, bench, function, project))
        before = None if oracle is None else await oracle.run_tests(request.document.text, first_failure=False)
    except (AssistRefused, SandboxUnavailable) as reason:
        if gone is None:
            raise
        why_not = str(reason)
    if problem is None:
        problem = _first_failure(function, oracle, before)
    return _Fixing(
        request=request,
        bench=bench,
        problem=problem,
        parses=parses,
        project=project,
        gone=gone,
        function=function,
        oracle=oracle,
        before=before,
        why_not_run=why_not,
    )


def _function(request: AssistRequest, *, must_be: bool) -> PythonFunction | None:
    """The one that the problem is in; None for one that stands elsewhere in the module.

    Raises:
        AssistRefused: There is none, and nothing else says what is wrong.
    """
    try:
        return function_at(request.document.text, request.offset)
    except AssistRefused:
        if must_be:
            raise
        return None


def _is_handed_on(known: NameProblem, request: AssistRequest) -> bool:
    """What a package imports and does not use, it most likely hands on."""
    is_package = request.path is not None and request.path.name == "__init__.py"
    return is_package and known.fault is NameFault.UNUSED_IMPORT


def _first_failure(function: PythonFunction | None, oracle: Oracle | None, before: PytestResult | None) -> Problem:
    name = "the function" if function is None else f"`{function.name}`"
    if oracle is None or before is None:
        raise AssistRefused(f"{name} has neither examples nor tests that fail; put the cursor on a problem, or add one")
    if before.verdict.passed:
        raise AssistRefused(f"{name} passes {oracle.what}; nothing is to be fixed")
    return Problem(message=before.verdict.detail, start=0, end=0, source="pytest")


def _failing(result: PytestResult) -> set[str]:
    return {test.name for test in result.tests if test.outcome in ("failed", "error")}
