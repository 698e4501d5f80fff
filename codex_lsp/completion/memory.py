"""What a person has open, as texts that the engine may remember while it samples in another document."""

import secrets
from collections import OrderedDict
from collections.abc import Callable

from codex_lsp.context.cursor import plain_newlines
from codex_lsp.context.exclusion import is_secret
from codex_lsp.types import MemorySession, RememberedText, WorkspaceTexts

MAX_TEXT = 200_000
"""Characters of one text; longer ones are data or generated."""
MAX_CHARACTERS = 600_000
"""Of all texts together; those touched last stay."""


class WorkspaceMemory:
    """Gathers texts."""

    def __init__(self, *, is_excluded: Callable[[str], bool] = is_secret) -> None:
        """Hold nothing yet.

        Args:
            is_excluded: Whether nothing of a document, by its URI, may be remembered.
        """
        self._session = MemorySession(name=secrets.token_hex(16))
        self._is_excluded = is_excluded
        self._texts: OrderedDict[str, str] = OrderedDict()

    def note(self, uri: str, text: str) -> None:
        """A document's text now; secret, blank and very long ones are left out."""
        self.forget(uri)
        if text.strip() and len(text) <= MAX_TEXT and not self._is_excluded(uri):
            self._texts[uri] = text

    def forget(self, uri: str) -> None:
        """A document is closed."""
        self._texts.pop(uri, None)

    def texts_for(self, uri: str) -> WorkspaceTexts | None:
        """What may be remembered in a document: the others, the one that was touched last at the end; None of none.

        Its own text is left out: a model that sees it in the prompt only copied more of it, and got fewer lines right
        (`docs/explanation/experiments.md`).
        """
        left = MAX_CHARACTERS
        chosen: list[RememberedText] = []
        for name, text in reversed(self._texts.items()):
            if name == uri:
                continue
            left -= len(text)
            if left < 0:
                break
            chosen.append(RememberedText(name=name, text=plain_newlines(text)))
        return WorkspaceTexts(session=self._session, texts=tuple(reversed(chosen))) if chosen else None
