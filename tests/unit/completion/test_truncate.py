"""Truncation lowers `kept` and changes nothing else; the golden cases hold what is kept."""

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.completion.filters import filtered
from codex_lsp.completion.truncate import shortened, truncate
from codex_lsp.types import FinishReason
from tests.unit.completion.scenes import candidate_of, context_of

CODE = st.text(alphabet="ab=:()[]{}\"'# \n\t,", max_size=50)
LANGUAGES = st.sampled_from(["python", "javascript"])


@given(CODE, CODE, CODE, LANGUAGES)
def test_only_kept_is_lowered(prefix: str, text: str, suffix: str, language: str) -> None:
    context = context_of(f"{prefix}║{suffix}", language=language)
    candidate = candidate_of(text)
    cut = truncate(candidate, context)
    assert (cut.index, cut.text, cut.tokens, cut.finish_reason) == (0, text, candidate.tokens, FinishReason.STOP)
    assert 0 <= cut.kept <= len(text)
    assert cut.insert == text[: cut.kept]


@given(CODE, CODE, CODE, LANGUAGES, st.sampled_from(list(FinishReason)))
def test_what_is_shown_is_a_beginning_that_is_not_blank(
    prefix: str, text: str, suffix: str, language: str, finish: FinishReason
) -> None:
    shown = filtered(candidate_of(text, finish=finish), context_of(f"{prefix}║{suffix}", language=language))
    if shown is not None:
        # Blanks that the document has already are kept and not inserted.
        kept = text[: shown.kept]
        assert kept.endswith(shown.insert)
        assert kept.removesuffix(shown.insert).strip(" \t") == ""
        assert shown.insert.strip()


@given(CODE)
def test_one_line_holds_no_line_end(text: str) -> None:
    assert "\n" not in truncate(candidate_of(text), context_of("x = ║ + y")).insert


def test_shortened_never_lengthens() -> None:
    short = shortened(candidate_of("abcdef"), 3)
    assert (short.kept, short.insert) == (3, "abc")
    assert shortened(short, 5) == short
