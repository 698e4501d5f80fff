"""Brackets and quotes by characters."""

import pytest

from codex_lsp.context.brackets import open_quote, unclosed, unmatched_closers


@pytest.mark.parametrize(
    ("text", "stack"),
    [("f(a[", ["(", "["]), ("f(')')", []), ("f(a])", []), ("don't (", ["("]), ("{(", ["{", "("]), ('"""(', ["("])],
)
def test_unclosed(text: str, stack: list[str]) -> None:
    assert unclosed(text) == stack


@pytest.mark.parametrize(
    ("line", "quote"),
    [("x = ", None), ("x = 'a", "'"), ("x = \"it's", '"'), ("x = 'a'", None), ("x = 'a\\'", "'"), ('"""', None)],
)
def test_open_quote(line: str, quote: str | None) -> None:
    assert open_quote(line) == quote


@pytest.mark.parametrize(("text", "places"), [("a)", [1]), ("(a))]", [3, 4]), ("')'", []), ("", [])])
def test_unmatched_closers(text: str, places: list[int]) -> None:
    assert unmatched_closers(text) == places
