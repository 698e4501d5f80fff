"""The same server through pytest-lsp's client, with the capabilities that editors really send."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.e2e.peer import Peer
from tests.e2e.raw_client import clean_environment

URI = "file:///work/app.py"
EDITORS = ("visual-studio-code", "neovim@v0.11.0")


@pytest.fixture
async def language_client(tmp_path: Path, peer: Peer) -> AsyncIterator[pytest_lsp.LanguageClient]:
    """A client of a server that has not been greeted yet."""
    environment = clean_environment(tmp_path) | {"CODEX_LSP_ENDPOINT_URL": peer.url}
    client = pytest_lsp.make_test_lsp_client()
    await client.start_io(sys.executable, "-m", "codex_lsp", "serve", env=environment)
    yield client
    await client.shutdown_session()
    await client.stop()


async def greet(client: pytest_lsp.LanguageClient, editor: str, *, ghost_text: bool) -> types.ServerCapabilities:
    capabilities = pytest_lsp.client_capabilities(editor)
    assert capabilities.text_document is not None
    if ghost_text:
        # pytest-lsp knows no editor yet that is new enough to say so.
        capabilities.text_document.inline_completion = types.InlineCompletionClientCapabilities()
    result = await client.initialize_session(types.InitializeParams(capabilities=capabilities, root_uri="file:///work"))
    return result.capabilities


def open_document(client: pytest_lsp.LanguageClient, text: str) -> None:
    item = types.TextDocumentItem(uri=URI, language_id="python", version=0, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))


def request(line: int, character: int) -> types.InlineCompletionParams:
    return types.InlineCompletionParams(
        text_document=types.TextDocumentIdentifier(URI),
        position=types.Position(line, character),
        context=types.InlineCompletionContext(trigger_kind=types.InlineCompletionTriggerKind.Automatic),
    )


@pytest.mark.parametrize("editor", EDITORS)
async def test_ghost_text(language_client: pytest_lsp.LanguageClient, peer: Peer, editor: str) -> None:
    peer.rows = [("a + b", -0.5), ("a - b", -0.25)]
    capabilities = await greet(language_client, editor, ghost_text=True)
    assert capabilities.completion_provider is None
    is_neovim = editor.startswith("neovim")
    assert capabilities.position_encoding == ("utf-8" if is_neovim else "utf-16")
    open_document(language_client, "s = '😋'; c = ")

    character = 15 if is_neovim else 13
    result = await language_client.text_document_inline_completion_async(request(0, character))

    assert isinstance(result, types.InlineCompletionList)
    assert [item.insert_text for item in result.items] == ["a - b", "a + b"]
    command = result.items[0].command
    assert command is not None
    accepted = types.ExecuteCommandParams(command=command.command, arguments=command.arguments)
    assert await language_client.workspace_execute_command_async(accepted) is None


@pytest.mark.parametrize("editor", EDITORS)
async def test_completion_items(language_client: pytest_lsp.LanguageClient, peer: Peer, editor: str) -> None:
    peer.rows = [("a + b", -0.5), ("a - b\n", -0.25)]
    capabilities = await greet(language_client, editor, ghost_text=False)
    assert capabilities.completion_provider is not None
    open_document(language_client, "c = ")
    params = types.CompletionParams(types.TextDocumentIdentifier(URI), types.Position(0, 4))

    result = await language_client.text_document_completion_async(params)

    assert isinstance(result, types.CompletionList)
    ordered = sorted(result.items, key=lambda item: item.sort_text or "")
    assert [item.label for item in ordered] == ["a - b", "a + b"]


async def test_cancel(language_client: pytest_lsp.LanguageClient, peer: Peer) -> None:
    peer.released.clear()
    await greet(language_client, EDITORS[1], ghost_text=True)
    open_document(language_client, "c = ")
    method = types.TEXT_DOCUMENT_INLINE_COMPLETION
    answer = asyncio.create_task(language_client.protocol.send_request_async(method, request(0, 4), "one"))
    await peer.asked()
    language_client.cancel_request(types.CancelParams(id="one"))
    with pytest.raises(JsonRpcException) as refused:
        await answer
    assert refused.value.code == types.LSPErrorCodes.RequestCancelled


async def test_loading_is_work_done_progress(language_client: pytest_lsp.LanguageClient) -> None:
    await greet(language_client, EDITORS[0], ghost_text=True)
    open_document(language_client, "c = ")
    await language_client.text_document_inline_completion_async(request(0, 4))
    (reports,) = language_client.progress_reports.values()
    assert isinstance(reports[0], types.WorkDoneProgressBegin)
    assert not language_client.messages
