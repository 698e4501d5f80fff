"""A body as it is offered: the verdict a person reads beside it, and the edit that puts it in."""

from codex_lsp.assist.body_slot import BodySlot
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistVerdict, FileEdit
from codex_lsp.assist.trials import Trial
from codex_lsp.completion.ranking import mean_logprob


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
