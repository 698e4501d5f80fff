"""A body as it is offered: the verdict beside it, the edit that puts it in, and the report where none is offered."""

from collections.abc import Iterable

from codex_lsp.assist.body_slot import BodySlot
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistVerdict, FileEdit
from codex_lsp.assist.trials import Trial
from codex_lsp.completion.ranking import mean_logprob

SHOWN = 3
"""Bodies in a report."""


def verdict_of(trial: Trial, *, kept: bool) -> AssistVerdict:
    """What a person is told of one candidate."""
    return AssistVerdict(
        name=f"candidate {trial.candidate.index + 1}",
        outcome=trial.verdict.outcome,
        detail=trial.verdict.detail,
        kept=kept,
        text=trial.candidate.insert,
        mean_logprob=mean_logprob(trial.candidate),
    )


def edit_of(request: AssistRequest, slot: BodySlot, body: str, *, label: str, description: str) -> FileEdit:
    """The edit that puts a body into the request's document."""
    return FileEdit(
        path=request.path,
        uri=request.document.uri,
        version=request.document.version,
        before=slot.text,
        edits=(slot.edit(body),),
        label=label,
        description=description,
    )


def report_of(slot: BodySlot, title: str, why: str, bodies: Iterable[tuple[str, str]]) -> str:
    """What a person reads where no body is offered: the likeliest ones, each under what is wrong with it."""
    parts = [f"# {slot.name}: {title}\n\n{why}\n"]
    parts += [f"## {heading}\n\n```python\n{slot.function_with(body)}```\n" for heading, body in bodies]
    return "\n".join(parts)
