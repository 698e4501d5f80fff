"""Marks on what is suggested: known insecure uses, and imports that nothing here provides. Nothing is run.

Bandit reads the completed text where it is installed; weak keys and ciphers are told without it too, also those of
libraries that it does not know. Only what the inserted lines bring is marked.
"""

import ast
import logging
import re
import tempfile
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from codex_lsp.assist.imports import unknown_imports
from codex_lsp.assist.key_strength import Strength, strengths_in
from codex_lsp.assist.package_names import PackageNames

_LOGGER = logging.getLogger(__name__)

MAX_CHARACTERS = 400_000
"""Longer texts are not read."""
_WORTH = re.compile(r"[(=]|\bimport\b|ECB")
"""What an insertion has that can be marked: a call or an argument of one, an import, a mode."""
_IMPORT = re.compile(r"^[ \t]*((?:import|from)[ \t]+[\w.]+.*)$", re.MULTILINE)
_SAID = {
    Strength.WEAK_RSA: "an RSA key of fewer than 2048 bits can be broken",
    Strength.ECB: "AES in ECB mode shows which parts of a text are alike; use GCM",
}
_SKIPPED = ("B413",)
"""What bandit says of PyCrypto is not true of PyCryptodome, which is imported by the same name."""


class MarkKind(StrEnum):
    """What is marked; the values are public (`--json`)."""

    INSECURE = "insecure"
    UNKNOWN_IMPORT = "unknown import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing to look at before a suggestion is kept.

    Attributes:
        kind: As said.
        message: One line.
        line: 1-based, in the completed text.
        code: Bandit's name of the finding; empty where it is ours.
    """

    kind: MarkKind
    message: str
    line: int
    code: str = ""


def marks_of(
    before: str, inserted: str, after: str = "", *, installed: PackageNames | None = None, language: str = "python"
) -> tuple[Mark, ...]:
    """What is to be marked in an insertion, in the order of its lines. Takes milliseconds, and longer the first time.

    Args:
        before: The document's text before it.
        inserted: What is suggested.
        after: The document's text after it.
        installed: What imports may name (`imports.known_modules`); None to let every import pass.
        language: Of the document; only Python is read.
    """
    if language != "python" or not _WORTH.search(_line_end(before) + inserted):
        return ()
    read = _readable(before, inserted, after)
    if read is None:
        return ()
    found = [mark for mark in _found(read, installed) if read.first <= mark.line <= read.last]
    shown = {(mark.line, mark.message): mark for mark in found}
    return tuple(
        Mark(kind=mark.kind, message=mark.message, line=mark.line + read.shift, code=mark.code)
        for mark in sorted(shown.values(), key=lambda mark: mark.line)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Readable:
    """A text that parses: the inserted lines are `first` to `last` of it, and `shift` less than in the document."""

    text: str
    tree: ast.Module
    first: int
    last: int
    shift: int


def _readable(before: str, inserted: str, after: str) -> _Readable | None:
    """The completed text; where it does not parse, the part up to the insertion; else the inserted lines alone."""
    if len(before) + len(inserted) + len(after) > MAX_CHARACTERS:
        return None
    first = before.count("\n") + 1
    lines = inserted.rstrip("\n").count("\n")
    for text in (before + inserted + after, before + inserted):
        if (tree := _parsed(text)) is not None:
            return _Readable(text=text, tree=tree, first=first, last=first + lines, shift=0)
    # Somebody is in the middle of writing: the imports say what the names of the inserted lines are.
    imports = [line.strip() for line in _IMPORT.findall(before) if _parsed(line) is not None]
    part = textwrap.dedent(_line_end(before) + inserted).split("\n")
    for end in range(len(part), 0, -1):
        text = "\n".join((*imports, *part[:end], ""))
        if (tree := _parsed(text)) is not None:
            start = len(imports) + 1
            return _Readable(text=text, tree=tree, first=start, last=start + lines, shift=first - start)
    return None


def _line_end(before: str) -> str:
    """What stands on the insertion's line before it."""
    return before[before.rfind("\n") + 1 :]


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes are not what is looked for
            return ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _found(read: _Readable, installed: PackageNames | None) -> Iterator[Mark]:
    ours = {line: _SAID[strength] for line, strength in strengths_in(read.tree) if strength in _SAID}
    for line, message in ours.items():
        yield Mark(kind=MarkKind.INSECURE, message=message, line=line)
    if installed is not None:
        for line, message in unknown_imports(read.tree, installed):
            yield Mark(kind=MarkKind.UNKNOWN_IMPORT, message=message, line=line)
    # Bandit says less of keys and ciphers than is said above.
    yield from (mark for mark in _bandit(read) if mark.line not in ours)


def _bandit(read: _Readable) -> Iterator[Mark]:
    """Bandit's findings of some weight: what it is unsure of, or calls low, would mark every second line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries that it loads
            from bandit.core.config import BanditConfig  # noqa: PLC0415 - it takes most of a second
            from bandit.core.manager import BanditManager  # noqa: PLC0415
    except ImportError:
        _LOGGER.info("bandit is not installed; of insecure uses, weak keys and ciphers are marked only")
        return
    manager = BanditManager(BanditConfig(), "file", profile={"exclude": list(_SKIPPED)})
    with tempfile.TemporaryDirectory(prefix="codex-lsp-") as folder:
        file = Path(folder) / "suggestion.py"
        file.write_text(read.text, encoding="utf-8", errors="replace")
        manager.discover_files([str(file)])
        manager.run_tests()
    for issue in manager.get_issue_list("MEDIUM", "MEDIUM"):
        inside = [line for line in (issue.linerange or [issue.lineno]) if read.first <= line <= read.last]
        if inside:
            yield Mark(
                kind=MarkKind.INSECURE,
                message=" ".join(str(issue.text).split()),
                line=issue.lineno if issue.lineno in inside else inside[0],
                code=str(issue.test_id),
            )
