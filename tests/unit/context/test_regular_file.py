"""Only files are read, and nothing waits."""

import os
from pathlib import Path

import pytest

from codex_lsp.context.regular_file import exists, is_no_link, regular_bytes

NAMES_OF_NONE = ("a\0b", "a\ud800b", "x" * 5000)
"""That no file can have: a terminator, half of a character, too long."""


def test_files_alone_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"x = 1\n")
    (tmp_path / "link.py").symlink_to(file)
    # Opened plainly, it would wait for somebody who writes.
    os.mkfifo(tmp_path / "pipe.py")
    assert regular_bytes(file, max_bytes=100) == b"x = 1\n"
    assert regular_bytes(file, max_bytes=2) == b"x ="
    for other in (tmp_path / "link.py", tmp_path / "pipe.py", tmp_path, tmp_path / "none.py", Path("/dev/zero")):
        assert regular_bytes(other, max_bytes=100) is None


@pytest.mark.parametrize("name", NAMES_OF_NONE)
def test_names_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    assert regular_bytes(tmp_path / name, max_bytes=100) is None
    assert not exists(tmp_path / name)
    is_no_link(tmp_path / name)


def test_links(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert is_no_link(Path(os.path.realpath(tmp_path)))
    assert not is_no_link(tmp_path / "link" / "a.py")
