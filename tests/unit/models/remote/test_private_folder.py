import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from codex_lsp.models.remote.private_folder import MAX_SOCKET_PATH_BYTES, new_socket_path, remove_socket


@pytest.fixture
def runtime(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's runtime folder, with nothing in it."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    monkeypatch.setattr(tempfile, "tempdir", str(short_folder))
    return short_folder


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the platform names the folder")
def test_it_is_in_the_runtime_folder(runtime: Path) -> None:
    path = new_socket_path()
    assert path.parent == runtime / "codex-lsp"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert new_socket_path() != path
    path.touch()
    remove_socket(path)
    assert path.parent.is_dir()
    assert not path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the platform names the folder")
def test_a_folder_open_to_others_is_passed_over(runtime: Path) -> None:
    (runtime / "codex-lsp").mkdir()
    (runtime / "codex-lsp").chmod(0o777)
    path = new_socket_path()
    assert path.parent.name.startswith("codex-lsp-")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    remove_socket(path)
    assert not path.parent.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the platform names the folder")
def test_a_path_too_long_is_passed_over(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = runtime / ("x" * 90)
    long.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    path = new_socket_path()
    assert len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES
    remove_socket(path)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the platform names the folder")
def test_what_dead_processes_left_is_swept(runtime: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    folder = new_socket_path().parent
    left, living, strange = (folder / name for name in (f"{process.pid}-0.sock", f"{os.getpid()}-0.sock", "mine.sock"))
    for path in (left, living, strange):
        path.touch()
    new_socket_path()
    assert sorted(runtime.glob("codex-lsp/*")) == sorted([living, strange])
