"""Solve: bodies from the model until one passes the function's examples and tests, or the one that most agree on."""

import asyncio

from codex_lsp.assist.agreement import agreed
from codex_lsp.assist.body_slot import BodySlot, body_slot
from codex_lsp.assist.function import PythonFunction, function_at
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.offered_body import SHOWN, edit_of, report_of, verdict_of
from codex_lsp.assist.oracle import Oracle, oracle_of
from codex_lsp.assist.project import project_of
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult, AssistVerdict
from codex_lsp.assist.trials import Rules, Trial, ranked, tell_counts, tried
from codex_lsp.assist.workbench import Workbench
from codex_lsp.assist.written_bodies import solutions
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.verdict import Outcome


async def solve(request: AssistRequest, bench: Workbench) -> AssistResult:
    """Find a body for the function at the cursor; cancelling the task ends sampling and all that runs.

    Raises:
        AssistRefused: There is no function, nothing to solve, nothing may run, or no model.
        ModelError: The model failed.
        SandboxUnavailable: There is no sandbox here that holds: code from a model is not run.
    """
    text = request.document.text
    function = function_at(text, request.offset)
    if not request.trusted:
        raise AssistRefused(f"solving `{function.name}` runs code, and the workspace is not trusted; trust it first")
    if bench.model is None:
        raise AssistRefused(f"solving `{function.name}` needs a model; set `model`, or `endpoint.url`")
    slot = body_slot(text, function)
    project = await asyncio.to_thread(project_of, request, bench)
    async with oracle_of(request, bench, function, project) as oracle:
        if oracle is None:
            return await agreed(request, bench, function, slot)
        if not slot.is_stub:
            bench.tell("running the body that is there", 0)
            if (await oracle.judge(text)).passed:
                return _solved_already(function, oracle)
        trials = await tried(
            await solutions(request, bench, function, slot),
            lambda candidate: oracle.judge(slot.filled(candidate.insert)),
            Rules(first_pass=True, timeout_s=bench.settings.assist.timeout_s, tell=tell_counts(bench)),
        )
    return _result(request, function, slot, oracle, ranked(trials))


def _solved_already(function: PythonFunction, oracle: Oracle) -> AssistResult:
    return AssistResult(
        kind=AssistKind.SOLVE,
        message=f"`{function.name}` passes {oracle.what} already; nothing to solve",
        verdicts=(AssistVerdict(name="the body that is there", outcome=Outcome.PASSED, kept=True),),
    )


def _result(
    request: AssistRequest, function: PythonFunction, slot: BodySlot, oracle: Oracle, trials: list[Trial]
) -> AssistResult:
    name, passing = function.name, sum(trial.verdict.passed for trial in trials)
    figures = {"candidates": float(len(trials)), "passing": float(passing)}
    verdicts = tuple(verdict_of(trial, kept=place == 0 and passing > 0) for place, trial in enumerate(trials))
    if not trials:
        message = f"the model wrote no body for `{name}`; try another `model`, or say more in its docstring"
        return AssistResult(kind=AssistKind.SOLVE, message=message, figures=figures)
    if not passing:
        return AssistResult(
            kind=AssistKind.SOLVE,
            message=f"none of {len(trials)} candidates for `{name}` passes {oracle.what}; the file is left as it is",
            verdicts=verdicts,
            report=_report(oracle.what, slot, trials[:SHOWN]),
            figures=figures,
        )
    said = f"passes {oracle.what}; candidate {trials[0].candidate.index + 1}, {len(trials)} were run"
    edit = edit_of(
        request, slot, trials[0].candidate.insert, label=f"Solve {name}", description=said[0].upper() + said[1:]
    )
    return AssistResult(
        kind=AssistKind.SOLVE, message=f"`{name}` {said}", edits=(edit,), verdicts=verdicts, figures=figures
    )


def _report(what: str, slot: BodySlot, best: list[Trial]) -> str:
    why = f"Held against {what}. The likeliest ones, and what is wrong with each:"
    bodies = [
        (f"{each.verdict.outcome}: {each.verdict.detail or 'nothing was said'}", each.candidate.insert) for each in best
    ]
    return report_of(slot, "no candidate passes", why, bodies)
