"""Keeps an index of the workspace's source files up, beside everything else and never in its way.

Files are read by one thread, a few milliseconds at a time with as long a rest, and put into the index between
messages. Nothing is read before a model asks for pieces or texts of other files, and of a workspace that is not trusted
nothing but the documents that the editor has open.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from codex_lsp.config import ContextSettings
from codex_lsp.context.cursor import plain_newlines
from codex_lsp.context.document import Document
from codex_lsp.context.exclusion import excluding
from codex_lsp.context.ignore_rules import RULES_NAME
from codex_lsp.context.language import is_code
from codex_lsp.context.neighbours import Neighbours, key_of
from codex_lsp.context.regular_file import is_folder
from codex_lsp.context.source_index import ReadFile, SourceIndex, read_file
from codex_lsp.context.workspace_files import WorkspaceFiles, is_readable

logger = logging.getLogger(__name__)

SLICE_S = 0.005
"""How long the thread works at a time; it rests as long, so that half of a processor stays free."""
PAUSE_S = 1.0
"""A document is read again when nothing was typed in it for so long."""
MAX_EVENTS = 1000
"""More files that change at once are looked for in a new walk."""

ShowProgress = Callable[[Callable[[], int], Coroutine[Any, Any, None]], Coroutine[Any, Any, None]]


class Indexer:
    """Owns the index, and the thread that reads for it."""

    def __init__(
        self, show_walk: ShowProgress, settings: ContextSettings | None = None, *, exclude: Collection[str] = ()
    ) -> None:
        """Hold an empty index.

        Args:
            show_walk: Awaits a walk while it shows how many files it has found.
            settings: Which snippets are chosen; None for the defaults.
            exclude: Globs of files that no model is shown.
        """
        self.index = SourceIndex()
        self._exclude = tuple(exclude)
        self._is_excluded = excluding(exclude)
        self.neighbours = Neighbours(self.index, settings, is_excluded=self._is_excluded, on_first_use=self._begin)
        self._show_walk = show_walk
        self._roots: dict[Path, WorkspaceFiles] = {}
        self._documents: dict[str, tuple[Document, str]] = {}
        self._pauses: dict[str, asyncio.TimerHandle] = {}
        self._stale: dict[str, None] = {}
        self._changed: dict[Path, None] = {}
        self._unwalked: deque[Path] = deque()
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._walked = 0
        self._task: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None

    def configure(self, settings: ContextSettings, exclude: Collection[str]) -> None:
        """Put other settings in force; what is excluded now is dropped at once, what no longer is comes back."""
        if tuple(exclude) != self._exclude:
            self._exclude = tuple(exclude)
            self._is_excluded = excluding(exclude)
            held = list(self._documents.items())
            for key in [key for key, (document, _) in held if any(map(self._is_excluded, (document.uri, key)))]:
                self.index.remove(key)
            self._walk_again()
        self.neighbours.configure(settings, is_excluded=self._is_excluded)

    def open_folders(self, folders: Iterable[Path]) -> None:
        """Take files from these trusted folders, and from no others."""
        wanted = dict.fromkeys(folders)
        for gone in [root for root in self._roots if root not in wanted]:
            del self._roots[gone]
            self.index.remove_under(gone.as_posix())
        for root in wanted:
            if root not in self._roots:
                self._roots[root] = WorkspaceFiles(root, is_excluded=self._is_excluded)
                self._unwalked.append(root)
        self._stale |= dict.fromkeys(self._documents)
        self._wake()

    def document_changed(self, document: Document, path: str) -> None:
        """Take note of an open document; `path` is what it is called in the workspace."""
        key = key_of(document.uri)
        is_new = key not in self._documents
        self._documents[key] = document, path
        self.neighbours.visited(document.uri)
        if is_new:
            self._put(self._stale, key)
            return
        if (pause := self._pauses.pop(key, None)) is not None:
            pause.cancel()
        self._pauses[key] = asyncio.get_running_loop().call_later(PAUSE_S, self._paused, key)
        self._idle.clear()

    def document_closed(self, uri: str) -> None:
        """Take note that a document is what its file holds."""
        key = key_of(uri)
        if self._documents.pop(key, None) is None:
            return
        if (pause := self._pauses.pop(key, None)) is not None:
            pause.cancel()
        self.index.remove(key)
        self._put(self._changed, Path(key))

    def files_changed(self, uris: Iterable[str]) -> None:
        """Take note of files that were made, changed or deleted."""
        for uri in uris:
            path = Path(key_of(uri))
            if path.name == RULES_NAME or len(self._changed) >= MAX_EVENTS:
                self._walk_again()
                return
            self._put(self._changed, path)

    async def idle(self) -> None:
        """Return when everything is read that was to be read."""
        await self._idle.wait()

    def stop(self) -> None:
        """Read no more."""
        for pause in self._pauses.values():
            pause.cancel()
        if self._task is not None:
            self._task.cancel()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        """Read from now on: a model asks for other files."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="index")
        self._task = asyncio.get_running_loop().create_task(self._run())

    def _put(self, pending: dict[Any, None], item: str | Path) -> None:
        pending[item] = None
        self._wake()

    def _paused(self, key: str) -> None:
        del self._pauses[key]
        self._put(self._stale, key)

    def _wake(self) -> None:
        self._idle.clear()
        self._news.set()

    def _walk_again(self) -> None:
        self._changed.clear()
        for root in list(self._roots):
            self._roots[root] = WorkspaceFiles(root, is_excluded=self._is_excluded)
            self.index.remove_under(root.as_posix())
            if root not in self._unwalked:
                self._unwalked.append(root)
        self._stale |= dict.fromkeys(self._documents)
        self._wake()

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._caught_up()
                while self._unwalked:
                    await self._show_walk(lambda: self._walked, self._walk(self._unwalked.popleft()))
            except Exception:
                # Completion goes on without what could not be read; the next change tries again.
                logger.exception("reading the workspace failed")
            if not self._news.is_set() and not self._pauses:
                self._idle.set()

    async def _walk(self, root: Path) -> None:
        """Read every source file under a folder; what changes meanwhile comes first."""
        files = self._roots.get(root)
        if files is None:
            return
        self._walked, started = 0, time.monotonic()
        walk = files.walk(self._nearest(root))
        while self._roots.get(root) is files and not self.index.is_full:
            await self._caught_up()
            read = await self._in_thread(lambda: _slice(files, walk))
            if read is None or self._roots.get(root) is not files:
                break
            self._take(read)
            self._walked += len(read)
            await asyncio.sleep(SLICE_S)
        self.neighbours.refresh()
        logger.info("%s: %d source files read in %.1f s", root, self._walked, time.monotonic() - started)

    async def _caught_up(self) -> None:
        """Read what has changed: open documents, then files."""
        while self._stale or self._changed:
            if self._stale:
                key = next(iter(self._stale))
                del self._stale[key]
                await self._read_document(key)
            else:
                path = next(iter(self._changed))
                del self._changed[path]
                await self._read_path(path)
            await asyncio.sleep(0)

    async def _read_document(self, key: str) -> None:
        if key not in self._documents:
            return
        document, path = self._documents[key]
        files = self._files_of(Path(key))
        is_excluded = self._is_excluded
        read = await self._in_thread(lambda: _read_open(document, key, path, files, is_excluded))
        if read is None or is_excluded is not self._is_excluded:
            self.index.remove(key)
        elif key in self._documents:
            self.index.add(read)

    async def _read_path(self, path: Path) -> None:
        key = path.as_posix()
        files = self._files_of(path)
        if key in self._documents:
            return
        read = await self._in_thread(lambda: files.read(path)) if files is not None else None
        if read is not None and self._files_of(path) is files:
            self._take([read])
        elif not await self._in_thread(lambda: is_folder(path)):
            # What lay in a folder that is still there is told of file by file.
            self.index.remove_under(key)

    def _take(self, read: Iterable[ReadFile]) -> None:
        for file in read:
            # What the editor holds of a file is newer than the disk.
            if file.key not in self._documents:
                self.index.add(file)

    def _files_of(self, path: Path) -> WorkspaceFiles | None:
        holders = [root for root in self._roots if path.is_relative_to(root)]
        return self._roots[max(holders, key=lambda root: len(root.parts))] if holders else None

    def _nearest(self, root: Path) -> Path | None:
        return next((Path(key) for key in reversed(self._documents) if Path(key).is_relative_to(root)), None)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _slice(files: WorkspaceFiles, walk: Iterator[Path]) -> list[ReadFile] | None:
    """Some files more; None after the last one."""
    end = time.monotonic() + SLICE_S
    found: list[ReadFile] = []
    for path in walk:
        read = files.read(path)
        if read is not None:
            found.append(read)
        if time.monotonic() > end:
            return found
    return found or None


def _read_open(
    document: Document, key: str, path: str, files: WorkspaceFiles | None, is_excluded: Callable[[str], bool]
) -> ReadFile | None:
    ignored = files is not None and files.is_ignored(Path(key))
    text, language = plain_newlines(document.text), document.language
    # The URI too: it may name the file where its path does not, as those of editors' older versions do.
    is_hidden = any(map(is_excluded, (document.uri, key, path)))
    if ignored or is_hidden or not is_code(language) or not is_readable(text):
        return None
    return read_file(text, key=key, path=path, language=language)
