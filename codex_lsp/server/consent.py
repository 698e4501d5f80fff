"""Asks a person once whether their own code may be run where nothing confines it."""

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from codex_lsp.server.language_server import CodexLanguageServer

logger = logging.getLogger(__name__)

RUN, LEAVE = "Run them", "Do not run"
QUESTION = (
    "codex-lsp: there is no sandbox on this machine. May your own code and tests in {folder} be run without one, until "
    "the editor is closed? They could read and change your files. Code from a model is not run."
)


class Consent:
    """What the person has answered, by workspace folder, for as long as the session lasts."""

    def __init__(self, ls: "CodexLanguageServer") -> None:
        """Ask through `ls`."""
        self._ls = ls
        self._answers: dict[Path | None, asyncio.Task[bool]] = {}

    async def may_run_unsandboxed(self, root: Path | None) -> bool:
        """Whether they let it be; asked at the first time, and only once for a folder, whatever the answer."""
        if root not in self._answers:
            self._answers[root] = asyncio.create_task(self._ask(root))
        # Who asks may be cancelled; the question stays, and so does its answer.
        return await asyncio.shield(self._answers[root])

    def close(self) -> None:
        """Wait for no answer any more."""
        for answer in self._answers.values():
            answer.cancel()

    async def _ask(self, root: Path | None) -> bool:
        question = QUESTION.format(folder="this file's folder" if root is None else f"`{root.name}`")
        actions = [types.MessageActionItem(title=RUN), types.MessageActionItem(title=LEAVE)]
        params = types.ShowMessageRequestParams(type=types.MessageType.Warning, message=question, actions=actions)
        try:
            answer = await self._ls.window_show_message_request_async(params)
        except JsonRpcException as error:
            logger.info("the client asks no questions: %s", error)
            return False
        return answer is not None and answer.title == RUN
