"""Documents are opened, changed and closed. All of it is synchronous: the order of messages is the order of edits."""

from lsprotocol import types

from codex_lsp.context.document import Document
from codex_lsp.server.conversion import changes_of
from codex_lsp.server.documents import DocumentState
from codex_lsp.server.language_server import CodexLanguageServer


def did_open(ls: CodexLanguageServer, params: types.DidOpenTextDocumentParams) -> None:
    """Keep the document."""
    item = params.text_document
    document = Document(uri=item.uri, language=str(item.language_id), version=item.version, text=item.text)
    ls.documents.opened(document)
    ls.feedback.closed(document.uri)
    ls.document_changed(document)


def did_change(ls: CodexLanguageServer, params: types.DidChangeTextDocumentParams) -> None:
    """Apply the edits."""
    identifier = params.text_document
    changes = changes_of(params.content_changes)
    before = ls.documents.get(identifier.uri)
    document = ls.documents.changed(identifier.uri, changes, version=identifier.version, encoding=ls.encoding)
    if document is not None and before is not None:
        ls.feedback.changed(before, changes, document, encoding=ls.encoding)
        ls.document_changed(document)
        if any(len(change.text) > 1 for change in changes):
            # No key does that: a part of a suggestion may have been taken, which no client tells.
            ls.marks.grown(document)


def did_close(ls: CodexLanguageServer, params: types.DidCloseTextDocumentParams) -> None:
    """Forget the document."""
    ls.forget_document(params.text_document.uri)


def document_state(ls: CodexLanguageServer, params: types.DocumentSymbolParams) -> DocumentState | None:
    """`codex-lsp/documentState`: whether this side still holds the document that the client holds."""
    return ls.documents.state_of(params.text_document.uri)
