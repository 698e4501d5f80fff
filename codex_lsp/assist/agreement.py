"""Where nothing tells right from wrong: candidates gathered by what they do on generated inputs, most agreed first."""

import asyncio

from codex_lsp.assist.body_slot import BodySlot
from codex_lsp.assist.clusters import Behaviour, Cluster, clusters_of
from codex_lsp.assist.docstring_calls import Arguments
from codex_lsp.assist.drawn_arguments import drawn_arguments
from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.literal_examples import stands_alone
from codex_lsp.assist.offered_body import edit_of
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import UNCHECKED, AssistResult, AssistVerdict
from codex_lsp.assist.trials import Rules, Trial, tried
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
        AssistRefused: The function has a body, or cannot be called with generated inputs.
        ModelError: The model failed.
        SandboxUnavailable: There is no sandbox here that holds.
    """
    name = function.name
    inputs = drawn_inputs(function)
    if not slot.is_stub:
        raise AssistRefused(f"`{name}` has a body, and neither examples nor tests to hold another one against; add one")
    if not inputs or not stands_alone(request.document.text, function):
        raise AssistRefused(
            f"`{name}` has neither examples nor tests, and cannot be called with generated inputs by itself; "
            "add an example to its docstring, or a test"
        )
    did: dict[str, Behaviour] = {}
    sandbox = StoppableSandbox(await asyncio.to_thread(bench.find_sandbox))
    grader = SandboxedGrader(2, sandbox=sandbox)

    async def judge(candidate: Candidate) -> Verdict:
        body = candidate.insert
        # What was written twice counts twice, and is run once.
        if body not in did:
            did[body] = await asyncio.to_thread(behaviours, grader, slot.filled(body), name, inputs, _LIMITS)
        return Verdict(outcome=Outcome.PASSED)

    try:
        trials = await tried(
            await solutions(request, bench, function, slot, distinct=False),
            judge,
            Rules(first_pass=False, timeout_s=bench.settings.assist.timeout_s, tell=lambda now: _tell(bench, now)),
        )
    finally:
        sandbox.stop()
        await asyncio.to_thread(grader.close)
    candidates = sorted((trial.candidate for trial in trials), key=lambda candidate: candidate.index)
    return _result(
        request,
        function,
        slot,
        clusters_of(candidates, {each.index: did[each.insert] for each in candidates}),
        len(inputs),
    )


def drawn_inputs(function: PythonFunction) -> tuple[Arguments, ...]:
    """Inputs for a function of a module, by its docstring's calls and its annotations; the same ones each time."""
    prompt = f"{function.signature}\n    {function.docstring or ''!r}\n"
    return drawn_arguments(prompt, function.name, INPUTS)


def _tell(bench: Workbench, trials: list[Trial]) -> None:
    budget = bench.settings.assist.budget
    newest = max(trial.candidate.index for trial in trials) + 1
    bench.tell(f"{newest} of {budget} candidates", 100 * newest // budget)


def _result(
    request: AssistRequest, function: PythonFunction, slot: BodySlot, clusters: list[Cluster], inputs: int
) -> AssistResult:
    name, count = function.name, sum(len(cluster.members) for cluster in clusters)
    figures = {"candidates": float(count), "clusters": float(len(clusters))}
    if not clusters or not clusters[0].returns:
        message = f"none of {count} candidates for `{name}` returns anything; add an example to its docstring"
        return AssistResult(kind=AssistKind.SOLVE, message=message, figures=figures)
    best = clusters[0]
    said = (
        f"{len(best.members)} of {count} candidates do the same on {inputs} generated inputs; "
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
    alike = len(cluster.members)
    return AssistVerdict(
        name=f"candidate {candidate.index + 1}",
        outcome=UNCHECKED if cluster.returns else Outcome.ERROR,
        detail=f"one of {alike} that do the same" if alike > 1 else "no other does the same",
        kept=kept,
        text=body,
        mean_logprob=mean_logprob(candidate),
    )
