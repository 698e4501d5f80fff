"""Where nothing tells right from wrong: candidates gathered by what they do on generated inputs, most agreed first."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from codex_lsp.assist.body_slot import BodySlot
from codex_lsp.assist.clusters import Behaviour, Cluster, clusters_of
from codex_lsp.assist.docstring_calls import Arguments
from codex_lsp.assist.drawn_arguments import drawn_arguments
from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.literal_examples import is_plain
from codex_lsp.assist.offered_body import edit_of
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import UNCHECKED, AssistResult, AssistVerdict
from codex_lsp.assist.trials import Rules, tell_counts, tried
from codex_lsp.assist.workbench import Workbench
from codex_lsp.assist.written_bodies import solutions
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.behaviour import behaviours
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.stoppable import StoppableSandbox
from codex_lsp.execution.verdict import Outcome, Verdict
from codex_lsp.types import Candidate

INPUTS = 20
_LIMITS = Limits(wall_s=3.0)


async def agreed(request: AssistRequest, bench: Workbench, function: PythonFunction, slot: BodySlot) -> AssistResult:
    """The likeliest body of those that most candidates agree with.

    Raises:
        AssistRefused: The function has a body, or cannot be called with generated inputs by itself.
        ModelError: The model failed.
        SandboxUnavailable: There is no sandbox here that holds.
    """
    name = function.name
    if not slot.is_stub:
        raise AssistRefused(f"`{name}` has a body, and neither examples nor tests to hold another one against; add one")
    asked = ClustersAsked(function=function, program_of=lambda candidate: slot.filled(candidate.insert))
    clusters = await clustered(await solutions(request, bench, function, slot, distinct=False), asked, bench)
    return _result(request, function, slot, clusters)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClustersAsked:
    """Which function of which programs is called, to gather candidates by what it does.

    Attributes:
        function: Its parameters and examples say what it is called with.
        program_of: The module with a candidate in it.
    """

    function: PythonFunction
    program_of: Callable[[Candidate], str]


async def clustered(
    candidates: AsyncGenerator[Candidate, None], asked: ClustersAsked, bench: Workbench
) -> list[Cluster]:
    """Clusters of all candidates that come in time, largest first; the iteration is ended here, in any case.

    Raises:
        AssistRefused: The function cannot be called with generated inputs by itself.
        ModelError: The model failed.
        SandboxUnavailable: There is no sandbox here that holds.
    """
    name, inputs = asked.function.name, drawn_inputs(asked.function)
    did: dict[str, Behaviour] = {}
    async with aclosing(candidates):
        _check_callable(asked, inputs)
        sandbox = StoppableSandbox(await asyncio.to_thread(bench.find_sandbox))
        grader = SandboxedGrader(2, sandbox=sandbox)

        async def judge(candidate: Candidate) -> Verdict:
            # What was written twice counts twice, and is run once.
            if candidate.insert not in did:
                program = asked.program_of(candidate)
                did[candidate.insert] = await asyncio.to_thread(behaviours, grader, program, name, inputs, _LIMITS)
            return Verdict(outcome=Outcome.PASSED)

        try:
            rules = Rules(
                first_pass=False, timeout_s=bench.settings.assist.timeout_s, tell=tell_counts(bench, judged=False)
            )
            trials = await tried(candidates, judge, rules)
        finally:
            sandbox.stop()
            await asyncio.to_thread(grader.close)
    came = sorted((trial.candidate for trial in trials), key=lambda candidate: candidate.index)
    return clusters_of(came, {each.index: did[each.insert] for each in came})


def drawn_inputs(function: PythonFunction) -> tuple[Arguments, ...]:
    """Inputs for a function of a module, by its docstring's calls and its annotations; the same ones each time."""
    prompt = f"{function.signature}\n    {function.docstring or ''!r}\n"
    return drawn_arguments(prompt, function.name, INPUTS)


def _check_callable(asked: ClustersAsked, inputs: tuple[Arguments, ...]) -> None:
    function = asked.function
    if not inputs or not is_plain(function):
        raise AssistRefused(
            f"`{function.qualname}` has neither examples nor tests, and cannot be called with generated inputs by "
            "itself; add an example to its docstring, or a test"
        )


def _result(request: AssistRequest, function: PythonFunction, slot: BodySlot, clusters: list[Cluster]) -> AssistResult:
    name, count = function.name, sum(len(cluster.members) for cluster in clusters)
    figures = {"candidates": float(count), "clusters": float(len(clusters))}
    if not clusters or not clusters[0].returns:
        message = f"none of {count} candidates for `{name}` returns anything; add an example to its docstring"
        return AssistResult(kind=AssistKind.SOLVE, message=message, figures=figures)
    best = clusters[0]
    said = (
        f"{len(best.members)} of {count} candidates do the same on {len(best.behaviour)} generated inputs; "
        "no example and no test says that it is right"
    )
    verdicts = tuple(
        _verdict(cluster, body, candidate, kept=candidate is best.members[0])
        for cluster in clusters
        for body, candidate in reversed({each.insert: each for each in reversed(cluster.members)}.items())
    )
    return AssistResult(
        kind=AssistKind.SOLVE,
        message=f"`{name}`: {said}",
        edits=(edit_of(request, slot, best.members[0].insert, label=f"Fill in {name}, unproven", description=said),),
        verdicts=verdicts,
        figures=figures,
    )


def _verdict(cluster: Cluster, body: str, candidate: Candidate, *, kept: bool) -> AssistVerdict:
    return AssistVerdict(
        name=f"candidate {candidate.index + 1}",
        outcome=UNCHECKED if cluster.returns else Outcome.ERROR,
        detail=cluster.said,
        kept=kept,
        text=body,
        mean_logprob=mean_logprob(candidate),
    )
