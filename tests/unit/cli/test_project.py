"""Which folder is the project of a file, and what of it is shown."""

from pathlib import Path

import pytest

from codex_lsp.cli.project import neighbours_of, project_of
from codex_lsp.config import ContextSettings, Settings
from codex_lsp.types import CursorContext


@pytest.mark.parametrize("mark", [".git", "pyproject.toml", "package.json"])
def test_the_nearest_marked_folder(tmp_path: Path, mark: str) -> None:
    (tmp_path / ".hg").mkdir()
    (tmp_path / "package" / "src").mkdir(parents=True)
    (tmp_path / "package" / mark).touch()
    assert project_of(tmp_path / "package" / "src" / "app.py") == tmp_path / "package"
    assert project_of(tmp_path / "app.py") == tmp_path


def test_without_marks_the_working_folder_or_the_files_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "src").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert project_of(Path("src/app.py")) == tmp_path / "here"
    assert project_of(tmp_path / "there" / "app.py") == tmp_path / "there"


def test_files_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    neighbours = neighbours_of(tmp_path / "app.py", Settings(context=ContextSettings(snippet_threshold=0.0)))
    (tmp_path / "till.py").write_text("def open_till(): pass\n")
    uri = (tmp_path / "app.py").as_uri()
    context = CursorContext(uri=uri, path="app.py", language="python", prefix="open_till(", suffix="")
    (snippet,) = neighbours.snippets(context, max_tokens=100, count_tokens=len)
    assert snippet.text == "def open_till(): pass"
