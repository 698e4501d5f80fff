"""The two methods that answer with suggestions: ghost text and completion items."""

import asyncio
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from codex_lsp.completion.pipeline import Completion, CompletionRequest, Superseded
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.errors import CodexLspError
from codex_lsp.server import conversion
from codex_lsp.server.language_server import CodexLanguageServer
from codex_lsp.server.marks import warnings_text
from codex_lsp.server.place import Place, place_after_selection, place_at, place_of_word
from codex_lsp.types import Trigger

PARTLY_ACCEPTED = "textDocument/didPartiallyAcceptCompletion"
"""A notification beside the protocol, in the shape that other servers of completions have given it."""


async def inline_completion(
    ls: CodexLanguageServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    """`textDocument/inlineCompletion`: ghost text; no items take away what is shown."""
    asked_s = asyncio.get_running_loop().time()
    place = _inline_place(ls, params)
    if place is None:
        return types.InlineCompletionList(items=[])
    trigger = conversion.inline_trigger(params.context.trigger_kind)
    answer = await _completion(ls, place, trigger, types.TEXT_DOCUMENT_INLINE_COMPLETION)
    ids = ls.next_ids(len(answer.candidates))
    ls.feedback.answered(place, answer, ids, asked_s=asked_s)
    ls.marks.answered(place, [candidate.insert for candidate in answer.candidates], ids)
    return conversion.inline_list(answer.candidates, place, ids)


async def completion(ls: CodexLanguageServer, params: types.CompletionParams) -> types.CompletionList:
    """`textDocument/completion`: the same candidates as entries of a menu."""
    asked_s = asyncio.get_running_loop().time()
    document = ls.completed_document(params.text_document.uri) if ls.shows_menu else None
    # Editors say that a person has invoked the menu while they only type, so this never yields here.
    if document is None or document.language in ls.settings.current.disabled_languages:
        return types.CompletionList(is_incomplete=True, items=[])
    position = conversion.position_of(params.position)
    place = place_of_word(document, position, ls.encoding, path=ls.open_folders.path_of(document.uri))
    trigger = conversion.menu_trigger(params.context)
    answer = await _completion(ls, place, trigger, types.TEXT_DOCUMENT_COMPLETION)
    ids = ls.next_ids(len(answer.candidates))
    ls.feedback.answered(place, answer, ids, asked_s=asked_s)
    ls.marks.answered(place, [candidate.insert for candidate in answer.candidates], ids)
    return conversion.menu_list(answer.candidates, place, ids, markdown=ls.abilities.takes_markdown)


def accepted(ls: CodexLanguageServer, *arguments: object) -> None:
    """`codex-lsp.accepted`: a person took the item whose id is the argument."""
    if arguments and isinstance(arguments[0], str):
        ls.feedback.accepted(arguments[0])
        ls.marks.accepted(arguments[0])


async def resolve(ls: CodexLanguageServer, item: types.CompletionItem) -> types.CompletionItem:
    """`completionItem/resolve`: the entry that a person looks at, its documentation begun with what is marked in it."""
    arguments = item.command.arguments if item.command is not None else None
    marks = await ls.marks.of_item(str(arguments[0])) if arguments else ()
    return conversion.marked_item(item, warnings_text(marks)) if marks else item


def partly_accepted(ls: CodexLanguageServer, params: Any) -> None:
    """`textDocument/didPartiallyAcceptCompletion`: a person took the first `acceptedLength` UTF-16 units of an item."""
    command = getattr(getattr(params, "item", None), "command", None)
    arguments, length = getattr(command, "arguments", None), getattr(params, "acceptedLength", None)
    if isinstance(arguments, list | tuple) and arguments and isinstance(arguments[0], str) and isinstance(length, int):
        ls.feedback.partly_accepted(arguments[0], length)


def _inline_place(ls: CodexLanguageServer, params: types.InlineCompletionParams) -> Place | None:
    document = ls.completed_document(params.text_document.uri)
    if document is None:
        return None
    path = ls.open_folders.path_of(document.uri)
    selection = conversion.selection_of(params.context.selected_completion_info)
    if selection is not None:
        return place_after_selection(document, selection, ls.encoding, path=path)
    return place_at(document, conversion.position_of(params.position), ls.encoding, path=path)


async def _completion(ls: CodexLanguageServer, place: Place, trigger: Trigger, method: str) -> Completion:
    """What the pipeline suggests; a failing model suggests nothing, and the person is told why."""
    pipeline = ls.session.pipeline
    if pipeline is None:
        return Completion()
    request = CompletionRequest(context=place.context, version=place.version, trigger=trigger, method=method)
    try:
        answer = await pipeline.complete(request)
    except Superseded as error:
        raise JsonRpcException("superseded by a newer request", types.LSPErrorCodes.ServerCancelled) from error
    except CodexLspError as error:
        ls.notices.failed(str(error))
        return Completion()
    if answer.prompt is not None:
        ls.notices.worked()
    if any(mean_logprob(candidate) is None for candidate in answer.candidates):
        ls.notices.not_ranked(answer.model)
    return answer
