"""Whether code that was whole is still whole with a candidate in it, by tree-sitter."""

import functools
from dataclasses import dataclass
from typing import cast

from tree_sitter import Tree

from codex_lsp.context.grammar import Grammar, grammar_of
from codex_lsp.context.syntax_window import window_around


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """The parsed text around a cursor: `before` and `after` it, and whether it was whole, with its line or without."""

    tree: Tree
    before: bytes
    after: bytes
    was_whole: bool


def breaks(prefix: str, suffix: str, text: str, language: str) -> bool:
    """Whether the code around the cursor parses as it stands, or without the cursor's line, and no more with `text`.

    False where no grammar can tell, and where the code around is broken already, as half-written code mostly is.
    """
    grammar = grammar_of(language)
    window = window_around(prefix, suffix, language) if grammar is not None and grammar.whole else None
    if grammar is None or window is None:
        return False
    around = _parsed(*window, language)
    if not around.was_whole:
        return False
    added = text.encode("utf-8", "replace")
    tree = around.tree.copy()
    start, end = len(around.before), len(around.before) + len(added)
    source = around.before + added
    here = _point(around.before)
    tree.edit(start, start, end, here, here, _point(source))
    return grammar.parser.parse(source + around.after, tree).root_node.has_error


@functools.lru_cache(maxsize=8)
def _parsed(before: str, after: str, language: str) -> _Around:
    """The text around a cursor; only asked of a language that has a grammar."""
    grammar = cast("Grammar", grammar_of(language))
    preamble = "" if grammar.preamble.strip() in before else grammar.preamble
    head = (preamble + before).encode("utf-8", "replace")
    tail = after.encode("utf-8", "replace")
    tree = grammar.parser.parse(head + tail)
    was_whole = not tree.root_node.has_error or not _without_line(head, tail, grammar).root_node.has_error
    return _Around(tree=tree, before=head, after=tail, was_whole=was_whole)


def _without_line(head: bytes, tail: bytes, grammar: Grammar) -> Tree:
    line_end = tail.find(b"\n")
    rest = tail[line_end + 1 :] if line_end >= 0 else b""
    return grammar.parser.parse(head[: head.rfind(b"\n") + 1] + rest)


def _point(source: bytes) -> tuple[int, int]:
    return source.count(b"\n"), len(source) - source.rfind(b"\n") - 1
