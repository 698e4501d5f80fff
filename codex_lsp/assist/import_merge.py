r"""Imports added to a file that has some: one that is there is not repeated, one of the same module is extended.

>>> before = "import os\nfrom a import b\n"
>>> [edit.text for edit in merged_imports(before, ("import os", "from a import c", "import pytest"))]
['from a import b, c', '\nimport pytest']
"""

import ast
import re
from collections.abc import Iterator, Sequence

from codex_lsp.assist.result import TextEdit

_LINE_END = re.compile(r"\r\n|\r|\n")


def merged_imports(text: str, wanted: Sequence[str]) -> tuple[TextEdit, ...]:
    """The edits that make a file import what is wanted, in order.

    Args:
        text: Of the file, which parses.
        wanted: Statements of one line each.
    """
    tree = ast.parse(text.removeprefix("\ufeff"))
    shift = len(text) - len(text.removeprefix("\ufeff"))
    starts = _line_starts(text[shift:], shift)
    present = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    changed: list[TextEdit] = []
    missing: list[str] = []
    for line in wanted:
        lacking = _lacking(line, present)
        if lacking is None:
            continue
        extended = _extended(lacking, present, text, starts)
        if extended is None:
            missing.append(lacking)
        else:
            changed.append(extended)
    if missing:
        missing.sort(key=lambda line: (line.startswith("from"), line))
        changed.append(_inserted(missing, tree, text, starts))
    return tuple(sorted(changed, key=lambda edit: edit.start))


def _lacking(line: str, present: Sequence[ast.stmt]) -> str | None:
    """What of an import is not there yet; None where all of it is."""
    wanted = ast.parse(line).body[0]
    bound = {ast.dump(each) for node in present for each in _single(node)}
    if not isinstance(wanted, ast.Import | ast.ImportFrom):
        return None
    names = [each for each, one in zip(wanted.names, _single(wanted), strict=True) if ast.dump(one) not in bound]
    if not names:
        return None
    left = ast.Import(names) if isinstance(wanted, ast.Import) else ast.ImportFrom(wanted.module, names, wanted.level)
    return ast.unparse(left)


def _single(node: ast.stmt) -> Iterator[ast.stmt]:
    """An import as imports of one name each."""
    if isinstance(node, ast.Import):
        yield from (ast.Import([ast.alias(each.name, each.asname)]) for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (ast.ImportFrom(node.module, [ast.alias(each.name, each.asname)], node.level) for each in node.names)


def _extended(line: str, present: Sequence[ast.stmt], text: str, starts: Sequence[int]) -> TextEdit | None:
    """An import of the same module with the new names too, where that is on one plain line."""
    wanted = ast.parse(line).body[0]
    if not isinstance(wanted, ast.ImportFrom):
        return None
    for node in present:
        if not isinstance(node, ast.ImportFrom) or (node.module, node.level) != (wanted.module, wanted.level):
            continue
        start, end = (
            starts[node.lineno - 1] + node.col_offset,
            starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0),
        )
        plain = (
            node.lineno == node.end_lineno
            and "(" not in text[start:end]
            and not any(each.name == "*" for each in node.names)
        )
        if plain and text[start:end].isascii():
            names = sorted((*node.names, *wanted.names), key=lambda each: each.name)
            whole = ast.unparse(ast.ImportFrom(node.module, names, node.level))
            return TextEdit(start=start, end=end, text=whole)
    return None


def _inserted(lines: Sequence[str], tree: ast.Module, text: str, starts: Sequence[int]) -> TextEdit:
    """New lines after the last import of the head, else after the docstring, else at the top."""
    at = -1
    for number, node in enumerate(tree.body):
        is_docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_docstring and not isinstance(node, ast.Import | ast.ImportFrom):
            break
        at = number
    if at < 0:
        return TextEdit(start=starts[0], end=starts[0], text="\n".join(lines) + "\n\n")
    line = tree.body[at].end_lineno or 1
    end = len(text[: starts[line]].rstrip("\r\n"))
    gap = "\n" if isinstance(tree.body[at], ast.Import | ast.ImportFrom) else "\n\n"
    return TextEdit(start=end, end=end, text=gap + "\n".join(lines))


def _line_starts(text: str, shift: int) -> list[int]:
    starts = [shift]
    starts += [shift + end.end() for end in _LINE_END.finditer(text)]
    return [*starts, shift + len(text)]
