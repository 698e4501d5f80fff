"""Edits on disk: whole, only where nothing has changed, and never half."""

import os
from pathlib import Path

import pytest

from codex_lsp.assist.result import FileEdit, TextEdit
from codex_lsp.cli.written_edits import write_edits
from codex_lsp.errors import AssistRefused


def edit(path: Path | None, before: str | None, *edits: TextEdit) -> FileEdit:
    return FileEdit(path=path, before=before, edits=edits, label="Edit")


def test_a_new_file_in_a_new_folder_gets_the_usual_mode(tmp_path: Path) -> None:
    path = tmp_path / "tests" / "test_a.py"
    mask = os.umask(0o027)
    try:
        assert write_edits([edit(path, None, TextEdit(start=0, end=0, text="x = 1\n"))]) == (path,)
    finally:
        os.umask(mask)
    assert path.read_bytes() == b"x = 1\n"
    assert path.stat().st_mode & 0o777 == 0o640


def test_one_file_that_changed_keeps_all_from_being_written(tmp_path: Path) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("a")
    two.write_text("mine")
    change = TextEdit(start=0, end=1, text="b")
    with pytest.raises(AssistRefused, match=r"two\.py: has changed"):
        write_edits([edit(one, "a", change), edit(two, "a", change)])
    assert (one.read_text(), two.read_text()) == ("a", "mine")


def test_a_file_that_is_there_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("mine")
    link = tmp_path / "b.py"
    link.symlink_to(tmp_path / "nowhere.py")
    for taken in (path, link):
        with pytest.raises(AssistRefused, match="is there already"):
            write_edits([edit(taken, None, TextEdit(start=0, end=0, text="x"))])
    assert path.read_text() == "mine"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.py", "b.py"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "a.py", tmp_path / "b.py"
    path.write_text("é")
    link.symlink_to(path)
    write_edits([edit(link, "é", TextEdit(start=1, end=1, text="x"))])
    assert link.is_symlink()
    assert path.read_text() == "éx"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.py", "b.py"]


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(AssistRefused, match="never saved"):
        write_edits([edit(None, "a")])
    with pytest.raises(AssistRefused, match="cannot be read"):
        write_edits([edit(tmp_path / "gone.py", "a")])
    (tmp_path / "file").touch()
    with pytest.raises(AssistRefused, match="cannot be written"):
        write_edits([edit(tmp_path / "file" / "test_a.py", None)])
