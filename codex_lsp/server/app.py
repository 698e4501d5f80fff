"""Puts the language server together: every method it answers, and where its handler is."""

from collections.abc import Mapping, Sequence
from typing import Any

from lsprotocol import types

from codex_lsp.completion.filters import Filter
from codex_lsp.config import Settings
from codex_lsp.server import code_actions, lifecycle, suggestions, sync
from codex_lsp.server.assists import ASSIST
from codex_lsp.server.conversion import ACCEPTED
from codex_lsp.server.editor_settings import EditorSettings
from codex_lsp.server.language_server import CodexLanguageServer
from codex_lsp.server.menu import TRIGGER_CHARACTERS
from codex_lsp.server.protocol import DOCUMENT_STATE
from codex_lsp.server.session import OpenModel, TokenCounter
from codex_lsp.statistics.ledger import Ledger


def create_server(  # noqa: PLR0913 - what it is put together from
    settings: Settings,
    open_model: OpenModel,
    token_counter: TokenCounter,
    *,
    pinned: Mapping[str, Any] | None = None,
    ledger: Ledger | None = None,
    recitation: Filter | None = None,
    problems: Sequence[str] = (),
) -> CodexLanguageServer:
    """A server for one client; `serve` runs it.

    Args:
        settings: What holds until the editor says otherwise, `pinned` included.
        open_model: Settings to a model. It must not load before it is first asked; the server asks at `initialized`.
        token_counter: A counter of tokens for the tokenizer at a path, or for None.
        pinned: Settings by dotted name that the editor cannot change: from the environment and from flags.
        ledger: Takes the statistics; None to make none.
        recitation: Leaves out what the embedded model would recite.
        problems: What was wrong with the settings so far; the client is told.
    """
    editor_settings = EditorSettings(settings, pinned or {})
    server = CodexLanguageServer(
        editor_settings, open_model, token_counter, ledger=ledger, recitation=recitation, problems=problems
    )
    server.feature(types.INITIALIZED)(lifecycle.initialized)
    server.feature(types.SHUTDOWN)(lifecycle.shutdown)
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(sync.did_open)
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(sync.did_change)
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(sync.did_close)
    server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(lifecycle.did_change_configuration)
    server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(lifecycle.did_change_workspace_folders)
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(lifecycle.did_change_watched_files)
    # Without options pygls does not advertise it.
    inline = types.InlineCompletionOptions()
    server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, inline)(suggestions.inline_completion)
    menu = types.CompletionOptions(trigger_characters=TRIGGER_CHARACTERS, resolve_provider=True)
    server.feature(types.TEXT_DOCUMENT_COMPLETION, menu)(suggestions.completion)
    server.feature(types.COMPLETION_ITEM_RESOLVE)(suggestions.resolve)
    server.feature(DOCUMENT_STATE)(sync.document_state)
    server.feature(suggestions.PARTLY_ACCEPTED)(suggestions.partly_accepted)
    server.command(ACCEPTED)(suggestions.accepted)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, code_actions.OPTIONS)(code_actions.code_action)
    server.feature(types.CODE_ACTION_RESOLVE)(code_actions.resolve)
    server.command(ASSIST)(code_actions.assist)
    return server
