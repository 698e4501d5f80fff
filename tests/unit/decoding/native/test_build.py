"""The step compiles where there is a compiler, and says in one line why it does not; nothing else is broken by that."""

import shutil
from pathlib import Path

import pytest

from codex_lsp.decoding.native import library as module
from codex_lsp.decoding.native.build import LIBRARY, CannotBuild, build
from codex_lsp.decoding.native.library import Library, NoLibrary


@pytest.mark.parametrize("compiler", ["/nowhere/cc", "false", "true"])
def test_a_compiler_that_fails_is_named(tmp_path: Path, compiler: str) -> None:
    with pytest.raises(CannotBuild, match=r"cc|false|written"):
        build(tmp_path, environment={"CC": compiler})
    assert list(tmp_path.iterdir()) == []


def test_no_compiler_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotBuild, match="`CC` is no command"):
        build(tmp_path, environment={"CC": 'gcc "x'})
    with pytest.raises(CannotBuild, match="no C compiler"):
        build(tmp_path, environment={})


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_what_a_compiler_does_not_know_is_left_out(tmp_path: Path) -> None:
    # A compiler of a time before these instructions.
    old = tmp_path / "old"
    old.write_text(
        '#!/bin/sh\ncase "$*" in *-mavx512f*|*-mavx2*) echo "error: what?" >&2; exit 1;; esac\nexec cc "$@"\n'
    )
    old.chmod(0o755)
    assert Library(build(tmp_path, environment={"CC": str(old)})).variants == ("portable",)


def test_the_portable_kernels_are_always_there(library: Library) -> None:
    assert library.variants[-1] == "portable"


def test_a_library_that_is_not_there_or_does_not_fit_is_not_used(
    tmp_path: Path, compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoLibrary, match="not compiled"):
        Library(tmp_path / LIBRARY)
    (tmp_path / LIBRARY).write_bytes(b"no library")
    with pytest.raises(NoLibrary, match="cannot be loaded"):
        Library(tmp_path / LIBRARY)
    monkeypatch.setattr(module, "sources_version", lambda: 1)
    with pytest.raises(NoLibrary, match="other sources"):
        Library(compiled)
