import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from codex_lsp.errors import UsageError
from codex_lsp.models.remote.private_folder import MAX_SOCKET_PATH_BYTES, shared_socket_path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the platform names the folder")


@pytest.fixture
def runtime(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's runtime folder, with nothing in it."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    monkeypatch.setattr(tempfile, "tempdir", str(short_folder))
    return short_folder


def test_it_is_in_the_runtime_folder(runtime: Path) -> None:
    path = shared_socket_path("name")
    assert path == runtime / "codex-lsp" / "name.sock"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert shared_socket_path("name") == path
    assert shared_socket_path("other") != path


def test_a_folder_open_to_others_is_passed_over(runtime: Path) -> None:
    (runtime / "codex-lsp").mkdir()
    (runtime / "codex-lsp").chmod(0o777)
    path = shared_socket_path("name")
    assert path.parent == runtime / f"codex-lsp-{os.geteuid()}"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_is_a_link_is_passed_over(runtime: Path) -> None:
    (runtime / "theirs").mkdir(mode=0o700)
    (runtime / "codex-lsp").symlink_to(runtime / "theirs")
    assert shared_socket_path("name").parent == runtime / f"codex-lsp-{os.geteuid()}"


def test_a_path_too_long_is_passed_over(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = runtime / ("x" * 90)
    long.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    path = shared_socket_path("name")
    assert len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES


def test_without_a_place_the_mend_is_named(runtime: Path) -> None:
    with pytest.raises(UsageError, match="set XDG_RUNTIME_DIR"):
        shared_socket_path("x" * 120)
    assert runtime.is_dir()
