"""The index beside a server: what is read when, and what is not."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.config import ContextSettings
from codex_lsp.context.document import Document
from codex_lsp.server import indexer as indexer_module
from codex_lsp.server.indexer import Indexer
from codex_lsp.types import CursorContext

TIMEOUT_S = 60.0


class Stage:
    """An indexer, and when it has done what it has to do."""

    def __init__(self) -> None:
        self.walks = 0
        self.counts: list[int] = []
        self.indexer = Indexer(self._show, ContextSettings(snippet_threshold=0.0))

    async def _show(self, count: Callable[[], int], walk: Coroutine[Any, Any, None]) -> None:
        await walk
        self.walks += 1
        self.counts.append(count())

    def open(self, path: Path, text: str, *, language: str = "python") -> Document:
        document = Document(uri=path.as_uri(), language=language, version=0, text=text)
        self.indexer.document_changed(document, path.name)
        return document

    def asked(self, path: Path, prefix: str) -> list[str]:
        """The texts of the snippets for a place."""
        context = CursorContext(uri=path.as_uri(), path=path.name, language="python", prefix=prefix, suffix="")
        self.indexer.neighbours.refresh()
        found = self.indexer.neighbours.snippets(context, max_tokens=1000, count_tokens=len)
        return [snippet.text for snippet in found]

    async def has(self, *paths: Path) -> None:
        """Exactly these files are held when everything is read."""
        async with asyncio.timeout(TIMEOUT_S):
            await self.indexer.idle()
        index = self.indexer.index
        assert [path.name for path in paths if path.as_posix() not in index] == []
        assert len(index) == len(paths)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    stage.indexer.stop()


def write(path: Path, text: str = "def till(): pass\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


async def test_nothing_is_read_before_somebody_asks(tmp_path: Path, stage: Stage) -> None:
    a = write(tmp_path / "a.py")
    stage.indexer.open_folders([tmp_path])
    stage.open(tmp_path / "b.py", "x = 1")
    await asyncio.sleep(0)
    assert len(stage.indexer.index) == 0
    assert stage.asked(tmp_path / "b.py", "till(") == []
    await stage.has(a, tmp_path / "b.py")
    assert stage.asked(tmp_path / "b.py", "till(") == ["def till(): pass"]


async def test_without_trust_only_open_documents(tmp_path: Path, stage: Stage) -> None:
    write(tmp_path / "a.py")
    stage.indexer.open_folders([])
    stage.asked(tmp_path / "b.py", "till(")
    other = stage.open(tmp_path / "c.py", "def open_till(): pass\n")
    await stage.has(tmp_path / "c.py")
    assert stage.asked(tmp_path / "b.py", "open_till(") == ["def open_till(): pass"]
    stage.indexer.files_changed([(tmp_path / "a.py").as_uri()])
    stage.indexer.document_closed(other.uri)
    await stage.has()
    assert stage.walks == 0


async def test_the_editor_knows_better_than_the_disk(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer_module, "PAUSE_S", 0.001)
    a, b = write(tmp_path / "a.py"), write(tmp_path / "b.py")
    document = stage.open(a, "def typed(): pass\n")
    stage.indexer.open_folders([tmp_path])
    stage.asked(b, "x")
    await stage.has(a, b)
    assert stage.asked(b, "typed(") == ["def typed(): pass"]
    stage.open(a, "def typed_later(): pass\n")
    await stage.has(a, b)
    assert stage.asked(b, "typed_later(") == ["def typed_later(): pass"]
    stage.indexer.document_closed(document.uri)
    await stage.has(a, b)
    assert stage.asked(b, "till(") == ["def till(): pass"]


async def test_files_come_change_and_go(tmp_path: Path, stage: Stage) -> None:
    a = write(tmp_path / "src" / "a.py")
    stage.indexer.open_folders([tmp_path])
    stage.asked(tmp_path / "b.py", "x")
    await stage.has(a)
    c = write(tmp_path / "src" / "c.py")
    write(tmp_path / ".env.py", "KEY = 3\n")
    stage.indexer.files_changed(path.as_uri() for path in (c, tmp_path / ".env.py", tmp_path / "never.py"))
    await stage.has(a, c)
    shutil.rmtree(tmp_path / "src")
    stage.indexer.files_changed([(tmp_path / "src").as_uri()])
    await stage.has()


async def test_other_rules_are_a_new_walk(tmp_path: Path, stage: Stage) -> None:
    a, b = write(tmp_path / "a.py"), write(tmp_path / "gen" / "b.py")
    stage.indexer.open_folders([tmp_path])
    stage.asked(tmp_path / "c.py", "x")
    await stage.has(a, b)
    rules = write(tmp_path / ".gitignore", "gen/\n")
    stage.indexer.files_changed([rules.as_uri()])
    await stage.has(a)
    stage.open(b, "def till(): pass\n")
    stage.open(tmp_path / ".env", "def till(): pass\n")
    last = stage.open(tmp_path / "d.py", "def till(): pass\n")
    await stage.has(a, Path(tmp_path / "d.py"))
    stage.indexer.document_closed(last.uri)
    await stage.has(a)


async def test_folders_are_opened_and_closed(tmp_path: Path, stage: Stage) -> None:
    a, b = write(tmp_path / "one" / "a.py"), write(tmp_path / "two" / "b.py")
    stage.indexer.open_folders([tmp_path / "one"])
    stage.asked(tmp_path / "c.py", "x")
    await stage.has(a)
    stage.indexer.open_folders([tmp_path / "one", tmp_path / "two"])
    await stage.has(a, b)
    stage.indexer.open_folders([tmp_path / "two"])
    await stage.has(b)
    assert stage.counts == [1, 1]


async def test_many_changes_at_once_are_a_new_walk(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer_module, "MAX_EVENTS", 3)
    stage.indexer.open_folders([tmp_path])
    stage.asked(tmp_path / "c.py", "x")
    paths = [write(tmp_path / f"a{number}.py") for number in range(9)]
    stage.indexer.files_changed(path.as_uri() for path in paths)
    await stage.has(*paths)


async def test_a_failure_is_logged_and_reading_goes_on(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    a = write(tmp_path / "a.py")

    def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    with monkeypatch.context() as patched:
        patched.setattr("codex_lsp.context.workspace_files.WorkspaceFiles.read", fail)
        stage.indexer.open_folders([tmp_path])
        stage.asked(tmp_path / "c.py", "x")
        await stage.has()
    assert "reading the workspace failed" in caplog.text
    stage.indexer.files_changed([a.as_uri()])
    await stage.has(a)


async def test_another_rule_of_exclusion_drops_files_at_once_and_brings_them_back(tmp_path: Path, stage: Stage) -> None:
    a, plans = write(tmp_path / "a.py"), write(tmp_path / "private" / "plans.py")
    stage.indexer.open_folders([tmp_path])
    b = tmp_path / "private" / "b.py"
    stage.open(b, "def typed(): pass\n")
    stage.asked(a, "x")
    await stage.has(a, plans, b)
    stage.indexer.configure(ContextSettings(), ["private"])
    assert plans.as_posix() not in stage.indexer.index
    assert b.as_posix() not in stage.indexer.index
    await stage.has(a)
    stage.indexer.configure(ContextSettings(), [])
    await stage.has(a, plans, b)


async def test_a_uri_that_names_a_secret_beside_its_path_is_left_out(stage: Stage, tmp_path: Path) -> None:
    uri = "git:/w/x.py?%7B%22path%22%3A%22%2Fw%2F.env%22%7D"
    stage.indexer.document_changed(Document(uri=uri, language="python", version=0, text="x = 1\n"), "x.py")
    stage.asked(tmp_path / "b.py", "x")
    await stage.has()
    stage.open(tmp_path / "a.py", "x = 1\n")
    await stage.has(tmp_path / "a.py")


async def test_a_folder_that_is_still_there_keeps_its_files(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    stage.indexer.open_folders([tmp_path])
    stage.asked(tmp_path / "b.py", "x")
    await stage.has(tmp_path / "a.py")
    stage.indexer.files_changed([tmp_path.as_uri()])
    await stage.has(tmp_path / "a.py")
