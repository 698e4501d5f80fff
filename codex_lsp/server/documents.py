"""The documents that are open in the editor, as the editor sees them.

They stand in for pygls' workspace, which splits lines at form feeds and Unicode separators where LSP does not, so
that an incremental edit there leaves another text than the client's.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codex_lsp.context.document import Change, Document, PositionEncoding

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 1_000_000
"""Above it nothing is suggested: such files are data, and each keystroke in them would cost too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentState:
    """What tells whether two sides hold the same document, without its text.

    Attributes:
        version: As the client numbered it.
        language: LSP language identifier.
        lines: How many there are, counting the one after the last line end.
        characters: Code points.
        sha256: Of the text in UTF-8; a lone surrogate as its three bytes.
    """

    version: int
    language: str
    lines: int
    characters: int
    sha256: str


class Documents:
    """Open documents, by URI."""

    def __init__(self) -> None:
        """Start with none."""
        self._open: dict[str, Document] = {}
        self._reported: set[str] = set()

    def __iter__(self) -> Iterator[Document]:
        """Every open document."""
        return iter(tuple(self._open.values()))

    def get(self, uri: str) -> Document | None:
        """The document now, or None where it is not open."""
        return self._open.get(uri)

    def opened(self, document: Document) -> None:
        """Keep a document; one that is open already is replaced."""
        self._open[document.uri] = document

    def changed(
        self, uri: str, changes: Iterable[Change], *, version: int, encoding: PositionEncoding
    ) -> Document | None:
        """Apply edits; None for a document that is not open, of which nothing is known to edit."""
        document = self._open.get(uri)
        if document is None:
            logger.warning("a change of a document that is not open is ignored: %s", uri)
            return None
        self._open[uri] = document.edited(changes, version=version, encoding=encoding)
        return self._open[uri]

    def closed(self, uri: str) -> None:
        """Forget a document."""
        self._open.pop(uri, None)
        self._reported.discard(uri)

    def is_too_large(self, document: Document) -> bool:
        """Whether a document is too large for suggestions; the log says so once."""
        too_large = len(document.text) > MAX_CHARACTERS
        if too_large and document.uri not in self._reported:
            self._reported.add(document.uri)
            size, limit = len(document.text), MAX_CHARACTERS
            logger.warning("%s: %d characters, nothing is suggested above %d", document.uri, size, limit)
        return too_large

    def state_of(self, uri: str) -> DocumentState | None:
        """Version, size and hash of a document, or None where it is not open."""
        document = self._open.get(uri)
        if document is None:
            return None
        return DocumentState(
            version=document.version,
            language=document.language,
            lines=document.line_count,
            characters=len(document.text),
            sha256=hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest(),
        )
