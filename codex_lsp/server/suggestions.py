"""The two methods that answer with suggestions: ghost text and completion items."""

import logging

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from codex_lsp.completion.pipeline import CompletionRequest, Superseded
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.errors import CodexLspError
from codex_lsp.server import conversion
from codex_lsp.server.language_server import CodexLanguageServer
from codex_lsp.server.place import Place, place_after_selection, place_at, place_of_word
from codex_lsp.types import Candidate, Trigger

logger = logging.getLogger(__name__)


async def inline_completion(
    ls: CodexLanguageServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    """`textDocument/inlineCompletion`: ghost text; no items take away what is shown."""
    place = _inline_place(ls, params)
    if place is None:
        return types.InlineCompletionList(items=[])
    trigger = conversion.inline_trigger(params.context.trigger_kind)
    candidates = await _candidates(ls, place, trigger, types.TEXT_DOCUMENT_INLINE_COMPLETION)
    return conversion.inline_list(candidates, place, ls.next_ids(len(candidates)))


async def completion(ls: CodexLanguageServer, params: types.CompletionParams) -> types.CompletionList:
    """`textDocument/completion`: the same candidates as entries of a menu."""
    document = ls.completed_document(params.text_document.uri) if ls.shows_menu else None
    if document is None:
        return types.CompletionList(is_incomplete=True, items=[])
    position = conversion.position_of(params.position)
    place = place_of_word(document, position, ls.encoding, path=ls.open_folders.path_of(document.uri))
    trigger = conversion.menu_trigger(params.context)
    candidates = await _candidates(ls, place, trigger, types.TEXT_DOCUMENT_COMPLETION)
    return conversion.menu_list(candidates, place, ls.next_ids(len(candidates)), markdown=ls.takes_markdown)


def accepted(_: CodexLanguageServer, *arguments: object) -> None:
    """`codex-lsp.accepted`: a person took the item whose id is the argument."""
    logger.debug("accepted: %.40r", arguments[0] if arguments else None)


def _inline_place(ls: CodexLanguageServer, params: types.InlineCompletionParams) -> Place | None:
    document = ls.completed_document(params.text_document.uri)
    if document is None:
        return None
    path = ls.open_folders.path_of(document.uri)
    selection = conversion.selection_of(params.context.selected_completion_info)
    if selection is not None:
        return place_after_selection(document, selection, ls.encoding, path=path)
    return place_at(document, conversion.position_of(params.position), ls.encoding, path=path)


async def _candidates(ls: CodexLanguageServer, place: Place, trigger: Trigger, method: str) -> tuple[Candidate, ...]:
    """What the pipeline suggests; a failing model suggests nothing, and the person is told why."""
    pipeline = ls.session.pipeline
    if pipeline is None:
        return ()
    request = CompletionRequest(context=place.context, version=place.version, trigger=trigger, method=method)
    try:
        answer = await pipeline.complete(request)
    except Superseded as error:
        raise JsonRpcException("superseded by a newer request", types.LSPErrorCodes.ServerCancelled) from error
    except CodexLspError as error:
        ls.notices.failed(str(error))
        return ()
    if answer.prompt is not None:
        ls.notices.worked()
    if any(mean_logprob(candidate) is None for candidate in answer.candidates):
        ls.notices.not_ranked(answer.model)
    return answer.candidates
