"""What linters and type checkers print of one file, read: the same few facts of each finding."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codex_lsp.assist.repair import Repair
from codex_lsp.assist.result import TextEdit
from codex_lsp.context.document import Document, Position, PositionEncoding

_BOM = "\ufeff"
_MYPY = re.compile(r"^(?P<file>.+?):(?P<line>\d+)(?::\d+)*: error: (?P<message>.+?)(?:  \[(?P<code>[\w-]+)\])?$")
_PYFLAKES = re.compile(r"^.+?:(?P<line>\d+):\d+:? (?P<message>.+)$")
_FLAKE8 = re.compile(r"^(?P<line>\d+):(?P<code>[A-Z]+\d+):(?P<message>.+)$")
_LINE_NUMBER = re.compile(r"\bline \d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a tool says.

    Attributes:
        code: The tool's own name of such a problem; empty where it has none.
        message: In one line.
        line: From 1.
        mend: The tool's own change, where it calls that safe.
    """

    code: str
    message: str
    line: int
    mend: Repair | None = None

    @property
    def what(self) -> tuple[str, str]:
        """What stays the same where lines above come or go."""
        return self.code, _LINE_NUMBER.sub("line", self.message)


Reader = Callable[[str, Path, str], list[Finding]]
"""Takes what was printed, the file and its text.

What is nothing of the tool's raises as JSON of another form does: ValueError, KeyError, TypeError, AttributeError,
OverflowError or RecursionError.
"""


def one_line(message: str) -> str:
    """A message as tools and editors both have it, whatever blanks they write."""
    return " ".join(message.split())


def read_ruff(printed: str, path: Path, text: str) -> list[Finding]:
    """`ruff check --output-format json`."""
    del path
    document = Document(uri="", language="python", version=0, text=text)
    said: list[dict[str, Any]] = json.loads(printed)
    return [
        Finding(
            code=str(each["code"] or ""),
            message=one_line(each["message"]),
            line=int(each["location"]["row"]),
            mend=_mend(each.get("fix"), document),
        )
        for each in said
    ]


def read_pyright(printed: str, path: Path, text: str) -> list[Finding]:
    """`pyright --outputjson`, and `basedpyright`."""
    del text
    said: list[dict[str, Any]] = json.loads(printed)["generalDiagnostics"]
    return [
        Finding(
            code=str(each.get("rule", "")),
            message=one_line(each["message"]),
            line=int(each["range"]["start"]["line"]) + 1,
        )
        for each in said
        if each.get("file") == str(path) and each.get("severity") != "information" and "range" in each
    ]


def read_mypy(printed: str, path: Path, text: str) -> list[Finding]:
    """`mypy --show-absolute-path --show-error-codes --no-pretty`."""
    del text
    return [each for file, each in _matched(_MYPY, printed) if file == str(path)]


def read_pylint(printed: str, path: Path, text: str) -> list[Finding]:
    """`pylint --output-format=json`."""
    del path, text
    said: list[dict[str, Any]] = json.loads(printed)
    return [
        Finding(code=str(each["message-id"]), message=one_line(each["message"]), line=int(each["line"]))
        for each in said
    ]


def read_flake8(printed: str, path: Path, text: str) -> list[Finding]:
    """`flake8 --format=%(row)d:%(code)s:%(text)s`."""
    del path, text
    return [each for _, each in _matched(_FLAKE8, printed)]


def read_pyflakes(printed: str, path: Path, text: str) -> list[Finding]:
    """`pyflakes`."""
    del path, text
    return [each for _, each in _matched(_PYFLAKES, printed)]


def _matched(pattern: re.Pattern[str], printed: str) -> Iterator[tuple[str, Finding]]:
    for line in printed.splitlines():
        if (match := pattern.match(line)) is not None:
            said = match.groupdict()
            found = Finding(code=said.get("code") or "", message=one_line(said["message"]), line=int(said["line"]))
            yield said.get("file") or "", found


def _mend(fix: dict[str, Any] | None, document: Document) -> Repair | None:
    """Ruff's own change; what it calls unsafe may change what the code does, and is left to it."""
    if fix is None or fix["applicability"] != "safe":
        return None
    edits = [
        TextEdit(
            start=_offset(each["location"], document),
            end=_offset(each["end_location"], document),
            text=str(each["content"]),
        )
        for each in fix["edits"]
    ]
    edits.sort(key=lambda each: each.start)
    return Repair(edits=tuple(edits), label=f"Ruff: {fix['message'] or 'its own fix'}")


def _offset(place: dict[str, int], document: Document) -> int:
    """Of a row and a column from 1, in code points; a byte order mark is no column to ruff."""
    row, column = int(place["row"]) - 1, int(place["column"]) - 1
    if row == 0 and document.text.startswith(_BOM):
        column += 1
    return document.offset_at(Position(row, column), PositionEncoding.UTF32)
