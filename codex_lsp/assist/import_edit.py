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
        number = next((at for at, alias in enumerate(node.names) if _bound(node, alias) == name), None)
        if number is not None:
            return _without(text, node, number) if len(node.names) > 1 else _without_all(text, node)
    return None


def _without(text: str, node: ast.Import | ast.ImportFrom, number: int) -> TextEdit | None:
    """Without one of its names, and what parts it from another; the layout stays. None where a comment stands there."""
    names, alias = node.names, node.names[number]
    if number + 1 < len(names):
        start, end = _place(text, alias)[0], _place(text, names[number + 1])[0]
    else:
        start, end = _place(text, names[number - 1])[1], _place(text, alias)[1]
    return None if "#" in text[start:end] else TextEdit(start=start, end=end, text="")


def _without_all(text: str, node: ast.Import | ast.ImportFrom) -> TextEdit | None:
    start, end = _place(text, node)
    following = next((each for each in _starts(text) if each >= end and each > start), len(text))
    if node.col_offset or text[end:following].strip():
        # Others share its line, or a comment does.
        return TextEdit(start=start, end=end, text="pass") if node.col_offset else None
    return TextEdit(start=start, end=following, text="")


def _place(text: str, node: ast.stmt | ast.alias) -> tuple[int, int]:
    """Where a node is; its columns count bytes."""
    starts = _starts(text)

    def offset(line: int, column: int) -> int:
        start = starts[line - 1]
        return start + len(text[start : start + column].encode()[:column].decode(errors="ignore"))

    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return offset(node.lineno, node.col_offset), offset(end_line, end_column)


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
