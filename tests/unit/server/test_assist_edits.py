from pathlib import Path

import pytest
from lsprotocol import types

from codex_lsp.assist.result import FileEdit, TextEdit
from codex_lsp.context.document import Document, PositionEncoding
from codex_lsp.errors import AssistRefused
from codex_lsp.server.abilities import Abilities
from codex_lsp.server.assist_edits import Current, workspace_edit

PATH = Path("/w/a.py")
BEFORE = "x = '\U0001f600'; y = 1\nz = 2\n"
EDIT = FileEdit(
    path=PATH,
    uri=PATH.as_uri(),
    version=3,
    before=BEFORE,
    edits=(TextEdit(start=BEFORE.index("y"), end=BEFORE.index("z"), text="w\n"),),
    label="Mend",
    description="1 test passes",
)
NEW = FileEdit(path=Path("/w/test_a.py"), before=None, edits=(TextEdit(start=0, end=0, text="new\n"),), label="Add")
ALL = Abilities(versions=True, creates_files=True, annotates=True)


def current(text: str = BEFORE, version: int = 3, *, is_open: bool = True) -> Current:
    document = Document(uri=PATH.as_uri(), language="python", version=version, text=text)
    return Current(document=document, is_open=is_open)


def made(*edits: FileEdit, now: Current | None, abilities: Abilities = ALL) -> types.WorkspaceEdit:
    currents = [now if edit.path == PATH else None for edit in edits]
    return workspace_edit(edits, currents, encoding=PositionEncoding.UTF16, abilities=abilities)


def test_each_change_names_its_version_and_wants_to_be_confirmed() -> None:
    edit = made(EDIT, NEW, now=current())
    assert edit.changes is None
    assert edit.change_annotations == {
        "codex-lsp-0": types.ChangeAnnotation(label="Mend", needs_confirmation=True, description="1 test passes"),
        "codex-lsp-1": types.ChangeAnnotation(label="Add", needs_confirmation=True),
    }
    mended, created, filled = list(edit.document_changes or ())
    assert isinstance(mended, types.TextDocumentEdit)
    assert mended.text_document == types.OptionalVersionedTextDocumentIdentifier(uri="file:///w/a.py", version=3)
    # The smile is two units of UTF-16.
    span = types.Range(types.Position(0, 10), types.Position(1, 0))
    assert mended.edits == [types.AnnotatedTextEdit(annotation_id="codex-lsp-0", range=span, new_text="w\n")]
    assert isinstance(created, types.CreateFile)
    assert (created.uri, created.annotation_id) == ("file:///w/test_a.py", "codex-lsp-1")
    assert isinstance(filled, types.TextDocumentEdit)
    assert filled.text_document.version is None


def test_a_file_that_is_not_open_has_no_version() -> None:
    (change,) = list(made(EDIT, now=current(version=0, is_open=False)).document_changes or ())
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version is None


def test_a_client_without_annotations_gets_plain_edits() -> None:
    edit = made(EDIT, now=current(), abilities=Abilities(versions=True))
    (change,) = list(edit.document_changes or ())
    assert isinstance(change, types.TextDocumentEdit)
    assert [type(part) for part in change.edits] == [types.TextEdit]
    assert edit.change_annotations is None


def test_a_client_without_versions_gets_changes_by_document() -> None:
    edit = made(EDIT, now=current(), abilities=Abilities())
    assert edit.document_changes is None
    assert edit.changes is not None
    assert [part.new_text for part in edit.changes["file:///w/a.py"]] == ["w\n"]


@pytest.mark.parametrize(
    "now",
    [None, current(text=BEFORE + " "), current(version=4), current(text="", is_open=False)],
    ids=["gone", "other text", "other version", "other text on disk"],
)
def test_what_has_moved_on_is_not_edited(now: Current | None) -> None:
    with pytest.raises(AssistRefused, match=r"`a\.py`.*nothing was changed; ask again"):
        made(EDIT, now=now)


def test_a_file_that_is_there_meanwhile_is_not_created() -> None:
    with pytest.raises(AssistRefused, match=r"`a\.py` was created meanwhile"):
        made(FileEdit(path=PATH, before=None, edits=(), label="Add"), now=current())


def test_a_client_that_creates_no_files_is_told_what_to_do() -> None:
    with pytest.raises(AssistRefused, match=r"create an empty `test_a\.py`"):
        made(NEW, now=None, abilities=Abilities(versions=True))
