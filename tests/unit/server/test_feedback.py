"""Changes of a document as edits by offset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.document import Change, Document, Position, PositionEncoding, Range
from codex_lsp.server.feedback import edits_of

texts = st.text(alphabet="ab\r\n😋é", max_size=8)
positions = st.builds(Position, st.integers(0, 4), st.integers(0, 9))
ranges = st.none() | st.builds(Range, positions, positions)
changes = st.builds(Change, range=ranges, text=texts)


@pytest.mark.parametrize("encoding", PositionEncoding)
@given(text=texts, changed=st.lists(changes, max_size=4))
def test_the_edits_make_the_text_that_the_changes_make(
    encoding: PositionEncoding, text: str, changed: list[Change]
) -> None:
    document = Document(uri="file:///a", language="python", version=0, text=text)
    for edit in edits_of(document, changed, encoding):
        text = text[: edit.start] + edit.text + text[edit.end :]
    assert text == document.edited(changed, version=1, encoding=encoding).text
