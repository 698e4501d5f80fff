"""Filters on any text at all, and on files that are too long for a parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.completion.filters import filtered
from codex_lsp.completion.filters.repetition import drop_repetition
from codex_lsp.completion.settled import is_settled, place_at
from codex_lsp.context.cursor import nearby
from codex_lsp.types import CursorContext, FinishReason
from tests.unit.completion.scenes import candidate_of, context_of

ODD = st.text(alphabet="ab1 =:;,(){}[]\"'`#/*\\<>|@$%?\n\t\r\x0c\x00\u05e9\u202e\u00e9\U0001f60b", max_size=80)
LANGUAGES = (
    "python", "javascript", "typescriptreact", "go", "java", "csharp", "cpp", "php", "ruby", "shellscript", "sql",
    "swift", "perl", "lua", "klingon",
)  # fmt: skip


def around(prefix: str, suffix: str, language: str) -> CursorContext:
    return CursorContext(uri="file:///a", path="a", language=language, prefix=prefix, suffix=suffix)


@given(ODD, ODD, ODD, st.sampled_from(LANGUAGES), st.sampled_from(list(FinishReason)))
def test_any_text_is_tolerated(prefix: str, suffix: str, text: str, language: str, finish: FinishReason) -> None:
    context = around(prefix, suffix, language)
    candidate = candidate_of(text, finish=finish)
    is_settled(candidate, place_at(context))
    shown = filtered(candidate, context)
    if shown is not None:
        assert shown.text == text
        assert 0 < shown.kept <= len(text)
        assert shown.insert.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_that_needs_no_more_shows_what_it_would_have_shown(language: str) -> None:
    context = around("f {\n  a(1);\n  ", "\n}\n", language)
    text = "b(2);\n  c(3);\n  d(4);\n}\n"
    place = place_at(context)
    for length in range(1, len(text)):
        if is_settled(candidate_of(text[:length]), place):
            early, late = filtered(candidate_of(text[:length]), context), filtered(candidate_of(text), context)
            assert (early and early.insert) == (late and late.insert)
            break


@pytest.mark.parametrize("language", ["python", "javascript", "ruby", "cpp"])
def test_a_long_file_and_a_long_line(language: str) -> None:
    long_file = around("f {\n" + "  x = g(1, 'a');\n" * 50_000 + "  y = ", "\n" + "  z = 1;\n" * 50_000, language)
    long_line = around("a=1;b(function(){c();" * 50_000, "d();})" * 50_000, language)
    for context in (nearby(long_file), nearby(long_line)):
        shown = filtered(candidate_of("h(2);\n  z = 3;\n"), context)
        assert shown is None or shown.insert.startswith("h(2)")


def test_a_loop_without_an_end_is_looked_at_from_its_end() -> None:
    assert drop_repetition(candidate_of("x = " + "1 + " * 100_000), context_of("║")) is None
    assert drop_repetition(candidate_of("x = 1"), context_of("║")) is not None
