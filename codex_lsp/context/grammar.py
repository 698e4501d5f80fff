"""What is known of each language: its grammar where that is installed, and the words its blocks end with.

The knowledge is data (`grammars.toml`). A grammar is loaded when a document of its language is first completed; one
that is not installed is told of once at debug, and the language goes by indentation.
"""

import functools
import importlib
import logging
import tomllib
import warnings
from dataclasses import dataclass
from importlib import resources
from typing import Any

from tree_sitter import Language, Parser

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a language writes around its blocks.

    Attributes:
        endings: Words that close a block, on a line of their own; closing brackets are not among them.
        continued: Words that go on with the statement above them.
    """

    endings: frozenset[str] = frozenset()
    continued: frozenset[str] = frozenset({"else", "elif", "catch", "except", "finally", "case"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """A parser, and which of its nodes are statements (the fields are told of in `grammars.toml`)."""

    parser: Parser
    bodies: frozenset[str]
    clauses: frozenset[str]
    labels: frozenset[str]
    preamble: str
    comment: str
    braces: bool
    semicolon: bool
    closing: str
    whole: bool


def words_of(language: str) -> Words:
    """The words of a language by its LSP identifier; of an unknown one, what many have in common.

    >>> sorted(words_of("ruby").endings)
    ['end']
    """
    entry = _entry(language)
    known = {name: frozenset(entry[name]) for name in ("endings", "continued") if name in entry}
    return Words(**known)


@functools.cache
def grammar_of(language: str) -> Grammar | None:
    """The grammar of a language by its LSP identifier, or None where there is none here."""
    entry = _entry(language)
    if "module" not in entry:
        return None
    try:
        module = importlib.import_module(entry["module"])
        parser = _parser(getattr(module, entry.get("function", "language"))())
    # ValueError: made for another version of tree-sitter; AttributeError: by another name than it once had.
    except (ImportError, AttributeError, ValueError) as error:
        logger.debug("%s: no grammar (%s); install codex-lsp[languages]; indentation is used", language, error)
        return None
    return Grammar(
        parser=parser,
        bodies=frozenset(entry["bodies"]),
        clauses=frozenset(entry.get("clauses", ())),
        labels=frozenset(entry.get("labels", ())),
        preamble=entry.get("preamble", ""),
        comment=entry.get("comment", "#"),
        braces=entry.get("braces", True),
        semicolon=entry.get("semicolon", False),
        whole=entry.get("whole", True),
        closing=entry.get("closing", ""),
    )


def _parser(pointer: object) -> Parser:
    with warnings.catch_warnings():
        # Some grammars still give their address as a number, which is asked for as a capsule.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Parser(Language(pointer))


def _entry(language: str) -> dict[str, Any]:
    entry = _table().get(language, {})
    return {**_entry(entry["like"]), **entry} if "like" in entry else entry


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    text = resources.files("codex_lsp.context").joinpath("grammars.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
