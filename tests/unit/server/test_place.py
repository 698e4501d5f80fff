from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.document import Document, Position, PositionEncoding, Range
from codex_lsp.server.place import MAX_WORD, Place, Selection, place_after_selection, place_at, place_of_word

UTF16 = PositionEncoding.UTF16


def document(text: str) -> Document:
    return Document(uri="file:///a.py", language="python", version=7, text=text)


def span(line: int, start: int, end: int) -> Range:
    return Range(Position(line, start), Position(line, end))


def around(place: Place) -> str:
    return f"{place.context.prefix}║{place.context.suffix}"


def test_the_cursor() -> None:
    place = place_at(document("x = '😋'\ny"), Position(0, 7), UTF16, path="a.py")
    assert around(place) == "x = '😋║'\ny"
    assert (place.range, place.typed, place.version) == (span(0, 7, 7), "", 7)


def test_a_cursor_inside_a_character_is_before_it() -> None:
    assert place_at(document("😋"), Position(0, 1), UTF16, path="a.py").range == span(0, 0, 0)


@given(st.text(alphabet="a \n\r😋\x0c", max_size=30), st.integers(0, 9), st.integers(0, 40))
def test_a_range_is_inside_the_document_and_on_one_line(text: str, line: int, character: int) -> None:
    for encoding in PositionEncoding:
        held = document(text)
        for place in (
            place_at(held, Position(line, character), encoding, path="a.py"),
            place_of_word(held, Position(line, character), encoding, path="a.py"),
        ):
            assert place.range.start.line == place.range.end.line
            start, end = (held.offset_at(position, encoding) for position in (place.range.start, place.range.end))
            assert held.text[start:end] == place.typed
            assert place.context.prefix + place.context.suffix == held.text
            assert len(place.context.prefix) == end


def test_the_word_before_the_cursor() -> None:
    place = place_of_word(document("f(näm)"), Position(0, 5), UTF16, path="a.py")
    assert around(place) == "f(näm║)"
    assert (place.range, place.typed, place.replaced) == (span(0, 2, 5), "näm", "näm")


def test_after_a_selected_menu_entry() -> None:
    chosen = Selection(range=span(0, 3, 5), text="append")
    place = place_after_selection(document("xs.ap(1)\n"), chosen, UTF16, path="a.py")
    assert place is not None
    assert around(place) == "xs.append║(1)\n"
    assert (place.range, place.typed, place.replaced) == (span(0, 3, 5), "append", "ap")


def test_a_selection_over_lines_is_none_of_ours() -> None:
    chosen = Selection(range=Range(Position(0, 0), Position(1, 0)), text="x")
    assert place_after_selection(document("a\nb"), chosen, UTF16, path="a.py") is None


def test_of_a_very_long_word_only_the_end_is_replaced() -> None:
    # Quadratic work would take minutes here.
    length = 900_000
    place = place_of_word(document("x" * length + "!"), Position(0, length), UTF16, path="a.py")
    assert (place.range, place.typed) == (span(0, length - MAX_WORD, length), "x" * MAX_WORD)
    after = place_of_word(document("x" * length + "!"), Position(0, length + 1), UTF16, path="a.py")
    assert (after.range, after.typed) == (span(0, length + 1, length + 1), "")
