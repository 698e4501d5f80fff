"""What the server brings to an assist: the session's model, this machine's sandbox, files as the person sees them."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.assist.workbench import Workbench
from codex_lsp.context.document import Document
from codex_lsp.context.exclusion import is_excluded
from codex_lsp.context.language import language_of
from codex_lsp.context.regular_file import regular_bytes
from codex_lsp.execution.sandbox import Sandbox, find_sandbox
from codex_lsp.server.consent import Consent
from codex_lsp.server.documents import MAX_CHARACTERS

if TYPE_CHECKING:
    from codex_lsp.server.language_server import CodexLanguageServer

logger = logging.getLogger(__name__)

Tell = Callable[[str, int | None], None]


class FoundSandbox:
    """The sandbox of this machine, looked for when it is first needed; one that is missing may be installed later."""

    def __init__(self, find: Callable[[], Sandbox] = find_sandbox) -> None:
        """Find it with `find`."""
        self._find = find
        self._lock = threading.Lock()
        self._sandbox: Sandbox | None = None

    def __call__(self) -> Sandbox:
        """It; from any thread.

        Raises:
            SandboxUnavailable: There is none that holds.
        """
        with self._lock:
            if self._sandbox is None:
                self._sandbox = self._find()
            return self._sandbox


class Workbenches:
    """Puts together what one assist works with."""

    def __init__(self, ls: "CodexLanguageServer") -> None:
        """Take everything from `ls`."""
        self._ls = ls
        self._find_sandbox = FoundSandbox()
        self.consent = Consent(ls)

    def workbench(self, root: Path | None, tell: Tell) -> Workbench:
        """For an assist in the project at `root`, which tells of its progress through `tell`, on any thread."""
        ls = self._ls
        loop = asyncio.get_running_loop()

        def read(path: Path) -> Document | None:
            return opened_or_stored(ls, path)

        def told(text: str, percent: int | None) -> None:
            loop.call_soon_threadsafe(tell, text, percent)

        async def may_run_unsandboxed() -> bool:
            return await self.consent.may_run_unsandboxed(root)

        return Workbench(
            model=ls.session.assist_model(),
            find_sandbox=self._find_sandbox,
            read=read,
            tell=told,
            may_run_unsandboxed=may_run_unsandboxed,
            settings=ls.settings.current,
            known=ls.session.assist_capabilities,
        )


def opened_or_stored(ls: "CodexLanguageServer", path: Path) -> Document | None:
    """A file as the person sees it: the open document, else what is on disk; None for secrets and for what is no text.

    From any thread: what is open is read in one step.
    """
    if is_excluded(str(path), ls.settings.current.exclude):
        return None
    document = opened(ls, path)
    return stored(ls, path) if document is None else document


def opened(ls: "CodexLanguageServer", path: Path) -> Document | None:
    """The open document of a file, by whichever of its names the client has opened it: links may lead there."""
    named = [(document, file) for document in ls.documents if (file := ls.open_folders.file_of(document.uri))]
    same = next((document for document, file in named if file == path), None)
    if same is not None:
        return same
    alike = [(document, file) for document, file in named if file.name == path.name]
    real = os.path.realpath(path) if alike else ""
    return next((document for document, file in alike if _real(file) == real), None)


def _real(file: Path) -> str:
    try:
        return os.path.realpath(file)
    except (OSError, ValueError):
        # A name that no file can have.
        return ""


def stored(ls: "CodexLanguageServer", path: Path) -> Document | None:
    """What a file holds; None for secrets and for what is no text. Reads it."""
    if is_excluded(str(path), ls.settings.current.exclude):
        return None
    # A link is followed, since what it leads to was looked at above.
    content = regular_bytes(Path(os.path.realpath(path)), max_bytes=MAX_CHARACTERS)
    if content is None or len(content) > MAX_CHARACTERS:
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return Document(uri=path.as_uri(), language=language_of(str(path)), version=0, text=text)
