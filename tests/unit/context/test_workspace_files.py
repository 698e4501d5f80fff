"""Which files are read, and that nothing else is."""

import os
import shutil
from pathlib import Path

import pytest

from codex_lsp.context.workspace_files import MAX_FILE_BYTES, WorkspaceFiles, index_of, is_readable


def walked(root: Path, near: Path | None = None) -> list[str]:
    files = WorkspaceFiles(root)
    return [path.relative_to(files.root).as_posix() for path in files.walk(near)]


def write(path: Path, text: str = "x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_source_files_alone(tmp_path: Path) -> None:
    for name in ("a.py", "src/b.ts", ".env", "src/.env.py", "id_rsa.py", "data.json", "readme", ".hidden/c.py"):
        write(tmp_path / name)
    write(tmp_path / ".gitignore", "ignored/\n")
    write(tmp_path / "ignored" / "d.py")
    assert walked(tmp_path) == ["a.py", "src/b.ts"]
    files = WorkspaceFiles(tmp_path)
    for name in (".env", "src/.env.py", "id_rsa.py", "ignored/d.py", "data.json", "../outside.py"):
        assert files.read(tmp_path / name) is None
    read = files.read(tmp_path / "src" / "b.ts")
    assert read is not None
    assert (read.key, read.path, read.language) == ((tmp_path / "src/b.ts").as_posix(), "src/b.ts", "typescript")


def test_what_is_near_comes_first(tmp_path: Path) -> None:
    for name in ("a/x.py", "b/c/near.py", "b/c/d/y.py", "b/z.py"):
        write(tmp_path / name)
    assert walked(tmp_path, tmp_path / "b/c/near.py") == ["b/c/near.py", "b/c/d/y.py", "b/z.py", "a/x.py"]
    assert sorted(walked(tmp_path, Path("/elsewhere/a.py"))) == sorted(walked(tmp_path))


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither in circles nor out of the workspace."""
    root = tmp_path / "root"
    write(root / "a.py")
    secret = write(tmp_path / "outside" / "secret.py", "TOKEN = 3\n")
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "out").symlink_to(secret.parent, target_is_directory=True)
    (root / "link.py").symlink_to(secret)
    (root / "self.py").symlink_to(root / "self.py")
    assert walked(root) == ["a.py"]
    files = WorkspaceFiles(root)
    assert [files.read(root / name) for name in ("link.py", "self.py", "loop", "out/secret.py", "loop/a.py")] == [
        None
    ] * 5


def test_a_workspace_that_is_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path / "real" / "a.py")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    read = WorkspaceFiles(tmp_path / "link").read(tmp_path / "link" / "a.py")
    assert read is not None
    assert read.key == (tmp_path / "link" / "a.py").as_posix()


def test_files_that_vanish_or_are_none(tmp_path: Path) -> None:
    for name in ("a/b.py", "a/c.py", "d.py"):
        write(tmp_path / name)
    walk = WorkspaceFiles(tmp_path).walk()
    files = WorkspaceFiles(tmp_path)
    assert next(walk).name == "d.py"
    shutil.rmtree(tmp_path / "a")
    assert list(walk) == []
    assert files.read(tmp_path / "a" / "b.py") is None
    os.mkfifo(tmp_path / "pipe.py")
    assert files.read(tmp_path / "pipe.py") is None
    assert files.read(tmp_path) is None
    assert walked(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    "content",
    [
        b"\0\1\2",
        b"x = '\xff'",
        b"",
        b" \n\n",
        b"var a=1;" * 5000,
        b"x = 1\n" * 30_000,
        b"x" * (MAX_FILE_BYTES + 1),
    ],
    ids=["binary", "not utf-8", "empty", "blank", "minified", "endless", "huge"],
)
def test_what_nobody_writes_is_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.js").write_bytes(content)
    assert len(index_of(tmp_path)) == 0


def test_mixed_line_ends_tabs_and_scripts(tmp_path: Path) -> None:
    text = "\ufeffdef alpha():\r\n\treturn 'שלום 😋'\r  \fbeta()\n"
    (tmp_path / "a.py").write_text(text, encoding="utf-8", newline="")
    read = WorkspaceFiles(tmp_path).read(tmp_path / "a.py")
    assert read is not None
    (chunk,) = read.chunks
    assert chunk.text == "def alpha():\n\treturn 'שלום 😋'\n  \fbeta()"


def test_a_late_walk_ends_with_what_there_is(tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path / f"a{number}.py")
    asked = iter([False, False, True])
    assert len(index_of(tmp_path, is_late=lambda: next(asked))) == 2


def test_a_short_line_is_no_minified_file() -> None:
    assert is_readable("x = 1")
    assert not is_readable("x" * 1000)


@pytest.mark.parametrize("name", ["a\0b.py", "a\ud800b.py", f"{'x' * 5000}.py"])
def test_names_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    assert WorkspaceFiles(tmp_path).read(tmp_path / name) is None


def test_folders_deeper_than_paths_may_be_long(tmp_path: Path) -> None:
    """What can be reached is read."""
    write(tmp_path / "a.py")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(45):
        os.mkdir("d" * 100, dir_fd=descriptor)
        inner = os.open("d" * 100, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    assert walked(tmp_path) == ["a.py"]
