"""Tokens are found by what they begin with, and by what begins with them."""

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.decoding.prefix_index import PrefixIndex

BYTES = st.text(alphabet="ab\u00ff", max_size=4).map(lambda text: text.encode("latin-1"))
PIECES = st.lists(st.none() | BYTES, max_size=24)


@given(pieces=PIECES, text=BYTES)
def test_tokens_that_begin_with_a_text(pieces: list[bytes | None], text: bytes) -> None:
    found = PrefixIndex(pieces).starting_with(text)
    assert sorted(found) == [id_ for id_, piece in enumerate(pieces) if piece and piece.startswith(text)]


@given(pieces=PIECES, text=BYTES)
def test_tokens_that_a_text_goes_on_after(pieces: list[bytes | None], text: bytes) -> None:
    found = PrefixIndex(pieces).starts_of(text)
    assert sorted(found) == [
        id_ for id_, piece in enumerate(pieces) if piece and text.startswith(piece) and text != piece
    ]


def test_ids_without_text_have_no_piece() -> None:
    index = PrefixIndex([None, b"", b"a"])
    assert [index.piece(id_) for id_ in range(3)] == [None, None, b"a"]
