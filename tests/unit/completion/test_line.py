"""The cursor's line, and work on it that must not grow with its square (such a case would never end)."""

import pytest

from codex_lsp.completion.extent import ExtentKind, extent_at
from codex_lsp.completion.filters import filtered
from codex_lsp.completion.line import line_at
from codex_lsp.completion.truncate import truncate
from codex_lsp.context.brackets import open_quote, unclosed
from tests.unit.completion.scenes import candidate_of, context_of


def test_what_is_known_of_a_line() -> None:
    line = line_at(context_of("a = 1\nf(x, [║)  \n\n  y  \n\nz\nw\n"))
    assert (line.before, line.rest) == ("f(x, [", ")")
    assert line.openers == ("(", "[")
    assert line.following == ("  y", "z")
    assert line.quote is None


@pytest.mark.parametrize(
    ("document", "quote"),
    [
        ('"""║"""', '"""'),
        ('"""\nab ║"""', '"""'),
        ('x = ║"""a"""', None),
        ("f('║')", "'"),
        ("f('a', ║)", None),
    ],
)
def test_the_string_at_the_cursor(document: str, quote: str | None) -> None:
    assert line_at(context_of(document)).quote == quote


def test_long_blanks_and_a_character_after_the_cursor() -> None:
    context = context_of("x = ║" + " " * 1_000_000 + "y")
    assert extent_at(context).kind is ExtentKind.LINE


def test_many_escapes_after_an_open_quote() -> None:
    assert open_quote('"' + '\\"' * 500_000) == '"'
    assert unclosed("(" + '"' + '\\"' * 500_000) == ["("]


def test_a_line_of_brackets_and_a_text_that_closes_them() -> None:
    context = context_of("x = " + "(" * 60_000 + "║", language="javascript")
    cut = truncate(candidate_of("\n" + ")\n" * 4000), context)
    assert cut.insert.count(")") == 4000
    assert filtered(cut, context) is None  # one bracket over and over is a loop
