"""Complete until it passes: what is suggested at a cursor, held against its function's examples and tests."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace

from codex_lsp.assist.agreement import ClustersAsked, clustered
from codex_lsp.assist.candidates import sample_candidates
from codex_lsp.assist.clusters import Cluster
from codex_lsp.assist.function import PythonFunction, function_at
from codex_lsp.assist.oracle import oracle_of
from codex_lsp.assist.project import project_of
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import NOT_RUN, UNCHECKED
from codex_lsp.assist.trials import Rules, ranked, tell_counts, tried
from codex_lsp.assist.workbench import Workbench
from codex_lsp.completion.filters import filtered
from codex_lsp.completion.request import Completion
from codex_lsp.context.cursor import with_plain_newlines
from codex_lsp.errors import AssistRefused, SandboxUnavailable
from codex_lsp.execution.verdict import Outcome
from codex_lsp.types import Candidate, CursorContext, Priority

TEMPERATURE = 0.8
"""Of candidates beyond the first few: the paper's for many samples, of which one is enough (section 3.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A candidate, and what running it came to.

    Attributes:
        candidate: As it would be shown.
        outcome: A value of `execution.verdict.Outcome`, `NOT_RUN` or `UNCHECKED`.
        detail: One line; empty where there is nothing to say.
    """

    candidate: Candidate
    outcome: str
    detail: str = ""


async def verified(
    completion: Completion, context: CursorContext, request: AssistRequest, bench: Workbench
) -> tuple[Verified, ...]:
    """The candidates of a completion, and more of them until one passes, passing before failing.

    Where nothing tells right from wrong, they are gathered by what they do, and the largest group comes first. Where
    nothing may or can be run, they stay as they are and are marked so.

    Args:
        completion: What was suggested.
        context: The cursor.
        request: At the same place.
        bench: To work with.

    Raises:
        ModelError: The model failed.
    """
    plain = with_plain_newlines(context)

    def filled(candidate: Candidate) -> str:
        return plain.prefix + candidate.insert + plain.suffix

    try:
        if not request.trusted:
            raise AssistRefused("the file is not trusted")
        texts = (request.document.text, f"{plain.prefix}_{plain.suffix}", *map(filled, completion.candidates))
        function, text = _function(texts, len(plain.prefix))
        project = await asyncio.to_thread(project_of, request, bench)
        asked = ClustersAsked(function=function, text=text, project=project, program_of=filled)
        return await _held(_more(completion, plain, bench), asked, request, bench)
    except (AssistRefused, SandboxUnavailable) as reason:
        return tuple(Verified(candidate=each, outcome=NOT_RUN, detail=str(reason)) for each in completion.candidates)


async def _held(
    candidates: AsyncGenerator[Candidate, None], asked: ClustersAsked, request: AssistRequest, bench: Workbench
) -> tuple[Verified, ...]:
    async with aclosing(candidates), oracle_of(request, bench, asked.function, asked.project) as oracle:
        if oracle is None:
            clusters = await clustered(candidates, asked, bench)
            return tuple(_of_cluster(cluster, each) for cluster in clusters for each in cluster.members)
        rules = Rules(first_pass=True, timeout_s=bench.settings.assist.timeout_s, tell=tell_counts(bench))
        trials = await tried(candidates, lambda candidate: oracle.judge(asked.program_of(candidate)), rules)
    return tuple(
        Verified(candidate=each.candidate, outcome=each.verdict.outcome, detail=each.verdict.detail)
        for each in ranked(trials)
    )


def _function(texts: Iterable[str], offset: int) -> tuple[PythonFunction, str]:
    """The function at the cursor and the text it is in: the first of some that makes one.

    Raises:
        AssistRefused: There is none in any of them.
    """
    refused = AssistRefused("there is nothing to run")
    for text in texts:
        try:
            return function_at(text, offset), text
        except AssistRefused as reason:
            refused = reason
    raise refused


async def _more(completion: Completion, context: CursorContext, bench: Workbench) -> AsyncGenerator[Candidate, None]:
    """What was suggested, then distinct candidates of the same prompt, up to the budget."""
    seen: set[str] = set()
    for number, candidate in enumerate(completion.candidates):
        seen.add(candidate.insert)
        yield replace(candidate, index=number)
    first = len(completion.candidates)
    rows = bench.settings.assist.budget - first
    if completion.prompt is None or completion.params is None or bench.model is None or rows < 1:
        return
    params = replace(
        completion.params,
        n=rows,
        greedy_first=False,
        temperature=TEMPERATURE,
        seed=completion.params.seed + 1,
        priority=Priority.BACKGROUND,
    )
    async with aclosing(sample_candidates(bench.model, completion.prompt, params)) as sampled:
        async for candidate in sampled:
            shown = filtered(candidate, context, bench.settings.completion)
            if shown is not None and shown.insert not in seen:
                seen.add(shown.insert)
                yield replace(shown, index=first + candidate.index)


def _of_cluster(cluster: Cluster, candidate: Candidate) -> Verified:
    outcome = UNCHECKED if cluster.returns else Outcome.ERROR
    return Verified(candidate=candidate, outcome=outcome, detail=cluster.said)
