"""Marks on suggestions: diagnostics on the lines of one that was accepted, warnings in a menu entry's documentation.

Ghost text has no room for a mark, and a keystroke no time: nothing is computed before somebody accepts a suggestion, or
looks at an entry of the menu, and then in a thread. A diagnostic stays until its line is changed. Of a suggestion that
is taken word by word or line by line, clients tell nothing: what stands of it in the document is marked.
"""

import asyncio
import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from codex_lsp.context.document import Document, Position, PositionEncoding, Range
from codex_lsp.server.conversion import lsp_range
from codex_lsp.server.documents import Documents
from codex_lsp.server.place import Place
from codex_lsp.statistics.retention import plain

if TYPE_CHECKING:
    from codex_lsp.assist.safety import Mark

logger = logging.getLogger(__name__)

SOURCE = "codex-lsp"
_REMEMBERED = 40
"""Items that can still be accepted; an older one is no longer shown by any editor."""
_LANGUAGE = "python"
_CLOSERS = ")]}'\""
"""What an editor puts behind the cursor by itself; a suggestion may take its place once it is accepted to the end."""
_MAX_CLOSERS = 8

Publish = Callable[[types.PublishDiagnosticsParams], None]
MarksIn = Callable[[str, str, str, str], "tuple[Mark, ...]"]
"""URI, text before, inserted text and text after, to the marks of the inserted lines; blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offered:
    """An item that went to the editor: the document's text around it, and what it inserts."""

    uri: str
    before: str
    inserted: str
    after: str

    def part_in(self, text: str) -> "_Offered | None":
        """The part of it that was accepted to give `text`; None where that is another text, or has all of it."""
        text, before, after = plain(text), plain(self.before), plain(self.after)
        size = len(text) - len(before) - len(after)
        if not 0 < size <= len(self.inserted) + _MAX_CLOSERS or not (text.startswith(before) and text.endswith(after)):
            return None
        there = text[len(before) : len(before) + size]
        part = os.path.commonprefix([there, self.inserted])  # noqa: RUF071 - characters are what is meant
        rest = there[len(part) :]
        if part in ("", self.inserted) or rest.strip(_CLOSERS):
            return None
        return replace(self, before=before, inserted=part, after=rest + after)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A mark at a line of a document: the line's text tells where it has gone."""

    mark: "Mark"
    line: int
    text: str


class Marks:
    """Remembers what was offered, and marks what was accepted of it."""

    def __init__(
        self, documents: Documents, publish: Publish, find: MarksIn, encoding: Callable[[], PositionEncoding]
    ) -> None:
        """Mark lines of `documents`; `find` is called in a thread, and `encoding` tells what positions count."""
        self._documents = documents
        self._publish = publish
        self._find = find
        self._encoding = encoding
        self._offered: OrderedDict[str, _Offered] = OrderedDict()
        self._shown: dict[str, tuple[_Shown, ...]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def answered(self, place: Place, inserts: Sequence[str], ids: Sequence[str]) -> None:
        """Items go to the editor; only references to texts are kept."""
        context = place.context
        if context.language != _LANGUAGE:
            return
        for insert, identity in zip(inserts, ids, strict=True):
            self._offered[identity] = _Offered(
                uri=context.uri, before=context.prefix, inserted=insert, after=context.suffix
            )
        while len(self._offered) > _REMEMBERED:
            self._offered.popitem(last=False)

    def accepted(self, identity: str) -> None:
        """An item was accepted: what is to be marked in it is found in the background, and published."""
        offered = self._offered.get(identity)
        if offered is not None:
            self._start(offered)

    def grown(self, document: Document) -> None:
        """Several characters came at once: where they are a part of an item, that is marked as if it were all of it."""
        for offered in reversed(self._offered.values()):
            part = offered.part_in(document.text) if offered.uri == document.uri else None
            if part is not None:
                self._start(part)
                return

    async def of_item(self, identity: str) -> "tuple[Mark, ...]":
        """The marks of an item that was offered."""
        offered = self._offered.get(identity)
        return () if offered is None else await self._found(offered)

    def changed(self, document: Document) -> None:
        """A document was edited: marks follow their lines, and end with them."""
        before = self._shown.get(document.uri)
        if before:
            lines = _lines(document)
            self._show(document, [moved for each in before if (moved := _moved(each, lines)) is not None])

    def closed(self, uri: str) -> None:
        """A document was closed: nothing of it is marked any more."""
        for identity in [identity for identity, offered in self._offered.items() if offered.uri == uri]:
            del self._offered[identity]
        if self._shown.pop(uri, ()):
            self._publish(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))

    async def close(self) -> None:
        """Wait for what is being found."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, offered: _Offered) -> None:
        task = asyncio.get_running_loop().create_task(self._mark(offered))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _mark(self, offered: _Offered) -> None:
        marks = await self._found(offered)
        document = self._documents.get(offered.uri)
        if not marks or document is None:
            return
        # The person may have gone on meanwhile: the marked lines are looked up in what is there now.
        completed = (offered.before + offered.inserted + offered.after).split("\n")
        lines = _lines(document)
        fresh = [
            _Shown(mark=mark, line=mark.line - 1, text=completed[mark.line - 1].strip())
            for mark in marks
            if mark.line <= len(completed)
        ]
        found = [moved for each in fresh if (moved := _moved(each, lines)) is not None]
        self._show(document, [*self._shown.get(document.uri, ()), *found])

    async def _found(self, offered: _Offered) -> "tuple[Mark, ...]":
        try:
            return await asyncio.to_thread(self._find, offered.uri, offered.before, offered.inserted, offered.after)
        except Exception:
            # A reader of other people's code may meet anything; a mark less never costs a suggestion.
            logger.warning("a suggestion could not be looked through for marks")
            logger.debug("it failed", exc_info=True)
            return ()

    def _show(self, document: Document, shown: Sequence[_Shown]) -> None:
        distinct = {(each.line, each.mark.message): each for each in shown}
        now = tuple(distinct.values())
        if now == self._shown.get(document.uri, ()):
            return
        self._shown[document.uri] = now
        diagnostics = [_diagnostic(each, document, self._encoding()) for each in now]
        self._publish(
            types.PublishDiagnosticsParams(uri=document.uri, version=document.version, diagnostics=diagnostics)
        )


def marks_in(
    place: tuple[Path | None, Path | None, bool], before: str, inserted: str, after: str
) -> "tuple[Mark, ...]":
    """The marks of an insertion; `place`: its file, the folder of its project, whether the workspace is trusted."""
    # Most sessions never need it.
    from codex_lsp.assist.imports import known_modules  # noqa: PLC0415
    from codex_lsp.assist.safety import marks_of  # noqa: PLC0415

    path, root, trusted = place
    return marks_of(before, inserted, after, installed=known_modules(path, root, trusted=trusted))


def warnings_text(marks: "Sequence[Mark]") -> str:
    """What a menu entry's documentation says of its marks, above the code."""
    return "".join(f"⚠ {mark.kind}: {mark.message}\n\n" for mark in marks)


def _moved(shown: _Shown, lines: Sequence[str]) -> _Shown | None:
    """The mark where its line is now: the nearest line with that text; None where there is none."""
    places = [at for at, line in enumerate(lines) if line.strip() == shown.text]
    if not places:
        return None
    return replace(shown, line=min(places, key=lambda at: abs(at - shown.line)))


def _lines(document: Document) -> list[str]:
    return [document.line_text(line) for line in range(document.line_count)]


def _diagnostic(shown: _Shown, document: Document, encoding: PositionEncoding) -> types.Diagnostic:
    text = document.line_text(shown.line)
    begin = document.offset_at(Position(shown.line, 0), encoding)
    start, end = begin + len(text) - len(text.lstrip()), begin + len(text.rstrip())
    return types.Diagnostic(
        range=lsp_range(Range(document.position_at(start, encoding), document.position_at(end, encoding))),
        message=shown.mark.message,
        severity=types.DiagnosticSeverity.Warning,
        source=SOURCE,
        code=shown.mark.code or shown.mark.kind.value,
    )
