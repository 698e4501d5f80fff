"""Outlines of the documents that are open, each made from the one before."""

import asyncio
from collections import OrderedDict

from codex_lsp.assist.outline import Outline
from codex_lsp.context.document import Document

MAX_OUTLINES = 16
"""A person goes to and fro between a few documents."""


class Outlines:
    """Keeps what was read of a document for its next version."""

    def __init__(self) -> None:
        """Know none."""
        self._known: OrderedDict[str, tuple[str, Outline]] = OrderedDict()

    async def outline_of(self, document: Document) -> Outline:
        """The outline of a document, read whole; other work of the event loop goes on meanwhile."""
        text, outline = self._known.pop(document.uri, ("", None))
        if outline is None or text != document.text:
            outline = Outline(document.text, outline)
        self._known[document.uri] = (document.text, outline)
        if len(self._known) > MAX_OUTLINES:
            self._known.popitem(last=False)
        for _ in outline.read():
            await asyncio.sleep(0)
        return outline

    def forget(self, uri: str) -> None:
        """Forget a document."""
        self._known.pop(uri, None)
