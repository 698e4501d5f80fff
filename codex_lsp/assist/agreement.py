"""Where nothing tells right from wrong: candidates gathered by what they do on generated inputs, most agreed first."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from codex_lsp.assist.body_slot import BodySlot
from codex_lsp.assist.capability import unproven_right
from codex_lsp.assist.clusters import Behaviour, Cluster, clusters_of
from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.offered_body import SHOWN, edit_of, report_of
from codex_lsp.assist.program_behaviour import inputs_of, program_behaviour
from codex_lsp.assist.project import Project, project_of
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import UNCHECKED, AssistResult, AssistVerdict
from codex_lsp.assist.trials import Rules, tell_counts, tried
from codex_lsp.assist.workbench import Workbench
from codex_lsp.assist.written_bodies import solutions
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.verdict import Outcome, Verdict
from codex_lsp.types import Candidate, Capabilities


async def agreed(request: AssistRequest, bench: Workbench, function: PythonFunction, slot: BodySlot) -> AssistResult:
    """The likeliest body of those that most candidates agree with.

    Raises:
        AssistRefused: The function has a body, or cannot be called with generated inputs.
        ModelError: The model failed.
        SandboxUnavailable: There is no sandbox here that holds.
    """
    name = function.name
    if not slot.is_stub:
        raise AssistRefused(f"`{name}` has a body, and neither examples nor tests to hold another one against; add one")
    # Refused before a model is loaded.
    await asyncio.to_thread(inputs_of, function, slot.text)
    asked = ClustersAsked(
        function=function,
        text=slot.text,
        project=await asyncio.to_thread(project_of, request, bench),
        program_of=lambda candidate: slot.filled(candidate.insert),
    )
    clusters = await clustered(await solutions(request, bench, function, slot, distinct=False), asked, bench)
    return _result(request, function, slot, clusters, _caution(await bench.capabilities()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClustersAsked:
    """Which function of which programs is called, to gather candidates by what it does.

    Attributes:
        function: Its parameters and examples say what it is called with.
        text: Of the module that it was found in.
        project: Of the module.
        program_of: The module with a candidate in it.
    """

    function: PythonFunction
    text: str
    project: Project
    program_of: Callable[[Candidate], str]


async def clustered(
    candidates: AsyncGenerator[Candidate, None], asked: ClustersAsked, bench: Workbench
) -> list[Cluster]:
    """Clusters of all candidates that come in time, largest first; the iteration is ended here, in any case.

    Raises:
        AssistRefused: The function cannot be called with generated inputs.
        ModelError: The model failed.
        SandboxUnavailable: There is no sandbox here that holds.
    """
    did: dict[str, Behaviour] = {}
    async with aclosing(candidates):
        inputs = await asyncio.to_thread(inputs_of, asked.function, asked.text)
        sandbox = await asyncio.to_thread(bench.find_sandbox)
        async with program_behaviour(asked.function, asked.project, sandbox) as behaviour:

            async def judge(candidate: Candidate) -> Verdict:
                # What was written twice counts twice, and is run once.
                if candidate.insert not in did:
                    did[candidate.insert] = await behaviour.of(asked.program_of(candidate), inputs)
                return Verdict(outcome=Outcome.PASSED)

            rules = Rules(
                first_pass=False,
                timeout_s=bench.settings.assist.timeout_s,
                tell=tell_counts(bench, judged=False),
            )
            trials = await tried(candidates, judge, rules)
    came = sorted((trial.candidate for trial in trials), key=lambda candidate: candidate.index)
    return clusters_of(came, {each.index: did[each.insert] for each in came})


def _caution(capabilities: Capabilities | None) -> str:
    """What somebody must know before they take such a body, with what was measured of the model."""
    said = "no example and no test says that it is right"
    measured = None if capabilities is None else unproven_right(capabilities.model)
    if capabilities is None or measured is None:
        return said
    right, count = measured
    proved = "was right" if right == 1 else "were right"
    return f"{said} (of {count} such bodies of `{capabilities.model}`, {right} {proved})"


def _result(
    request: AssistRequest, function: PythonFunction, slot: BodySlot, clusters: list[Cluster], caution: str
) -> AssistResult:
    name, count = function.name, sum(len(cluster.members) for cluster in clusters)
    figures = {"candidates": float(count), "clusters": float(len(clusters))}
    if not clusters or not clusters[0].returns:
        message = f"none of {count} candidates for `{name}` returns anything; add an example to its docstring"
        return AssistResult(kind=AssistKind.SOLVE, message=message, figures=figures)
    best = clusters[0]
    offered = best.members[0] if len(best.members) > 1 else None
    verdicts = tuple(
        _verdict(cluster, body, candidate, kept=candidate is offered)
        for cluster in clusters
        for body, candidate in reversed({each.insert: each for each in reversed(cluster.members)}.items())
    )
    inputs = f"{len(best.behaviour)} generated input{'s' * (len(best.behaviour) > 1)}"
    if offered is None:
        message = f"no two of {count} candidates for `{name}` do the same on {inputs}; add an example to its docstring"
        likeliest = ((each.said, each.members[0].insert) for each in clusters[:SHOWN])
        report = report_of(slot, "no two candidates do the same", f"Called with {inputs}. The likeliest:", likeliest)
        return AssistResult(kind=AssistKind.SOLVE, message=message, verdicts=verdicts, report=report, figures=figures)
    said = f"{caution}; {len(best.members)} of {count} candidates do the same on {inputs}"
    return AssistResult(
        kind=AssistKind.SOLVE,
        message=f"`{name}` filled in, unproven: {said}",
        edits=(
            edit_of(
                request, slot, offered.insert, label=f"Fill in {name}, unproven", description=said[0].upper() + said[1:]
            ),
        ),
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
