from pathlib import Path

import pytest

from codex_lsp.server.workspace import Workspace


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///work/project/src/app.py", "src/app.py"),
        ("file:///work/project/vendor/lib/x.py", "x.py"),
        ("file:///work/projects/app.py", "app.py"),
        ("file:///elsewhere/app.py", "app.py"),
        ("file:///work/project/a%20b.py", "a b.py"),
        ("file:///work/project", "project"),
        ("untitled:Untitled-1", "Untitled-1"),
        ("http://[", "["),
        ("", ""),
    ],
)
def test_path_of(uri: str, path: str) -> None:
    assert Workspace(["file:///work/project", "file:///work/project/vendor/lib/"]).path_of(uri) == path


def test_folders_come_and_go() -> None:
    workspace = Workspace(["file:///one"])
    workspace.change(added=["file:///two"], removed=["file:///one", "file:///never"])
    assert workspace.path_of("file:///one/a/b.py") == "b.py"
    assert workspace.path_of("file:///two/a/b.py") == "a/b.py"


def test_folders_of_this_machine() -> None:
    uris = ["file:///home/me/my%20project", "/home/me/old", "vscode-remote://ssh/home/me", "untitled:x", "file:///"]
    assert Workspace(uris).folders == [Path("/home/me/my project"), Path("/home/me/old")]
