"""Edits of a module's import statements."""

import ast
import re

from codex_lsp.assist.function import parsed
from codex_lsp.assist.result import TextEdit

_LINE_END = re.compile(r"\r\n|\r|\n")


def added_import(text: str, statement: str) -> TextEdit:
    """The edit that puts an import statement below the module's others, its docstring or the comments at its top.

    Raises:
        AssistRefused: The text does not parse.
    """
    tree = parsed(text)
    above = [node for node in tree.body if _is_docstring(tree, node) or isinstance(node, ast.Import | ast.ImportFrom)]
    # Only those before the first other statement: an import below code may be there for a reason.
    last = 0
    for node in tree.body:
        if node not in above:
            break
        last = node.end_lineno or node.lineno
    newline = next((mark for mark in ("\r\n", "\n", "\r") if mark in text), "\n")
    starts = _starts(text)
    if last:
        has_imports = any(isinstance(node, ast.Import | ast.ImportFrom) for node in above)
        at = starts[last] if last < len(starts) else len(text)
        lead = "" if last < len(starts) else newline
        return TextEdit(start=at, end=at, text=f"{lead}{'' if has_imports else newline}{statement}{newline}")
    at = starts[_comments_at_top(text)]
    return TextEdit(start=at, end=at, text=f"{statement}{newline}" + (newline * 2 if tree.body else ""))


def removed_import(text: str, name: str) -> TextEdit | None:
    """The edit that takes the binding of a name out of the module's imports; None where nothing there binds it."""
    for node in parsed(text).body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        kept = [alias for alias in node.names if _bound(node, alias) != name]
        if len(kept) < len(node.names):
            return _without(text, node, kept)
    return None


def _without(text: str, node: ast.Import | ast.ImportFrom, kept: list[ast.alias]) -> TextEdit | None:
    starts = _starts(text)
    start = starts[node.lineno - 1] + node.col_offset
    end_line = node.end_lineno or node.lineno
    end = starts[end_line - 1] + (node.end_col_offset or 0)
    following = starts[end_line] if end_line < len(starts) else len(text)
    if kept:
        node.names = kept
        return TextEdit(start=start, end=end, text=ast.unparse(node))
    if node.col_offset or text[end:following].strip():
        # Others share its line, or a comment does.
        return TextEdit(start=start, end=end, text="pass") if node.col_offset else None
    return TextEdit(start=start, end=following, text="")


def _bound(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    return alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)


def _is_docstring(tree: ast.Module, node: ast.stmt) -> bool:
    return node is tree.body[0] and ast.get_docstring(tree, clean=False) is not None


def _comments_at_top(text: str) -> int:
    """How many lines a module begins with that are comments."""
    count = 0
    for line in _LINE_END.split(text):
        if not line.startswith("#"):
            break
        count += 1
    return min(count, len(_starts(text)) - 1)


def _starts(text: str) -> list[int]:
    return [len(text) - len(text.removeprefix("\ufeff")), *(end.end() for end in _LINE_END.finditer(text))]
