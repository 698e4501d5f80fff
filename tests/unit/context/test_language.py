"""Languages by file name."""

import pytest

from codex_lsp.context.language import language_of


@pytest.mark.parametrize(
    ("path", "language"),
    [("a.py", "python"), ("dir.py/b.RS", "rust"), ("Makefile", "plaintext"), ("a.unknown", "plaintext")],
)
def test_language_of(path: str, language: str) -> None:
    assert language_of(path) == language
