"""The words that a place is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.identifiers import names_in, parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("readFile", {"read", "file"}),
        ("XMLHttpRequest", {"xml", "http", "request"}),
        ("snake_words_name2", {"snake", "words", "name"}),
        ("MAX_RETRY_COUNT", {"max", "retry", "count"}),
        ("größe_名前空間", {"größe", "名前空間"}),
        ("def class return self i x", set[str]()),
        ("", set[str]()),
    ],
)
def test_identifiers_are_cut_and_common_words_left_out(text: str, parts: set[str]) -> None:
    assert parts_of(text) == parts


def test_names_come_from_the_end_each_once() -> None:
    assert names_in("alpha(beta)\nbeta.gamma") == ["gamma", "beta", "alpha"]


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert all(part == part.lower() for part in parts_of(text))
    assert parts_of(text) == parts_of(text + "\n" + text)
    assert all(name in text for name in names_in(text))
