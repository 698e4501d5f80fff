import logging

import pytest

from codex_lsp.context.document import Change, Document, PositionEncoding
from codex_lsp.server.documents import MAX_CHARACTERS, Documents

URI = "file:///a.py"


def opened(text: str) -> Documents:
    documents = Documents()
    documents.opened(Document(uri=URI, language="python", version=1, text=text))
    return documents


def test_a_change_makes_the_next_version() -> None:
    documents = opened("a")
    changed = documents.changed(URI, [Change(range=None, text="b")], version=5, encoding=PositionEncoding.UTF8)
    assert changed is not None
    assert (changed.text, changed.version) == ("b", 5)
    assert documents.get(URI) is changed
    assert list(documents) == [changed]


def test_a_change_of_an_unknown_document_is_ignored() -> None:
    documents = opened("a")
    documents.closed(URI)
    assert documents.changed(URI, [], version=1, encoding=PositionEncoding.UTF8) is None
    assert documents.state_of(URI) is None


def test_the_size_limit_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    documents = opened("x\n" * (MAX_CHARACTERS // 2 + 1))
    document = documents.get(URI)
    assert document is not None
    assert documents.is_too_large(document)
    assert documents.is_too_large(document)
    assert len(caplog.records) == 1
    assert not documents.is_too_large(
        Document(uri=URI, language="python", version=1, text="x\n" * (MAX_CHARACTERS // 2))
    )


def test_a_lone_surrogate_has_a_state_too() -> None:
    state = opened("\ud800").state_of(URI)
    assert state is not None
    assert (state.characters, state.lines) == (1, 1)
