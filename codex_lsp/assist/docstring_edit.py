"""Puts a docstring into a function: the right place, indentation, quotes and escapes."""

import re
import textwrap

from codex_lsp.assist.function import PythonFunction, functions_in
from codex_lsp.assist.result import TextEdit
from codex_lsp.errors import AssistRefused

_UNIT = "    "
_LITERAL = re.compile(r"(?P<prefix>[rRuU]*)(?P<quotes>\"\"\"|'''|\"|')")


def docstring_edit(text: str, function: PythonFunction, docstring: str) -> TextEdit | None:
    r"""The edit that replaces or inserts a function's docstring; None where it would not read back as it is.

    Args:
        text: That the function was found in.
        function: The one.
        docstring: Without indentation; lines ended by `\n`.
    """
    indent = _body_indent(text, function)
    literal = _literal(docstring, indent, _quotes(text, function))
    newline = next((mark for mark in ("\r\n", "\n", "\r") if mark in text), "\n")
    if function.docstring_span is not None:
        start, end = function.docstring_span
        edit = TextEdit(start=start, end=end, text=literal)
    elif text[function.start : function.body_start].endswith(("\n", "\r")):
        edit = TextEdit(start=function.body_start, end=function.body_start, text=f"{indent}{literal}\n")
    else:
        # The body begins on the header's line, and goes to a line of its own.
        start = function.start + len(text[function.start : function.body_start].rstrip())
        edit = TextEdit(start=start, end=function.body_start, text=f"\n{indent}{literal}\n{indent}")
    edit = TextEdit(start=edit.start, end=edit.end, text=edit.text.replace("\n", newline))
    return edit if _reads_back(text, edit, function, docstring) else None


def without_docstring(text: str, function: PythonFunction) -> str:
    """A function's source, dedented, without its docstring.

    Raises:
        AssistRefused: Nothing else is in it.
    """
    if function.docstring_span is None:
        return textwrap.dedent(function.source).rstrip()
    start, end = function.docstring_span
    before, after = text[function.start : start].rstrip(" \t"), text[end : function.end]
    after = after.lstrip("; \t") if not before.endswith(("\n", "\r")) else after.lstrip()
    if not after.strip():
        raise AssistRefused(f"`{function.name}` has no body that could be described; write one first, or solve it")
    indent = _body_indent(text, function) if before.endswith(("\n", "\r")) else " "
    return textwrap.dedent(f"{before}{indent}{after}").rstrip()


def _body_indent(text: str, function: PythonFunction) -> str:
    """The blanks before the body's first statement; a unit more than the header's where it is on the header's line."""
    line = re.match(r"[ \t]*", text[function.body_start :])
    begins_line = text[: function.body_start].endswith(("\n", "\r"))
    if function.docstring_span is not None:
        start = function.docstring_span[0]
        before = text[max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1 : start]
        if not before.strip():
            return before
    return line[0] if line is not None and begins_line and line[0] else function.indent + _UNIT


def _quotes(text: str, function: PythonFunction) -> str:
    """Those of the docstring that is there, else those that most docstrings of the file have."""
    if function.docstring_span is not None:
        found = _LITERAL.match(text[slice(*function.docstring_span)])
        if found is not None:
            return found["quotes"] * 3 if len(found["quotes"]) == 1 else found["quotes"]
    return "'''" if text.count("'''") > text.count('"""') else '"""'


def _literal(docstring: str, indent: str, quotes: str) -> str:
    """A literal in triple quotes whose lines after the first are indented."""
    raw = "\\" in docstring and quotes not in docstring and not docstring.endswith(("\\", quotes[0]))
    body = docstring if raw else docstring.replace("\\", "\\\\").replace(quotes, "\\" + quotes)
    if not raw and body.endswith(quotes[0]) and not body.endswith("\\" + quotes[0]):
        body = f"{body[:-1]}\\{quotes[0]}"
    first, *rest = body.split("\n")
    opened = f"{'r' if raw else ''}{quotes}{first}"
    if not rest:
        return f"{opened}{quotes}"
    return f"{opened}\n{textwrap.indent(chr(10).join(rest), indent)}\n{indent}{quotes}"


def _reads_back(text: str, edit: TextEdit, function: PythonFunction, docstring: str) -> bool:
    """The changed text parses, and its function has the very docstring."""
    changed = text[: edit.start] + edit.text + text[edit.end :]
    try:
        found = [each for each in functions_in(changed) if each.start == function.start]
    except AssistRefused:
        return False
    return bool(found) and found[0].docstring == docstring.strip()
