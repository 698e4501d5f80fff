"""The header of the function around the cursor: comments above it, decorators, signature, docstring.

By lines and indentation, so that it works in half-written files and costs little in long ones.
"""

import re
from collections.abc import Callable

from codex_lsp.context.indentation import indent_columns

_PYTHON_HEADER = re.compile(r"\s*+(?:async\s++)?+def\b")
_CONTROL_FLOW = re.compile(r"(?:if|for|while|switch|catch|else|do|try|with|return|match)\b|\}")
_ABOVE = re.compile(r"\s*+(?:#|@|//|/\*|\*)")
_DOCSTRING = re.compile(r"\s*+[rRuU]?(\"\"\"|''')")
_MAX_SCAN = 100_000
_MAX_SIGNATURE_LINES = 40


def enclosing_header(prefix: str, language: str) -> tuple[int, int] | None:
    """Where the header of the function that holds the end of `prefix` starts and ends (whole lines), or None."""
    base = max(len(prefix) - _MAX_SCAN, 0)
    lines = prefix[base:].split("\n")
    header = _header_line(lines, _is_python_header if language == "python" else _is_brace_header)
    if header is None:
        return None
    first, last = _first_line(lines, header), _last_line(lines, header, language)
    start = base + sum(len(line) + 1 for line in lines[:first])
    end = start + sum(len(line) + 1 for line in lines[first:last])
    return start, min(end, len(prefix))


def _is_python_header(line: str) -> bool:
    return _PYTHON_HEADER.match(line) is not None


def _is_brace_header(line: str) -> bool:
    """In languages with braces: a line that opens a block and has parameters, and is no control flow."""
    bare = line.strip()
    return bare.endswith("{") and "(" in bare and _CONTROL_FLOW.match(bare) is None


def _header_line(lines: list[str], is_header: Callable[[str], bool]) -> int | None:
    """The nearest line above the last one that is a function's header and less indented than all between."""
    indent = indent_columns(lines[-1]) if lines[-1].strip() else _indent_above(lines)
    for number in range(len(lines) - 2, -1, -1):
        line = lines[number]
        # A closing bracket is as far out as the line that opened it, which is the one to look at.
        if not line.strip() or indent_columns(line) >= indent or line.lstrip()[0] in ")]}":
            continue
        indent = indent_columns(line)
        if is_header(line):
            return number
        if indent == 0:
            return None
    return None


def _indent_above(lines: list[str]) -> int:
    """What a blank last line is taken to be indented by: the code above it, one more than a line that opens a block."""
    above = next((line for line in reversed(lines) if line.strip()), "")
    return indent_columns(above) + above.rstrip().endswith((":", "{"))


def _first_line(lines: list[str], header: int) -> int:
    indent = indent_columns(lines[header])
    first = header
    while first > 0 and _ABOVE.match(lines[first - 1]) and indent_columns(lines[first - 1]) >= indent:
        first -= 1
    return first


def _last_line(lines: list[str], header: int, language: str) -> int:
    """The line after the header's last one."""
    end = header + 1
    opener = ":" if language == "python" else "{"
    while end < min(len(lines), header + _MAX_SIGNATURE_LINES) and not lines[end - 1].rstrip().endswith(opener):
        end += 1
    quotes = _DOCSTRING.match(lines[end]) if end < len(lines) else None
    if quotes is not None:
        opening = lines[end][quotes.end() :]
        end += 1
        while quotes[1] not in opening and end < len(lines):
            opening = lines[end]
            end += 1
    while end < len(lines) and _ABOVE.match(lines[end]):
        end += 1
    return end
