"""Reports of assists: Markdown files in a private folder that lasts as long as the session, opened by the client."""

import asyncio
import itertools
import logging
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from codex_lsp.context.regular_file import is_folder

if TYPE_CHECKING:
    from codex_lsp.server.language_server import CodexLanguageServer

logger = logging.getLogger(__name__)

_NOT_IN_NAMES = re.compile(r"\W+")
_MOST_NAME = 60
"""Characters of up to four bytes: no system takes a name of more than 255."""
SHOW_TIMEOUT_S = 10.0


class Reports:
    """Writes reports and has them shown."""

    def __init__(self, ls: "CodexLanguageServer") -> None:
        """Show them through `ls`; nothing is written before there is one."""
        self._ls = ls
        self._folder: Path | None = None
        self._numbers = itertools.count(1)

    async def show(self, name: str, text: str, *, take_focus: bool) -> Path | None:
        """Show a report; its file where the client does not, for the person to open by themselves.

        Args:
            name: What the file is called, without an ending; a number is put behind it.
            text: Markdown.
            take_focus: The person is to read it now.

        Raises:
            OSError: It cannot be written.
        """
        path = await asyncio.to_thread(self._written, name, text)
        return None if await shown_document(self._ls, path, take_focus=take_focus) else path

    def close(self) -> None:
        """Remove them all."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _written(self, name: str, text: str) -> Path:
        if self._folder is None or not is_folder(self._folder):
            # For this person alone: mode 0700. What cleans up old files may have removed it.
            self._folder = Path(tempfile.mkdtemp(prefix="codex-lsp-"))
        # Each is a file of its own: editors that have one open do not look whether it is another now.
        stem = _NOT_IN_NAMES.sub("-", name).strip("-")[:_MOST_NAME]
        path = self._folder / f"{stem}-{next(self._numbers)}.md"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        return path


async def shown_document(ls: "CodexLanguageServer", path: Path, *, take_focus: bool) -> bool:
    """Have a file opened; False where the client shows none, or does not."""
    if not ls.abilities.shows_documents:
        return False
    params = types.ShowDocumentParams(uri=path.as_uri(), external=False, take_focus=take_focus)
    try:
        answer = await asyncio.wait_for(ls.window_show_document_async(params), SHOW_TIMEOUT_S)
    except (JsonRpcException, TimeoutError) as error:
        logger.info("the client does not show a document: %s", error)
        return False
    return answer.success
