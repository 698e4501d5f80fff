"""What assists work with; whoever asks for one brings it: the server and the command line bring different ones."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.config import Settings
from codex_lsp.context.document import Document
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """Everything an assist may use.

    Attributes:
        model: What is asked for cases, candidates and words; None where there is none, for assists that can do without.
        find_sandbox: This machine's sandbox; raises `SandboxUnavailable`. The first call takes a while.
        read: A file as the person sees it: the open document, else what is on disk; None where there is no such text.
        tell: Takes what is being done in a few words, and how much of it is done in percent or None. Any thread.
        may_run_unsandboxed: Whether the person lets their own code and tests run where there is no sandbox; asked once
            for a workspace. Code from a model is not run then.
        settings: In force.
        known: What the model can do, where that is known before it is opened.
    """

    model: LanguageModel | None
    find_sandbox: Callable[[], Sandbox]
    read: Callable[[Path], Document | None]
    tell: Callable[[str, int | None], None]
    may_run_unsandboxed: Callable[[], Awaitable[bool]]
    settings: Settings
    known: Capabilities | None = None

    async def capabilities(self) -> Capabilities | None:
        """What the model can do, without opening it where that is known; None without a model.

        Raises:
            ModelUnavailable: It cannot be reached or failed to load.
        """
        if self.model is None:
            return None
        return self.known or await self.model.capabilities()
