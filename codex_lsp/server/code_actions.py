"""What is offered at a place, as code actions: `textDocument/codeAction` and `codeAction/resolve`."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from codex_lsp.assist.kind import PYTHON, AssistKind
from codex_lsp.assist.offers import Offer, offers_at
from codex_lsp.assist.request import Problem
from codex_lsp.context.document import Document, Position
from codex_lsp.errors import AssistRefused
from codex_lsp.server.assist_call import AssistCall, ProblemCall, call_of
from codex_lsp.server.assists import ASSIST, problem_in
from codex_lsp.server.conversion import position_of, range_of
from codex_lsp.server.language_server import CodexLanguageServer

KINDS: Mapping[AssistKind, str] = {
    AssistKind.TESTS: "source.generateTests.codex-lsp",
    AssistKind.EXPLAIN: "source.explain.codex-lsp",
    AssistKind.FIX: types.CodeActionKind.QuickFix.value,
    AssistKind.SOLVE: types.CodeActionKind.RefactorRewrite.value,
    AssistKind.DOCSTRING: types.CodeActionKind.RefactorRewrite.value,
    AssistKind.OPTIMISE: types.CodeActionKind.RefactorRewrite.value,
    AssistKind.TRANSLATE: types.CodeActionKind.RefactorRewrite.value,
}
"""What editors sort actions by."""
OPTIONS = types.CodeActionOptions(code_action_kinds=sorted(set(KINDS.values())), resolve_provider=True)


async def code_action(
    ls: CodexLanguageServer, params: types.CodeActionParams
) -> list[types.CodeAction | types.Command]:
    """`textDocument/codeAction`: what can be done here; nothing is run before one is chosen."""
    try:
        document = ls.assisted_document(params.text_document.uri)
    except AssistRefused:
        return []
    context = params.context
    is_automatic = context.trigger_kind is types.CodeActionTriggerKind.Automatic
    if is_automatic and (context.only or document.language in ls.settings.current.disabled_languages):
        # Actions of a kind that an editor asks for by itself, it also applies by itself: when it saves.
        return []
    start, end = (document.offset_at(position_of(at), ls.encoding) for at in (params.range.start, params.range.end))
    told = [diagnostic for diagnostic in context.diagnostics if diagnostic.message.strip()]
    problems = {_problem(diagnostic, document, ls): diagnostic for diagnostic in told}
    offers = offers_at(
        document,
        min(start, end),
        max(start, end),
        capabilities=ls.session.assist_capabilities,
        trusted=ls.is_trusted,
        problems=tuple(problems),
        outline=await ls.outlines.outline_of(document) if document.language == PYTHON else None,
    )
    wanted = [offer for offer in offers if _is_wanted(KINDS[offer.kind], context.only) and _is_takeable(offer, ls)]
    if is_automatic:
        # A light at every line tells nothing: by itself it is at headers, at what is selected and at problems.
        wanted = [offer for offer in wanted if offer.on_header or start != end or offer.problem is not None]
    # Most are of the same place, which is looked for once: in a long file that is most of the work.
    places = {offset: document.position_at(offset, ls.encoding) for offset in {offer.offset for offer in wanted}}
    return [_action(offer, places[offer.offset], document, ls, problems) for offer in wanted]


async def resolve(ls: CodexLanguageServer, action: types.CodeAction) -> types.CodeAction:
    """`codeAction/resolve`: an action that has its command has all it needs, else its edit is made now.

    Editors resolve to show a preview, too, so that what takes long is left to the command wherever one can be run.
    """
    if action.command is not None or action.edit is not None:
        return action
    try:
        call = call_of([action.data])
    except ValueError as error:
        raise JsonRpcInvalidParams(f"an action of another server: {error}") from error
    return attrs.evolve(action, edit=await ls.assists.resolved(call))


async def assist(
    ls: CodexLanguageServer, *arguments: object, work_done_token: int | str | None = None
) -> dict[str, Any] | None:
    """`codex-lsp.assist`: do what an action offered."""
    try:
        call = call_of(arguments)
    except ValueError as error:
        raise JsonRpcInvalidParams(f"{ASSIST}: {error}") from error
    return await ls.assists.perform(call, token=work_done_token)


def _is_wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a kind is one of those asked for, or inside one of them."""
    names = [str(each.value if isinstance(each, types.CodeActionKind) else each) for each in only or ("",)]
    return any(not name or kind == name or kind.startswith(f"{name}.") for name in names)


def _is_takeable(offer: Offer, ls: CodexLanguageServer) -> bool:
    abilities = ls.abilities
    if abilities.applies_edits or offer.kind is AssistKind.EXPLAIN:
        return True
    # As an answer alone, an edit can do what the client's edits can: a translation is always a new file.
    by_answer = abilities.takes_actions and abilities.resolves_edits
    return by_answer and (abilities.creates_files or offer.kind is not AssistKind.TRANSLATE)


def _action(
    offer: Offer,
    place: Position,
    document: Document,
    ls: CodexLanguageServer,
    problems: Mapping[Problem, types.Diagnostic],
) -> types.CodeAction | types.Command:
    diagnostic = None if offer.problem is None else problems[offer.problem]
    call = AssistCall(
        kind=offer.kind,
        uri=document.uri,
        position=place,
        version=document.version,
        target_language=offer.target_language,
        problem=None if diagnostic is None else _told(diagnostic),
    ).written()
    command = types.Command(title=offer.title, command=ASSIST, arguments=[call])
    if not ls.abilities.takes_actions:
        return command
    has_command = ls.abilities.applies_edits or offer.kind is AssistKind.EXPLAIN
    return types.CodeAction(
        title=offer.title,
        kind=KINDS[offer.kind],
        diagnostics=None if diagnostic is None else [diagnostic],
        command=command if has_command else None,
        data=None if has_command else call,
        tags=[types.CodeActionTag.LlmGenerated] if ls.abilities.marks_generated else None,
    )


def _told(diagnostic: types.Diagnostic) -> ProblemCall:
    code = diagnostic.code
    return ProblemCall(
        message=diagnostic.message,
        range=range_of(diagnostic.range),
        source=diagnostic.source or "",
        code="" if code is None else str(code),
    )


def _problem(diagnostic: types.Diagnostic, document: Document, ls: CodexLanguageServer) -> Problem:
    return problem_in(document, _told(diagnostic), ls.encoding)
