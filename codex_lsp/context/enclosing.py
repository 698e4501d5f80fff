"""The headers of the functions and classes around the cursor: comments above, decorators, signature, docstring.

By lines and indentation, so that it works in half-written files and costs little in long ones.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from codex_lsp.context.indentation import indent_columns

_PYTHON_HEADER = re.compile(r"\s*+(?:async\s++)?+(def|class)\b")
_TYPE = re.compile(r"(?:[\w<>, ]+ )?(?:class|interface|struct|enum|trait|impl|namespace|module|record|extension)\b")
_MAX_TYPE = 200
_CONTROL_FLOW = re.compile(r"(?:if|for|while|switch|catch|else|do|try|with|return|match)\b|\}")
_ABOVE = re.compile(r"\s*+(?:#|@|//|/\*|\*)")
_DOCSTRING = re.compile(r"\s*+[rRuU]?(\"\"\"|''')")
_MAX_SCAN = 100_000
_MAX_SIGNATURE_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class EnclosingHeader:
    """Where a header starts and ends, in whole lines; offsets count code points into the prefix.

    Attributes:
        start: Of the comments and decorators above it.
        name: Of the signature.
        signature_end: After the signature.
        end: After the docstring and the comments that follow; of a class, after the signature.
    """

    start: int
    name: int
    signature_end: int
    end: int


def enclosing_headers(prefix: str, language: str) -> list[EnclosingHeader]:
    """The headers of the functions and classes that hold the end of `prefix`, outermost first."""
    base = max(len(prefix) - _MAX_SCAN, 0)
    lines = prefix[base:].split("\n")
    starts = [base, *accumulate((len(line) + 1 for line in lines), initial=base)][1:]
    found: list[EnclosingHeader] = []
    for number, is_function in _header_lines(lines, _KINDS.get(language, _brace_kind)):
        signature = _signature_end(lines, number, language)
        last = _body_start(lines, signature) if is_function else signature
        first, name, middle, end = (
            min(starts[line], len(prefix)) for line in (_first_line(lines, number), number, signature, last)
        )
        found.append(EnclosingHeader(start=first, name=name, signature_end=middle, end=end))
    return found[::-1]


def _python_kind(line: str) -> bool | None:
    """Whether a line is a function's header (True), a class's (False) or neither (None)."""
    match = _PYTHON_HEADER.match(line)
    return None if match is None else match[1] == "def"


def _brace_kind(line: str) -> bool | None:
    """In languages with braces: a line that opens a block and has parameters, and is no control flow."""
    bare = line.strip()
    if not bare.endswith("{") or _CONTROL_FLOW.match(bare) is not None:
        return None
    if "(" in bare:
        return True
    return False if _TYPE.match(bare[:_MAX_TYPE]) is not None else None


_KINDS: Mapping[str, Callable[[str], bool | None]] = {"python": _python_kind}


def _header_lines(lines: list[str], kind_of: Callable[[str], bool | None]) -> Iterator[tuple[int, bool]]:
    """The headers above the last line, innermost first: each less indented than all between."""
    indent = indent_columns(lines[-1]) if lines[-1].strip() else _indent_above(lines)
    for number in range(len(lines) - 2, -1, -1):
        line = lines[number]
        # A closing bracket is as far out as the line that opened it, which is the one to look at.
        if not line.strip() or indent_columns(line) >= indent or line.lstrip()[0] in ")]}":
            continue
        indent = indent_columns(line)
        kind = kind_of(line)
        if kind is not None:
            yield number, kind
        if indent == 0:
            return


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


def _signature_end(lines: list[str], header: int, language: str) -> int:
    """The line after a signature's last one."""
    end = header + 1
    opener = ":" if language == "python" else "{"
    while end < min(len(lines), header + _MAX_SIGNATURE_LINES) and not lines[end - 1].rstrip().endswith(opener):
        end += 1
    return end


def _body_start(lines: list[str], end: int) -> int:
    """The line after the docstring that begins at line `end`, if one does, and the comments that follow."""
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
