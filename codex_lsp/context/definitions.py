"""What a file defines: names, and the lines that tell how each is used.

By regular expressions over lines: a workspace has thousands of files, and half of a signature is better than none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codex_lsp.context.indentation import indent_columns

_PYTHON = re.compile(r"(?P<indent>[ \t]*)(?:async[ \t]+)?(?P<kind>def|class)[ \t]+(?P<name>[^\W\d]\w*)")
_OTHER = re.compile(
    r"(?P<indent>[ \t]*)(?:(?:export|default|public|private|protected|internal|static|abstract|final|async|pub|open"
    r"|override|declare|sealed|partial|data|unsafe|virtual|readonly)(?:\(\w+\))?[ \t]+){0,5}"
    r"(?P<kind>function\*?|class|interface|struct|enum|trait|fn|func|fun|type|def|module|record|protocol)[ \t]+"
    r"(?:\([^)\n]{0,80}\)[ \t]*)?(?P<name>[^\W\d][\w$]*)"
)
_CONSTANT = re.compile(r"(?P<name>[A-Z][A-Z0-9_]{2,})\b[^=\n]{0,80}=[^=]")
_FIELD = re.compile(r"[ \t]+[^\W\d]\w*[ \t]*:[ \t]*[^\s=]")
_QUOTES = re.compile(r"\s*[rRuU]?(\"\"\"|''')")
MAX_SIGNATURE_LINES = 8
MAX_MEMBERS = 12
"""Signatures shown of a class."""
MAX_LINE = 200
"""Longer lines are data or minified: they define nothing that anybody reads."""
_MEMBER_HOLDERS = frozenset({"class", "interface", "trait", "struct", "protocol", "module", "record"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One definition.

    Attributes:
        name: What is defined.
        line: Where, 0-based.
        text: Its signature, with the first line of its docstring; of a class, the signatures of its members too.
    """

    name: str
    line: int
    text: str


def definitions_of(lines: Sequence[str], language: str) -> Iterator[Definition]:
    """The functions, classes and constants that a file defines, in order.

    Args:
        lines: Of the file, without their ends.
        language: LSP language identifier.
    """
    for number, line in enumerate(lines):
        found = _header(line, language)
        if found is not None:
            text = "\n".join(_outline(lines, number, found, language))
            yield Definition(name=found["name"], line=number, text=text)
        elif language == "python" and (constant := _CONSTANT.match(line)) is not None and len(line) <= MAX_LINE:
            yield Definition(name=constant["name"], line=number, text=line.rstrip())


def _header(line: str, language: str) -> re.Match[str] | None:
    if len(line) > MAX_LINE:
        return None
    return (_PYTHON if language == "python" else _OTHER).match(line)


def _outline(lines: Sequence[str], number: int, found: re.Match[str], language: str) -> Iterator[str]:
    yield from _signature(lines, number, language)
    if found["kind"] not in _MEMBER_HOLDERS:
        return
    indent, members = indent_columns(lines[number]), 0
    for inner in range(number + 1, len(lines)):
        line = lines[inner]
        if not line.strip():
            continue
        if indent_columns(line) <= indent and line.strip()[0] not in "})":
            return
        is_field = language == "python" and _FIELD.match(line) is not None
        if (is_field or _header(line, language) is not None) and _is_direct(lines, number, inner):
            yield from _signature(lines, inner, language, docstring=False)
            members += 1
            if members == MAX_MEMBERS:
                return


def _is_direct(lines: Sequence[str], holder: int, member: int) -> bool:
    """Whether a definition is as far in as the first line inside its holder."""
    first = next((line for line in lines[holder + 1 : member + 1] if line.strip()), "")
    return indent_columns(lines[member]) <= indent_columns(first)


def _signature(lines: Sequence[str], number: int, language: str, *, docstring: bool = True) -> Iterator[str]:
    last, depth = number, 0
    for last in range(number, min(len(lines), number + MAX_SIGNATURE_LINES)):
        depth += sum(map(lines[last].count, "([")) - sum(map(lines[last].count, ")]"))
        if depth <= 0:
            break
    yield from (line.rstrip()[:MAX_LINE] for line in lines[number : last + 1])
    after = lines[last + 1] if last + 1 < len(lines) else ""
    if docstring and language == "python" and _QUOTES.match(after) is not None:
        yield after.rstrip()[:MAX_LINE]
