"""Documents against a naive model of what the protocol says, in three encodings."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.document import Change, Document, Position, PositionEncoding, Range

PIECES = [
    "a",
    "b",
    " ",
    "\n",
    "\r\n",
    "\r",
    "é",
    "漢",
    "😋",
    "\x0c",
    "\x0b",
    "\x85",
    "\u2028",
    "\ud83d",
    "\ude0b",
    "\x1c",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
ENCODINGS = st.sampled_from(list(PositionEncoding))


def document_of(text: str) -> Document:
    return Document(uri="file:///a.py", language="python", version=1, text=text)


def units_of(character: str, encoding: PositionEncoding) -> int:
    match encoding:
        case PositionEncoding.UTF8:
            return len(character.encode("utf-8", "surrogatepass"))
        case PositionEncoding.UTF16:
            return 2 if ord(character) > 0xFFFF else 1
        case PositionEncoding.UTF32:
            return 1


def joined(text: str) -> str:
    """Surrogates that stand together are the character they spell, as in the editor's own strings."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def naive_offset(text: str, position: Position, encoding: PositionEncoding) -> int:
    """The protocol's rules, read literally."""
    start = 0
    for _ in range(position.line):
        line_end = re.compile(r"\r\n|\r|\n").search(text, start)
        if line_end is None:
            return len(text)
        start = line_end.end()
    offset, left = start, position.character
    while offset < len(text) and text[offset] not in "\r\n":
        left -= units_of(text[offset], encoding)
        if left < 0:
            break
        offset += 1
    return offset


@given(TEXTS, st.integers(0, 8), st.integers(0, 12), ENCODINGS)
def test_offset_is_what_the_protocol_says(text: str, line: int, character: int, encoding: PositionEncoding) -> None:
    document = document_of(text)
    position = Position(line, character)
    assert document.offset_at(position, encoding) == naive_offset(joined(text), position, encoding)


@given(TEXTS, ENCODINGS)
def test_every_offset_comes_back(text: str, encoding: PositionEncoding) -> None:
    document = document_of(text)
    for offset in range(len(document.text) + 1):
        inside_line_end = document.text[offset - 1 : offset + 1] == "\r\n" and offset > 0
        position = document.position_at(offset, encoding)
        assert document.offset_at(position, encoding) == offset - inside_line_end


@given(TEXTS)
def test_lines_are_the_text(text: str) -> None:
    document = document_of(text)
    lines = re.split(r"\r\n|\r|\n", joined(text))
    assert [document.line_text(line) for line in range(document.line_count)] == lines


EDITS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 9), st.integers(0, 6), st.integers(0, 9), TEXTS), min_size=1, max_size=8
)


@given(TEXTS, EDITS, ENCODINGS)
def test_edits_equal_a_naive_model(
    text: str, edits: list[tuple[int, int, int, int, str]], encoding: PositionEncoding
) -> None:
    document, naive = document_of(text), joined(text)
    for line, character, end_line, end_character, inserted in edits:
        ends = Position(line, character), Position(end_line, end_character)
        change = Change(range=Range(*ends), text=inserted)
        start, end = sorted(naive_offset(naive, position, encoding) for position in ends)
        naive = joined(naive[:start] + inserted + naive[end:])
        document = document.edited([change], version=2, encoding=encoding)
        assert document.text == naive
        assert document == Document(uri="file:///a.py", language="python", version=2, text=naive)
        assert [document.line_text(number) for number in range(document.line_count)] == re.split(r"\r\n|\r|\n", naive)


@pytest.mark.parametrize("encoding", list(PositionEncoding))
def test_a_thousand_random_edits(encoding: PositionEncoding) -> None:
    """One long session: nothing drifts."""
    draw = random.Random(f"session {encoding}")
    naive = joined("".join(draw.choices(PIECES, k=2000)))
    document = document_of(naive)
    for version in range(1000):
        start = draw.randint(0, len(naive))
        end = min(start + draw.choice([0, 0, 0, 1, 5, 40]), len(naive))
        places = document.position_at(start, encoding), document.position_at(end, encoding)
        inserted = "".join(draw.choices(PIECES, k=draw.choice([0, 1, 1, 2, 20])))
        start, end = (naive_offset(naive, place, encoding) for place in places)
        naive = joined(naive[:start] + inserted + naive[end:])
        document = document.edited([Change(range=Range(*places), text=inserted)], version=version, encoding=encoding)
        assert document.text == naive


def test_later_changes_see_what_earlier_ones_left() -> None:
    document = document_of("one\ntwo\n")
    changes = [
        Change(range=Range(Position(0, 0), Position(1, 0)), text=""),
        Change(range=Range(Position(0, 3), Position(0, 3)), text="!"),
        Change(range=None, text="all\x0cnew"),
        Change(range=Range(Position(0, 7), Position(9, 9)), text="\n"),
    ]
    after = document.edited(changes, version=7, encoding=PositionEncoding.UTF16)
    assert (after.text, after.version, after.line_count) == ("all\x0cnew\n", 7, 2)
    assert (document.text, document.version) == ("one\ntwo\n", 1)


def test_places_outside_are_clamped() -> None:
    document = document_of("ab\r\ncd")
    assert document.offset_at(Position(0, 99), PositionEncoding.UTF16) == 2
    assert document.offset_at(Position(9, 0), PositionEncoding.UTF16) == 6
    assert document.offset_at(Position(-1, -1), PositionEncoding.UTF8) == 0
    assert document.position_at(99, PositionEncoding.UTF16) == Position(1, 2)
    assert document.position_at(-5, PositionEncoding.UTF16) == Position(0, 0)
    assert document_of("").position_at(0, PositionEncoding.UTF16) == Position(0, 0)


def test_inside_a_character_is_its_start() -> None:
    document = document_of("a😋b")
    assert document.offset_at(Position(0, 2), PositionEncoding.UTF16) == 1
    assert document.offset_at(Position(0, 3), PositionEncoding.UTF16) == 2
    assert [document.offset_at(Position(0, unit), PositionEncoding.UTF8) for unit in range(7)] == [0, 1, 1, 1, 1, 2, 3]


def test_far_places_are_found_from_where_the_last_edit_was() -> None:
    document = document_of("".join(f"line {number}\n" for number in range(100)))
    change = Change(range=Range(Position(50, 0), Position(50, 0)), text="x")
    document = document.edited([change], version=2, encoding=PositionEncoding.UTF16)
    for line in (0, 49, 50, 51, 99, 100):
        offset = document.offset_at(Position(line, 0), PositionEncoding.UTF16)
        assert document.position_at(offset, PositionEncoding.UTF16) == Position(line, 0)
        assert document.text[:offset].count("\n") == line


def test_one_endless_line_is_no_more_work_than_many() -> None:
    # In quadratic time this would take hours, so finishing at all is the test.
    text = "x" * 5_000_000
    document = Document(uri="file:///min.js", language="javascript", version=1, text=text)
    change = Change(range=Range(Position(0, 2_500_000), Position(0, 2_500_000)), text="y")
    edited = document.edited([change], version=2, encoding=PositionEncoding.UTF16)
    assert edited.line_count == 1
    assert edited.text == text[:2_500_000] + "y" + text[2_500_000:]
