"""Marks follow what was accepted: with the real reader of suggestions, and documents that are edited meanwhile."""

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types

from codex_lsp.context.document import Change, Document, Position, PositionEncoding, Range
from codex_lsp.server.documents import Documents
from codex_lsp.server.marks import Marks, marks_in, warnings_text
from codex_lsp.server.place import place_at

URI = "file:///p/a.py"
BEFORE = "import subprocess\n\n\ndef run(x):\n    # 😀\n    "
INSERT = "return subprocess.run(x, shell=True)"
UTF16 = PositionEncoding.UTF16


class Editor:
    """One document, what is published of it, and the marks."""

    def __init__(self, text: str = BEFORE, language: str = "python") -> None:
        self.documents = Documents()
        self.documents.opened(Document(uri=URI, language=language, version=1, text=text))
        self.published: list[types.PublishDiagnosticsParams] = []
        self.looked = 0
        self.marks = Marks(self.documents, self.published.append, self._find, lambda: UTF16)

    def _find(self, uri: str, before: str, inserted: str, after: str):  # noqa: ANN202 - as `marks_in`
        self.looked += 1
        assert uri == URI
        return marks_in((Path("/p/a.py"), Path("/p"), True), before, inserted, after)

    @property
    def document(self) -> Document:
        document = self.documents.get(URI)
        assert document is not None
        return document

    def offer(self, line: int, column: int, insert: str, identity: str = "1") -> None:
        place = place_at(self.document, Position(line, column), UTF16, path="a.py")
        self.marks.answered(place, [insert], [identity])

    def edit(self, line: int, column: int, text: str, *, to: tuple[int, int] | None = None) -> None:
        end = (line, column) if to is None else to
        change = Change(range=Range(Position(line, column), Position(*end)), text=text)
        document = self.documents.changed(URI, [change], version=self.document.version + 1, encoding=UTF16)
        assert document is not None
        self.marks.changed(document)
        self.marks.grown(document)

    async def accept(self, identity: str = "1") -> None:
        self.marks.accepted(identity)
        await self.marks.close()

    def shown(self) -> list[tuple[int, int, int, str]]:
        """Line, first and last column, code of each diagnostic that is shown now."""
        spans = [(each.range, str(each.code)) for each in self.published[-1].diagnostics]
        return [(span.start.line, span.start.character, span.end.character, code) for span, code in spans]


async def test_nothing_is_looked_at_before_a_suggestion_is_accepted() -> None:
    editor = Editor()
    editor.offer(5, 4, INSERT)
    await asyncio.sleep(0)
    assert (editor.looked, editor.published) == (0, [])
    editor.edit(5, 4, INSERT)
    await editor.accept()
    assert editor.shown() == [(5, 4, 4 + len(INSERT), "B602")]
    [diagnostic] = editor.published[-1].diagnostics
    assert (diagnostic.source, diagnostic.severity) == ("codex-lsp", types.DiagnosticSeverity.Warning)
    assert editor.published[-1].version == 2


async def test_a_mark_follows_its_line_and_ends_with_it() -> None:
    editor = Editor()
    editor.offer(5, 4, INSERT)
    editor.edit(5, 4, INSERT)
    await editor.accept()
    editor.edit(0, 0, "import os\n")
    assert editor.shown() == [(6, 4, 4 + len(INSERT), "B602")]
    count = len(editor.published)
    editor.edit(5, 9, "!")
    # Nothing to tell: the marked line is where it was.
    assert len(editor.published) == count
    editor.edit(6, 4, "", to=(6, 4 + len(INSERT)))
    assert editor.shown() == []


async def test_the_person_went_on_before_it_was_found() -> None:
    editor = Editor()
    editor.offer(5, 4, INSERT)
    editor.edit(5, 4, INSERT + "\n")
    editor.edit(0, 0, "\n\n")
    await editor.accept()
    assert editor.shown()[0][0] == 7


async def test_a_line_that_is_gone_is_not_marked() -> None:
    editor = Editor()
    editor.offer(5, 4, INSERT)
    await editor.accept()
    assert editor.published == []


async def test_closing_takes_the_marks_away() -> None:
    editor = Editor()
    editor.offer(5, 4, INSERT)
    editor.edit(5, 4, INSERT)
    await editor.accept()
    editor.documents.closed(URI)
    editor.marks.closed(URI)
    assert editor.shown() == []
    await editor.accept()
    assert editor.looked == 1


async def test_harmless_unknown_and_forgotten_items() -> None:
    editor = Editor()
    editor.offer(5, 4, "return x", "7")
    for number in range(100):
        editor.offer(5, 4, "return x", f"n{number}")
    await editor.accept("never offered")
    await editor.accept("7")
    await editor.accept("n99")
    assert (editor.looked, editor.published) == (1, [])
    other = Editor(language="javascript")
    other.offer(5, 4, INSERT)
    await other.accept()
    assert other.looked == 0


async def test_an_entry_of_the_menu_is_looked_at_when_a_person_does() -> None:
    editor = Editor()
    editor.offer(5, 4, "import reqeusts")
    [mark] = await editor.marks.of_item("1")
    assert warnings_text([mark]).startswith(
        "⚠ unknown import: `reqeusts` is neither installed nor part of this project"
    )
    assert await editor.marks.of_item("2") == ()


async def test_a_reader_that_fails_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: str) -> tuple[()]:
        raise RecursionError

    editor = Editor()
    editor.marks = Marks(editor.documents, editor.published.append, broken, lambda: UTF16)
    editor.offer(5, 4, INSERT)
    await editor.accept()
    assert editor.published == []
    assert "could not be looked through" in caplog.text


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
async def test_parts_are_marked_as_they_are_taken(line_end: str) -> None:
    editor = Editor(BEFORE.replace("\n", line_end))
    editor.offer(5, 4, f"x = 1\n    {INSERT}\n    return 3")
    editor.edit(5, 4, "x")
    editor.edit(5, 5, f" = 1{line_end}    return subprocess")
    await editor.marks.close()
    assert editor.published == []
    editor.edit(6, 4 + len("return subprocess"), ".run(x, shell=True)")
    await editor.marks.close()
    assert editor.shown() == [(6, 4, 4 + len(INSERT), "B602")]


async def test_what_goes_another_way_is_no_part() -> None:
    editor = Editor()
    editor.offer(5, 4, INSERT)
    for column, text in ((4, "return subprocess.call(x, shell=True)"), (41, "  "), (0, "\n")):
        editor.edit(5, column, text)
    await editor.marks.close()
    assert editor.looked == 0


async def test_a_part_in_front_of_a_bracket_that_the_editor_closed() -> None:
    editor = Editor(BEFORE + "(subprocess.)")
    editor.offer(5, 4 + len("(subprocess."), "run(x, shell=True))")
    editor.edit(5, 4 + len("(subprocess."), "run(x, shell=True)")
    await editor.marks.close()
    assert [shown[3] for shown in editor.shown()] == ["B602"]
