"""Where the Python statement at the cursor ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.syntax import statement_end


@pytest.mark.parametrize(
    ("prefix", "text", "kept"),
    [
        ("total = ", "sum(xs)\nprint(total)", "sum(xs)"),
        ("def f(x):", "\n    return x\n\ndef g(): pass", "\n    return x"),
        ("def f(x):\n    a = foo(", "\n        1,\n    )\n    return a", "\n        1,\n    )"),
        ("x = 1\n", "y = 2\nz = 3", "y = 2"),
        ("x = 1; y = ", "2; z = 3", "2"),
        ("if x:", "\n  a\nelse:\n  b\nc", "\n  a\nelse:\n  b"),
        ("if a:\n    b\nelse:", "\n    c\nd", "\n    c"),
        ("@deco", "rator\ndef f():\n    pass\nx", "rator\ndef f():\n    pass"),
        ("@first\n@second\ndef ", "f():\n    pass\nx = 1", "f():\n    pass"),
        ("\n", "# about f\ndef f():\n    pass\nx = 1", "# about f\ndef f():\n    pass"),
        ("s = 'é😋", "é'\nt = 2", "é'"),
        ("x=1", "\ny=2", ""),
        ("    indented = (", "1)\n    more = 2", "1)"),
        ("match x:\n    case ", "1:\n        pass\n    case 2:\n        pass", "1:\n        pass"),
        ("x = '\ud800", "'\ny = 1", "'"),
    ],
)
def test_statement_end(prefix: str, text: str, kept: str) -> None:
    end = statement_end(prefix, text, "python")
    assert end is not None
    assert text[:end] == kept


@pytest.mark.parametrize(
    ("prefix", "text"),
    [
        ("x = 1\n", ""),
        ("x = 1\n", "# only a comment\n"),
        ("def f(", "a, b"),
        ("x = (", "1,\n  2"),
        ("", "f(\n@d\nif x:"),
    ],
)
def test_the_grammar_cannot_tell(prefix: str, text: str) -> None:
    assert statement_end(prefix, text, "python") is None


def test_a_long_document_is_not_parsed_whole() -> None:
    above = "def f():\n" + "    x = (\n" * 20_000 + "\ny = 1\n"
    assert statement_end(above + "z = ", "2\nw = 3", "python") == 1


def test_no_statement_at_the_left_edge_in_sight() -> None:
    assert statement_end("    x = 1\n" * 10_000 + "    y = ", "2\n    z = 3", "python") == 1


CODE = st.text(alphabet="ab=:()[]\"'# \n\t@é😋", max_size=60)


@given(CODE, CODE)
def test_any_text_is_tolerated(prefix: str, text: str) -> None:
    end = statement_end(prefix, text, "python")
    assert end is None or 0 <= end <= len(text)


@pytest.mark.parametrize("nesting", ["-", "not ", "(", "1+"])
def test_deep_nesting_is_gone_down_once(nesting: str) -> None:
    """Its depth squared would never end."""
    statement_end("x = " + nesting * (18_000 // len(nesting)), "1\ny = 2", "python")
    statement_end("x = ", nesting * (18_000 // len(nesting)) + "1\ny = 2", "python")


def test_a_long_class_is_seen_from_a_definition_on() -> None:
    method = "    def f(self):\n        '''class'''\n        return 1\n\n"
    assert (
        statement_end("class A:\n" + method * 1000 + "    def g(self):\n        x = ", "1\n        y = 2", "python")
        == 1
    )
