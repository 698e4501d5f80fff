from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.training.fim import FimOptions, FimTokens, Span, draw_span, lay_out

TOKENS = FimTokens(prefix=-1, middle=-2, suffix=-3, end_of_text=-4)
texts = st.text(alphabet="ab \n", max_size=60)


def encode(text: str) -> list[int]:
    return [ord(character) for character in text]


@given(texts, st.integers(0, 2**32), st.booleans())
def test_the_parts_make_the_text_again(text: str, seed: int, suffix_first: bool) -> None:  # noqa: FBT001
    span = draw_span(text, FimOptions(), Random(seed))
    ids = lay_out(text, span, suffix_first=suffix_first, tokens=TOKENS, encode=encode)
    parts: dict[int, str] = {}
    mark = 0
    for token in ids:
        if token < 0:
            mark = token
            parts[mark] = ""
        else:
            parts[mark] += chr(token)
    assert parts[-1] + parts[-2] + parts[-3] == text
    assert list(parts) == ([-3, -1, -2, -4] if suffix_first else [-1, -3, -2, -4])


@given(texts.filter(lambda text: text.strip("\n") != ""), st.integers(0, 2**32))
def test_a_line_span_ends_where_its_line_ends(text: str, seed: int) -> None:
    span = draw_span(text, FimOptions(line_share=1.0, block_share=0.0), Random(seed))
    assert span.start < span.end
    assert "\n" not in text[span.start : span.end]
    assert span.end == len(text) or text[span.end] == "\n"


@given(texts, st.integers(0, 2**32))
def test_a_block_span_ends_where_a_line_ends(text: str, seed: int) -> None:
    span = draw_span(text, FimOptions(line_share=0.0, block_share=1.0), Random(seed))
    assert span.end == len(text) or text[span.end] == "\n"


@given(texts, st.integers(0, 2**32), st.floats(0, 1))
def test_a_whole_span_begins_where_a_line_does(text: str, seed: int, lines: float) -> None:
    options = FimOptions(line_share=lines, block_share=1.0 - lines, whole_share=1.0)
    whole = draw_span(text, options, Random(seed))
    assert not whole.start or text[whole.start - 1] == "\n"
    # The same draw without it begins on that line and ends at the same place.
    part = draw_span(text, FimOptions(line_share=lines, block_share=1.0 - lines), Random(seed))
    assert whole.end == part.end
    assert "\n" not in text[whole.start : part.start]


@pytest.mark.parametrize("suffix_first", [True, False])
def test_an_empty_text_has_an_empty_middle(suffix_first: bool) -> None:  # noqa: FBT001
    assert draw_span("", FimOptions(), Random(0)) == Span(start=0, end=0)
    ids = lay_out("", Span(start=0, end=0), suffix_first=suffix_first, tokens=TOKENS, encode=encode)
    assert sorted(ids) == [-4, -3, -2, -1]
