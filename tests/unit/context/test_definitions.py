"""What a file defines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.definitions import definitions_of

PYTHON = '''import os

LIMIT = 3

@cache
async def fetch(
    url: str,
    *,
    tries: int = LIMIT,
) -> bytes:
    """Fetch a page.

    Slowly.
    """
    return b""

class Shop(Base):
    """Sells."""

    name: str
    size: int = 3

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def total(self) -> int:
        def inner(): ...
        return 3
'''


def found(text: str, language: str) -> dict[str, str]:
    return {definition.name: definition.text for definition in definitions_of(text.split("\n"), language)}


def test_python() -> None:
    definitions = found(PYTHON, "python")
    assert list(definitions) == ["LIMIT", "fetch", "Shop", "__init__", "total", "inner"]
    assert definitions["LIMIT"] == "LIMIT = 3"
    assert definitions["fetch"] == (
        'async def fetch(\n    url: str,\n    *,\n    tries: int = LIMIT,\n) -> bytes:\n    """Fetch a page.'
    )
    assert definitions["Shop"] == (
        'class Shop(Base):\n    """Sells."""\n    name: str\n    size: int = 3\n'
        "    def __init__(self, name: str) -> None:\n    def total(self) -> int:"
    )


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        (
            "typescript",
            "export default async function load(a) {\n}\nexport interface Row {\n}",
            ["load", "Row"],
        ),
        ("go", "func (s *Server) Start(port int) error {\n}\ntype Server struct {\n}", ["Start", "Server"]),
        ("rust", "pub(crate) fn parse(text: &str) -> Ast {\n}\npub struct Ast;", ["parse", "Ast"]),
        ("java", "public final class Shop extends Base {\n}", ["Shop"]),
        ("ruby", "def total(x)\nend", ["total"]),
    ],
)
def test_other_languages(language: str, text: str, names: list[str]) -> None:
    assert list(found(text, language)) == names


@given(st.lists(st.sampled_from([*PYTHON.split("\n"), "def (", "class", "(" * 300, "\u2028def x():"]), max_size=60))
def test_half_written_files_are_read(lines: list[str]) -> None:
    for definition in definitions_of(lines, "python"):
        assert definition.name in lines[definition.line]
        assert len(definition.text) < 20_000
