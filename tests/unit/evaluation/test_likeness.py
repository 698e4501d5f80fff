from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.likeness import edit_similarity, is_exact

TEXT = st.text(alphabet="ab \t", max_size=20)


@given(TEXT, TEXT)
def test_similarity_is_a_share_and_one_exactly_where_exact(answer: str, truth: str) -> None:
    similarity = edit_similarity(answer, truth)
    assert 0.0 <= similarity <= 1.0
    assert (similarity == 1.0) is is_exact(answer, truth)


@given(TEXT)
def test_only_trailing_blanks_are_forgiven(text: str) -> None:
    assert is_exact(text + " \t", text)
    assert is_exact(" " + text, text) is (not text.strip())


def test_nothing_in_common_is_zero() -> None:
    assert edit_similarity("", "abc") == 0.0
    assert edit_similarity("xyz", "abc") == 0.0
    assert edit_similarity("abcd", "abxy") == 0.5
