"""Optimise: a body that does the same, and is faster as measured; else nothing is offered.

The same means: on generated inputs, small ones and grown ones, it gives equal values and raises equal errors, in
processes of different hash seeds too, and it passes the function's examples and tests. Faster means: by 1.2 in the
median of pairs of measurements and by 1.05 in all but one, in processor time, both where it is called again and again
and where each call has a copy of the module to itself, so that nothing is won by remembering earlier calls. A candidate
that means harm could do the same on those inputs alone, or lie about its time: what is offered was proven against
mistakes.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from codex_lsp.assist.body_slot import BodySlot, body_slot
from codex_lsp.assist.clusters import Behaviour
from codex_lsp.assist.docstring_calls import Arguments
from codex_lsp.assist.function import PythonFunction, function_at
from codex_lsp.assist.grown_arguments import larger, longer
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.offered_body import edit_of, verdict_of
from codex_lsp.assist.oracle import Oracle, oracle_of
from codex_lsp.assist.program_behaviour import ProgramBehaviour, drawn_inputs, program_behaviour
from codex_lsp.assist.project import Project, project_of
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult
from codex_lsp.assist.trials import Rules, Trial, ranked, tell_counts, tried
from codex_lsp.assist.workbench import Workbench
from codex_lsp.assist.written_bodies import bodies_asked
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.cancellable import in_sandbox
from codex_lsp.execution.paired_timing import TimingRequest, time_pairs
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.verdict import Outcome, Verdict
from codex_lsp.types import Candidate

LEAST_SPEEDUP = 1.2
LEAST_LOW = 1.05
"""What all pairs but one must show: clear of the noise of a machine that others use too."""
_LEAST_INPUTS = 3
_ERROR = "error: "
_ENDED = frozenset({"error: timed out", "error: ended"})


async def optimise(request: AssistRequest, bench: Workbench) -> AssistResult:
    """Find a faster body for the function at the cursor.

    Raises:
        AssistRefused: There is no function with a body, it cannot be compared, or fails its tests, nothing may run, or
            there is no model.
        ModelError: The model failed.
        SandboxUnavailable: There is no sandbox here that holds: code from a model is not run.
    """
    text = request.document.text
    function = function_at(text, request.offset)
    slot, inputs = await asyncio.to_thread(_prepared, request, bench, function)
    project = await asyncio.to_thread(project_of, request, bench)
    sandbox = await asyncio.to_thread(bench.find_sandbox)
    async with (
        oracle_of(request, bench, function, project) as oracle,
        program_behaviour(function, project, sandbox) as behaviour,
    ):
        if oracle is not None and not (verdict := await oracle.judge(text)).passed:
            raise AssistRefused(f"`{function.name}` does not pass {oracle.what}: {verdict.detail}; fix it first")
        bench.tell(f"observing {function.name}", None)
        reference = await _reference(function, behaviour, text, inputs)
        contest = _Contest(
            function=function,
            project=project,
            slot=slot,
            oracle=oracle,
            behaviour=behaviour,
            reference=reference,
            sandbox=sandbox,
        )
        rules = Rules(first_pass=True, timeout_s=bench.settings.assist.timeout_s, tell=tell_counts(bench))
        fields = {"name": function.name, "source": slot.function_with(slot.body).rstrip("\n")}
        bodies = await bodies_asked(AssistKind.OPTIMISE, fields, slot, request, bench)
        trials = await tried(bodies, contest.judge, rules)
    return _result(request, function, slot, ranked(trials))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    """What the function as it is does, on inputs where it does the same each time."""

    inputs: tuple[Arguments, ...]
    behaviour: Behaviour

    @property
    def timed(self) -> tuple[Arguments, ...]:
        """Inputs on which it returns."""
        return tuple(
            arguments
            for arguments, said in zip(self.inputs, self.behaviour, strict=True)
            if not said.startswith(_ERROR)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contest:
    """One function, and what holds candidates against it."""

    function: PythonFunction
    project: Project
    slot: BodySlot
    oracle: Oracle | None
    behaviour: ProgramBehaviour
    reference: _Reference
    sandbox: Sandbox

    async def judge(self, candidate: Candidate) -> Verdict:
        after = self.slot.filled(candidate.insert)
        did = await self.behaviour.of(after, self.reference.inputs)
        if did != self.reference.behaviour:
            return Verdict(outcome=Outcome.FAILED, detail=_difference(self.function.name, self.reference, did))
        if self.oracle is not None and not (verdict := await self.oracle.judge(after)).passed:
            return verdict
        verdict = await self._timed(after)
        if verdict.passed and not all(await self.behaviour.steady(after, self.reference.inputs)):
            return Verdict(outcome=Outcome.FAILED, detail="does not do the same in every process")
        return verdict

    async def _timed(self, after: str) -> Verdict:
        project = self.project
        request = TimingRequest(
            interpreter=project.interpreter,
            path=project.path,
            module=project.module,
            name=self.function.name,
            sources=(self.slot.text, after),
            inputs=self.reference.timed,
            import_from=project.import_from,
            readable=project.readable,
            masked=project.masked,
        )
        speedup = await in_sandbox(self.sandbox, lambda sandbox: time_pairs(sandbox, request))
        if speedup is None:
            return Verdict(outcome=Outcome.ERROR, detail="does the same; its time could not be measured")
        if speedup.median < LEAST_SPEEDUP or speedup.low < LEAST_LOW:
            return Verdict(outcome=Outcome.FAILED, detail=f"does the same, {speedup.median:.2f} times as fast")
        return Verdict(outcome=Outcome.PASSED, detail=f"does the same, {speedup.median:.1f} times as fast")


def _prepared(
    request: AssistRequest, bench: Workbench, function: PythonFunction
) -> tuple[BodySlot, tuple[Arguments, ...]]:
    """The place of the body, and what the function is called with.

    Raises:
        AssistRefused: There is nothing to make faster, nothing may run, or there is no model.
    """
    name = function.name
    if not request.trusted:
        raise AssistRefused(f"making `{name}` faster runs code, and the workspace is not trusted; trust it first")
    if bench.model is None:
        raise AssistRefused(f"making `{name}` faster needs a model; set `model`, or `endpoint.url`")
    slot = body_slot(request.document.text, function)
    if slot.is_stub:
        raise AssistRefused(f"`{name}` has no body yet; solve it first")
    return slot, drawn_inputs(function)


async def _reference(
    function: PythonFunction, behaviour: ProgramBehaviour, text: str, inputs: Sequence[Arguments]
) -> _Reference:
    """What the function does on the inputs, and on grown ones where it answers them.

    Raises:
        AssistRefused: It returns nothing that could be compared, or something else each time.
    """
    answered: dict[str, tuple[Arguments, str]] = {}
    for group in (tuple(inputs), tuple(map(longer, inputs)), tuple(map(larger, inputs))):
        for arguments, said in zip(group, await behaviour.of(text, group), strict=True):
            if said not in _ENDED:
                answered.setdefault(repr(arguments), (arguments, said))
        if not answered:
            break
    steady = await behaviour.steady(text, [arguments for arguments, _ in answered.values()]) if answered else ()
    kept = [each for each, is_steady in zip(answered.values(), steady, strict=True) if is_steady]
    reference = _Reference(
        inputs=tuple(arguments for arguments, _ in kept),
        behaviour=tuple(said for _, said in kept),
    )
    if len(reference.timed) < _LEAST_INPUTS or set(reference.behaviour) == {"None"}:
        raise AssistRefused(
            f"`{function.name}` returns nothing on generated inputs that could be compared; "
            "add examples of calls to its docstring"
        )
    return reference


def _difference(name: str, reference: _Reference, did: Behaviour) -> str:
    for arguments, expected, said in zip(reference.inputs, reference.behaviour, did, strict=False):
        if expected != said:
            call = f"{name}({', '.join(map(repr, arguments))})"
            return f"{_short(call)} gives {_short(said)} and not {_short(expected)}"
    return "it does something else"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}\u2026"  # noqa: PLR2004 - of one line


def _result(request: AssistRequest, function: PythonFunction, slot: BodySlot, trials: list[Trial]) -> AssistResult:
    passing = sum(trial.verdict.passed for trial in trials)
    verdicts = tuple(verdict_of(trial, kept=place == 0 and passing > 0) for place, trial in enumerate(trials))
    figures = {"candidates": float(len(trials)), "passing": float(passing)}
    if not passing:
        message = (
            f"none of {len(trials)} candidates for `{function.name}` does the same in less time; it stays as it is"
        )
        return AssistResult(kind=AssistKind.OPTIMISE, message=message, verdicts=verdicts, figures=figures)
    best = trials[0]
    edit = edit_of(
        request, slot, best.candidate.insert, label=f"Make {function.name} faster", description=best.verdict.detail
    )
    return AssistResult(
        kind=AssistKind.OPTIMISE,
        message=f"`{function.name}`: {best.verdict.detail}",
        edits=(edit,),
        verdicts=verdicts,
        figures=figures,
    )
