"""Where the Python statement at the cursor ends, by tree-sitter; the only module that knows a grammar.

Parsing tolerates errors, and so do these answers: None means that the grammar cannot tell, and indentation must.
"""

import functools
import re

import tree_sitter_python
from tree_sitter import Language, Node, Parser

# Parts of a statement that have a body of their own, so that one can be completed alone.
_CLAUSES = frozenset(
    {"else_clause", "elif_clause", "except_clause", "except_group_clause", "finally_clause", "case_clause"}
)
_STATEMENT_ENDINGS = ("_statement", "_definition")
# A line at the left edge that begins a statement: no blank, comment or closing bracket, no clause of what is above.
_TOP_LEVEL = re.compile(r"^(?!else\b|elif\b|except\b|finally\b)[\w@\"'(\[{*]", re.MULTILINE)
_DEFINITION = re.compile(r"^[ \t]*+(?:async[ \t]++)?+(?:def|class)\b", re.MULTILINE)
# After a comment, only blanks and further comments: no string can begin there, so characters tell.
_MORE_COMMENTS = re.compile(rb"(?:\s*+#[^\n]*+)*+\s*+")
# Parsing so much takes a few milliseconds, and it is done more than once while a row grows.
_MAX_WINDOW = 20_000


def statement_end(prefix: str, text: str) -> int | None:
    """Where `text`, put after `prefix`, completes the statement at the cursor.

    On a half-written line that is the statement the line begins or is inside of; on a blank line, the first statement
    of `text`.

    Returns:
        Code points into `text`; 0 when the line before the cursor was complete already; None when `text` holds no
        code or the grammar cannot tell.
    """
    window = _window(prefix)
    source = (window + text).encode("utf-8", "replace")
    cursor = len(window.encode("utf-8", "replace"))
    tree = _parser().parse(source)
    first = _first_code(tree.root_node, source, cursor)
    if first is None:
        return None
    line_start = source.rfind(b"\n", 0, cursor) + 1
    typed = source[line_start:cursor]
    half_written = bool(typed.strip()) and not typed.lstrip().startswith(b"#")
    anchor = line_start + len(typed) - len(typed.lstrip()) if half_written else first
    node = _statement_at(tree.root_node, anchor, first)
    if node is None or node.has_error:
        return None
    if half_written and node.start_byte >= cursor:
        return 0
    end = max(node.end_byte, cursor)
    rest = source[end:].lstrip(b" \t\r")
    # What does not end where a statement may was guessed: broken code was parsed as if a piece of it were not there.
    return len(source[cursor:end].decode("utf-8", "replace")) if rest[:1] in {b"", b"\n", b";", b"#"} else None


@functools.cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_python.language()))


def _window(prefix: str) -> str:
    """The end of `prefix` from the nearest top-level statement on: all that the statement at the cursor can need.

    Of a top-level statement that begins too far above, it is what follows the first definition that is near enough.
    """
    tail = prefix[-_MAX_WINDOW:]
    end = len(tail)
    while end > 0:
        start = tail.rfind("\n", 0, end) + 1
        # The first line of a tail may be the end of one.
        if (start > 0 or len(tail) == len(prefix)) and _TOP_LEVEL.match(tail, start):
            return _with_decorators(tail, start)
        end = start - 1
    definition = _DEFINITION.search(tail, tail.find("\n") + 1)
    return tail[definition.start() :] if definition is not None else tail


def _with_decorators(tail: str, start: int) -> str:
    while start > 0:
        above = tail.rfind("\n", 0, start - 1) + 1
        if not tail.startswith("@", above):
            break
        start = above
    return tail[start:]


def _first_code(root: Node, source: bytes, cursor: int) -> int | None:
    """The first byte from `cursor` on that is neither blank nor comment."""
    first = len(source) - len(source[cursor:].lstrip())
    if first >= len(source):
        return None
    leaf = root.descendant_for_byte_range(first, first + 1)
    if leaf is None or leaf.type != "comment":
        return first
    comments = _MORE_COMMENTS.match(source, leaf.end_byte)
    first = comments.end() if comments is not None else leaf.end_byte
    return first if first < len(source) else None


def _statement_at(root: Node, anchor: int, first: int) -> Node | None:
    """The outermost statement over `first` that starts at `anchor` or later, else the innermost one over it."""
    innermost: Node | None = None
    # Downwards: a node finds its parent by searching from the root, which in deep nesting takes for ever.
    cursor = root.walk()
    while cursor.goto_first_child_for_byte(first) is not None:
        node = cursor.node
        if node is None or node.start_byte > first:
            break
        if _is_statement(node):
            if node.start_byte >= anchor:
                return node
            innermost = node
    return innermost


def _is_statement(node: Node) -> bool:
    return node.is_named and (node.type in _CLAUSES or node.type.endswith(_STATEMENT_ENDINGS))
