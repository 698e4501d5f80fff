"""What is known of languages."""

import importlib
import logging
import sys

import pytest

from codex_lsp.context import grammar
from codex_lsp.context.grammar import grammar_of, words_of

LANGUAGES = (
    "python", "javascript", "javascriptreact", "typescript", "typescriptreact", "go", "java", "csharp", "c", "cpp",
    "php", "ruby", "shellscript", "sql", "swift", "perl",
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_grammar_loads_and_knows_the_nodes_it_is_told_of(language: str) -> None:
    known = grammar_of(language)
    assert known is not None
    assert known.parser.language is not None
    kinds = {known.parser.language.node_kind_for_id(number) for number in range(known.parser.language.node_kind_count)}
    # What only older versions of a grammar know.
    assert (known.bodies | known.clauses | known.labels) - kinds <= {"except_group_clause"}
    assert known.bodies


def test_languages_without_a_grammar() -> None:
    assert grammar_of("lua") is None
    assert grammar_of("klingon") is None
    assert words_of("lua").endings == {"end", "until"}
    assert words_of("klingon").endings == frozenset()
    assert "else" in words_of("klingon").continued


def test_a_grammar_that_is_not_installed_is_told_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "tree_sitter_go", None)
        with caplog.at_level(logging.DEBUG, logger=grammar.__name__):
            assert grammar_of.__wrapped__("go") is None
    assert "codex-lsp[languages]" in caplog.text
    assert importlib.import_module("tree_sitter_go")
