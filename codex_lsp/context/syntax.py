"""Where the statement at the cursor ends, by tree-sitter.

Parsing tolerates errors, and so do these answers: None means that no grammar can tell, and indentation must. What is
parsed is a window around the cursor, once; a row that grows is parsed on from there.
"""

import functools
import re
from dataclasses import dataclass
from typing import cast

from tree_sitter import Node, Tree

from codex_lsp.context.brackets import CLOSERS, Opened
from codex_lsp.context.grammar import Grammar, grammar_of
from codex_lsp.context.indentation import indent_columns
from codex_lsp.context.syntax_window import window_before

_BLANKS = re.compile(rb"\s*+")
_STATEMENT_ENDINGS = ("_statement", "_definition", "_declaration")
# Children of these fields of a body are statements; those of others are its condition, its value or its name.
_FIELDS = frozenset({None, "body", "member"})
# What may follow a whole statement on its line: its end, a comment, the end of the block around it.
_AFTER = frozenset({b"", b"\n", b";", b"#", b"/", b"-", b"}", b",", b")", b"]"})
_AFTER_INDENTED = frozenset({b"", b"\n", b";", b"#"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """The parsed text before a cursor.

    Attributes:
        tree: Of `source` and a closing bracket for each that it leaves open.
        source: With the preamble of the grammar.
        text: The same, as text.
        line_start: Where the cursor's line begins in it.
        above: The brackets that are open there.
        end: The point (row, column in bytes) where `source` ends.
        whole: The point where what was parsed ends.
        length: Bytes of what was parsed.
    """

    tree: Tree
    source: bytes
    text: str
    line_start: int
    above: tuple[str, ...]
    end: tuple[int, int]
    whole: tuple[int, int]
    length: int


def statement_end(prefix: str, text: str, language: str) -> int | None:
    """Where `text`, put after `prefix`, completes the statement at the cursor.

    On a half-written line that is the statement the line begins or is inside of; on a blank line, the first statement
    of `text`.

    Returns:
        Code points into `text`; 0 when the line before the cursor was complete already; None when `text` holds no
        code, does not end the statement, or no grammar can tell.
    """
    grammar = grammar_of(language)
    window = window_before(prefix, language) if grammar is not None else None
    if grammar is None or window is None:
        return None
    parsed = _parsed(window, language)
    added = text.encode("utf-8", "replace")
    source, cursor = parsed.source + added, len(parsed.source)
    end = _end(_grown(parsed, text, added, grammar).root_node, source, cursor, grammar)
    return None if end is None else len(source[cursor:end].decode("utf-8", "replace"))


def _end(root: Node, source: bytes, cursor: int, grammar: Grammar) -> int | None:
    """Where the statement at `cursor` ends, in bytes of `source`; `cursor` itself where it had ended before."""
    first = _first_code(root, source, cursor)
    if first is None:
        return None
    anchor = _anchor(root, source, cursor)
    node = _statement_at(root, first if anchor is None else anchor, first, grammar)
    if node is None or node.has_error:
        return None
    if anchor is not None and node.start_byte >= cursor:
        # Deeper than the line before it, it belongs to that line's block, whatever the parser has made of it.
        return None if _column(source, first) > _column(source, anchor) else cursor
    if node.end_byte > len(source) or (anchor is None and node.start_byte < cursor):
        return None
    end = _with_semicolon(source, max(node.end_byte, cursor), grammar)
    # What does not end where a statement may was guessed: broken code was parsed as if a piece of it were not there.
    return end if source[end:].lstrip(b" \t\r")[:1] in (_AFTER if grammar.braces else _AFTER_INDENTED) else None


def in_comment(prefix: str, rest_of_line: str, language: str) -> bool:
    """Whether the cursor is in a comment, as far as a grammar tells; without one, nothing is."""
    grammar = grammar_of(language)
    window = window_before(prefix, language) if grammar is not None else None
    if grammar is None or not window:
        return False
    text = ("" if grammar.preamble.strip() in window else grammar.preamble) + window
    bare = text.rstrip(" \t").encode("utf-8", "replace")
    # A comment between marks may be closed only far below; what closes it closes nothing else.
    source = f"{text}{rest_of_line}\n*/\n".encode("utf-8", "replace")
    leaf = grammar.parser.parse(source).root_node.descendant_for_byte_range(max(len(bare) - 1, 0), len(bare))
    return leaf is not None and _is_comment(leaf) and not (leaf.end_byte == len(bare) and bare.endswith(b"*/"))


@functools.lru_cache(maxsize=8)
def _parsed(window: str, language: str) -> _Window:
    """A window and its tree; only asked of a language that has a grammar."""
    grammar = cast("Grammar", grammar_of(language))
    text = ("" if grammar.preamble.strip() in window else grammar.preamble) + window
    source = text.encode("utf-8", "replace")
    line_start = text.rfind("\n") + 1
    above = tuple(Opened(text, grammar.comment).before(line_start)) if grammar.braces else ()
    closed = source + _closing(text[line_start:], text, above, grammar)
    return _Window(
        tree=grammar.parser.parse(closed),
        source=source,
        text=text,
        line_start=line_start,
        above=above,
        end=_point(source),
        whole=_point(closed),
        length=len(closed),
    )


def _grown(window: _Window, text: str, added: bytes, grammar: Grammar) -> Tree:
    """The tree of a window with `text` after it: only what is new is parsed."""
    line = window.text[window.line_start :]
    closed = window.source + added + _closing(line + text, window.text + text, window.above, grammar)
    tree = window.tree.copy()
    tree.edit(len(window.source), window.length, len(closed), window.end, window.whole, _point(closed))
    return grammar.parser.parse(closed, tree)


def _closing(lines: str, text: str, above: tuple[str, ...], grammar: Grammar) -> bytes:
    """What closes all that is open at the end of `text`, so that what is inside is parsed as it will be.

    Args:
        lines: The cursor's line, and what comes after it.
        text: All there is.
        above: The brackets that are open where `lines` begin.
        grammar: Decides what closes a block.
    """
    if not grammar.braces:
        return b""
    opened = Opened(lines, grammar.comment, above).before(len(lines))
    brackets = "".join(CLOSERS[opener] for opener in reversed(opened))
    words = f"\n{grammar.closing}" * _levels(text) if grammar.closing else ""
    return f"\n{brackets}{words}".encode()


def _levels(text: str) -> int:
    """How many blocks the last line of `text` stands in, told by indentation."""
    levels, indent, end = 0, None, len(text)
    while indent != 0 and end > 0:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end]
        if line.strip():
            columns = indent_columns(line)
            levels += indent is not None and columns < indent
            indent = columns if indent is None else min(indent, columns)
        end = start - 1
    return levels


def _point(source: bytes) -> tuple[int, int]:
    return source.count(b"\n"), len(source) - source.rfind(b"\n") - 1


def _anchor(root: Node, source: bytes, cursor: int) -> int | None:
    """Where the half-written line at the cursor begins, without its blanks; None on a blank line or in a comment."""
    line_start = source.rfind(b"\n", 0, cursor) + 1
    start = _after_blanks(source, line_start)
    if start >= cursor:
        return None
    leaf = root.descendant_for_byte_range(start, start + 1)
    return start if leaf is None or not _is_comment(leaf) else None


def _column(source: bytes, place: int) -> int:
    return place - source.rfind(b"\n", 0, place)


def _first_code(root: Node, source: bytes, cursor: int) -> int | None:
    """The first byte from `cursor` on that is neither blank nor comment."""
    first = _after_blanks(source, cursor)
    while first < len(source):
        leaf = root.descendant_for_byte_range(first, first + 1)
        if leaf is None or not _is_comment(leaf):
            return first
        first = _after_blanks(source, max(leaf.end_byte, first + 1))
    return None


def _after_blanks(source: bytes, place: int) -> int:
    blanks = _BLANKS.match(source, place)
    return blanks.end() if blanks is not None else place


def _is_comment(node: Node) -> bool:
    return "comment" in node.type


def _statement_at(root: Node, anchor: int, first: int, grammar: Grammar) -> Node | None:
    """The outermost statement over `first` that starts at `anchor` or later, else the innermost one over it."""
    innermost: Node | None = None
    # Downwards: a node finds its parent by searching from the root, which in deep nesting takes for ever.
    cursor = root.walk()
    above = root.type
    while cursor.goto_first_child_for_byte(first) is not None:
        node = cursor.node
        if node is None or node.start_byte > first:
            break
        if _is_statement(node, above, cursor.field_name, grammar):
            if node.start_byte >= anchor:
                return node
            innermost = node
        above = node.type
    return innermost


def _is_statement(node: Node, above: str, field: str | None, grammar: Grammar) -> bool:
    """Whether a node, child of an `above` by `field`, is a statement, or a part of one that stands for itself."""
    if not node.is_named or node.type in grammar.labels or _is_comment(node):
        return False
    if node.type in grammar.clauses or (above in grammar.bodies and field in _FIELDS):
        return True
    # What could not be parsed has lost the node that its statements belong to.
    return above == "ERROR" and node.type.endswith(_STATEMENT_ENDINGS)


def _with_semicolon(source: bytes, end: int, grammar: Grammar) -> int:
    if not grammar.semicolon:
        return end
    after = _after_blanks(source, end)
    return after + 1 if source[after : after + 1] == b";" and b"\n" not in source[end:after] else end
