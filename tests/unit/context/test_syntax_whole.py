"""Whether code is still whole with a candidate in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.syntax_whole import breaks
from codex_lsp.context.syntax_window import MAX_LINE, MAX_WINDOW


@pytest.mark.parametrize(
    ("prefix", "suffix", "text", "broken"),
    [
        ("x = ", "\ny = 1\n", "2", False),
        ("x = ", "\ny = 1\n", "(2", True),
        ("x = ", "\ny = 1\n", "2)", True),
        ("x = (\n    ", "\n)\n", "2", False),
        ("def f(", "):\n    pass\n", "a, b", False),
        ("if a:\n    b\nel", "\n    c\n", "se:", False),
        ("x = (\n", "\ny = 1\n", "2)", False),
        ("x = ", "", "1", False),
        ("", "", "x = (", True),
        ("s = '😋 ", "'\n", "é", False),
    ],
)
def test_breaks(prefix: str, suffix: str, text: str, broken: bool) -> None:  # noqa: FBT001
    assert breaks(prefix, suffix, text, "python") is broken


def test_what_is_not_looked_at() -> None:
    assert not breaks("x = ", "\n", "(2", "klingon")
    assert not breaks("x = ", "\n", "LATERAL (", "sql")
    assert not breaks("x = " + "1 + " * MAX_LINE, "\n", "(2", "python")
    assert not breaks("x = ", "\n" + "  + y\n" * MAX_WINDOW, "(2", "javascript")


def test_prose_of_a_long_string_is_no_code() -> None:
    assert not breaks('"""What is told here\n\nis a lo', '\n\nstory.\n"""\nx = 1\n', "ng and winding", "python")


CODE = st.text(alphabet="ab=:;(){}[]\"'#/* \n\t@é😋\x0c\r", max_size=60)


@given(CODE, CODE, CODE, st.sampled_from(["python", "javascript", "cpp", "ruby", "php", "swift"]))
def test_any_text_is_tolerated(prefix: str, suffix: str, text: str, language: str) -> None:
    assert breaks(prefix, suffix, text, language) in {True, False}
