"""Files that the server writes by itself: new ones alone, all of them or none."""

import resource
import signal
from pathlib import Path

import pytest

from codex_lsp.assist.result import FileEdit, TextEdit
from codex_lsp.errors import AssistRefused
from codex_lsp.server.new_files import write_new


def new(path: Path) -> FileEdit:
    return FileEdit(path=path, before=None, edits=(TextEdit(start=0, end=0, text="é\n"),), label="Add")


def test_files_and_their_folders_are_written(tmp_path: Path) -> None:
    paths = [tmp_path / "tests" / "unit" / "test_a.py", tmp_path / "b.mjs"]
    assert write_new(map(new, paths)) == paths
    assert [path.read_text(encoding="utf-8") for path in paths] == ["é\n", "é\n"]


def test_nothing_that_is_there_is_written_over_nor_anything_left_beside_it(tmp_path: Path) -> None:
    there = tmp_path / "there.py"
    there.write_text("mine", encoding="utf-8")
    (tmp_path / "link.py").symlink_to(tmp_path / "nowhere")
    for taken in (there, tmp_path / "link.py", there / "below.py"):
        with pytest.raises(AssistRefused, match=r"cannot be written .* nothing was changed"):
            write_new([new(tmp_path / "fresh.py"), new(taken)])
    assert there.read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.py", "there.py"]


def test_what_could_be_written_of_a_file_is_removed_again(tmp_path: Path) -> None:
    # One that holds nothing: writing fails once the file is there.
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))
    try:
        with pytest.raises(AssistRefused, match=r"cannot be written .* nothing was changed"):
            write_new([new(tmp_path / "fresh.py")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert not list(tmp_path.iterdir())


def test_what_no_file_can_hold_is_replaced(tmp_path: Path) -> None:
    edit = FileEdit(path=tmp_path / "a.js", before=None, edits=(TextEdit(start=0, end=0, text="\ud800"),), label="Add")
    write_new([edit])
    assert (tmp_path / "a.js").read_bytes() == b"?"
