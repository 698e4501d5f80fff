"""A body as it is offered: the verdict a person reads beside it, and the edit that puts it in."""

import asyncio

from codex_lsp.assist.body_slot import BodySlot
from codex_lsp.assist.imports import known_modules
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistVerdict, FileEdit, TextEdit
from codex_lsp.assist.safety import Mark, marks_of
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


async def edit_of(request: AssistRequest, slot: BodySlot, body: str, *, label: str, description: str) -> FileEdit:
    """The edit that puts a body into the request's document; its description says what of the body is insecure."""
    edit = slot.edit(body)
    marks = await asyncio.to_thread(_marks, request, slot, edit)
    said = "".join(f". Look at line {mark.line}, {mark.kind}: {mark.message}" for mark in marks)
    return FileEdit(
        path=request.path,
        uri=request.document.uri,
        version=request.document.version,
        before=slot.text,
        edits=(edit,),
        label=label,
        description=description + said,
    )


def _marks(request: AssistRequest, slot: BodySlot, edit: TextEdit) -> tuple[Mark, ...]:
    installed = known_modules(request.path, request.root, trusted=request.trusted)
    return marks_of(slot.text[: edit.start], edit.text, slot.text[edit.end :], installed=installed)
