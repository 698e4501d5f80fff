"""What stands beside a document, as texts that the engine may remember while it samples in it."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable

from codex_lsp.context.closed_texts import MAX_CHARACTERS, MAX_TEXT, MAX_TEXTS
from codex_lsp.context.cursor import plain_newlines
from codex_lsp.context.exclusion import is_secret
from codex_lsp.types import CursorContext, MemorySession, RememberedText, WorkspaceTexts

ClosedTexts = Callable[[CursorContext, Iterable[str]], Iterable[RememberedText]]
"""Texts of files beside a document, the nearest first, without those of the documents whose URIs are given."""


class WorkspaceMemory:
    """Gathers texts: of the documents that are open, and of files that are not."""

    def __init__(
        self, closed_texts: ClosedTexts | None = None, *, is_excluded: Callable[[str], bool] = is_secret
    ) -> None:
        """Hold nothing yet.

        Args:
            closed_texts: Where those of other files come from; None for open documents alone.
            is_excluded: Whether nothing of a document, by its URI, may be remembered.
        """
        self._closed_texts = closed_texts
        self._is_excluded = is_excluded
        self._session = MemorySession(name=secrets.token_hex(16))
        self._texts: OrderedDict[str, str] = OrderedDict()

    def exclude(self, is_excluded: Callable[[str], bool]) -> None:
        """Put another rule in force: what was told under the one before ends with its session."""
        self._is_excluded = is_excluded
        self._session = MemorySession(name=secrets.token_hex(16))
        for uri in [uri for uri in self._texts if is_excluded(uri)]:
            self.forget(uri)

    def note(self, uri: str, text: str) -> None:
        """A document's text now; excluded, blank and very long ones are left out."""
        self.forget(uri)
        if text.strip() and len(text) <= MAX_TEXT and not self._is_excluded(uri):
            self._texts[uri] = text

    def forget(self, uri: str) -> None:
        """A document is closed."""
        self._texts.pop(uri, None)

    def texts_for(self, context: CursorContext) -> WorkspaceTexts | None:
        """What may be remembered in a document: the others, `MAX_TEXTS` of `MAX_CHARACTERS` together; None of none.

        Those of files come first, the nearest one last, then those of open documents, the one touched last at the end.
        Its own text is left out: a model that sees it in the prompt only copied more of it, and got fewer lines right
        (`docs/explanation/experiments.md`).
        """
        left = MAX_CHARACTERS
        chosen: list[RememberedText] = []
        for text in self._nearest_first(context):
            left -= len(text.text)
            if left < 0 or len(chosen) == MAX_TEXTS:
                break
            chosen.append(text)
        return WorkspaceTexts(session=self._session, texts=tuple(reversed(chosen))) if chosen else None

    def _nearest_first(self, context: CursorContext) -> Iterable[RememberedText]:
        for uri, text in reversed(self._texts.items()):
            if uri != context.uri:
                yield RememberedText(name=uri, text=plain_newlines(text))
        if self._closed_texts is not None:
            yield from self._closed_texts(context, (*self._texts, context.uri))
