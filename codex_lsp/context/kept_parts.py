"""What of a document is shown even where the window before the cursor starts after it: imports, enclosing headers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from codex_lsp.context.enclosing import EnclosingHeader, enclosing_headers
from codex_lsp.context.imports import import_spans
from codex_lsp.types import CursorContext

MAX_HEADERS_SHARE = 0.5
"""Of what the prefix may have; a docstring that is too long for it is left out, and only then a signature."""
MAX_IMPORTS_SHARE = 0.2

CountTokens = Callable[[str], int]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Pieces of the prefix that are shown before the window: their text, its tokens, and where the last one ends."""

    text: str
    tokens: int
    end: int


class KeptParts:
    """Tells for any start of the window what is kept before it."""

    def __init__(self, context: CursorContext, budget: int, count_tokens: CountTokens, *, imports: bool) -> None:
        """Look at a document.

        Args:
            context: The whole document around the cursor.
            budget: Tokens that the prefix may have.
            count_tokens: Tokens of a text.
            imports: Keep imports too.
        """
        self._prefix = context.prefix
        self._budget = budget
        self._count_tokens = count_tokens
        self._headers = enclosing_headers(context.prefix, context.language)
        self._imports = import_spans(context.prefix, context.language) if imports else []

    def before(self, start: int) -> Parts:
        """What is kept before a window that starts at `start`; a header may reach into the window."""
        headers = self._fitting_headers([header for header in self._headers if header.start < start])
        limit = min((header_start for header_start, _ in headers), default=start)
        imports = list(self._fitting_imports(min(limit, start)))
        text = "".join(self._prefix[low:high] for low, high in imports)
        text += "\n" if text else ""
        text += "".join(self._prefix[low:high] for low, high in headers)
        return Parts(text=text, tokens=self._count_tokens(text), end=headers[-1][1] if headers else 0)

    def _fitting_headers(self, headers: list[EnclosingHeader]) -> list[Span]:
        """Whole headers where they fit together; else signatures alone, of the outer ones first; else fewer of them."""
        spans = _apart([(header.start, header.end) for header in headers])
        for number, header in enumerate(headers):
            if self._fits(spans):
                return spans
            spans[number] = (header.name, header.signature_end)
        while spans and not self._fits(spans):
            del spans[0]
        return spans

    def _fits(self, spans: list[Span]) -> bool:
        limit = int(self._budget * MAX_HEADERS_SHARE)
        # No token has more bytes than that, and counting what is far too long takes long.
        size = sum(high - low for low, high in spans)
        return size <= limit * 8 and self._tokens(spans) <= limit

    def _tokens(self, spans: list[Span]) -> int:
        return sum(self._count_tokens(self._prefix[low:high]) for low, high in spans)

    def _fitting_imports(self, limit: int) -> Iterator[Span]:
        """The import statements that end before `limit`, the first ones first, as many as have room."""
        left = int(self._budget * MAX_IMPORTS_SHARE)
        for low, high in self._imports:
            if high > limit:
                return
            left -= self._count_tokens(self._prefix[low:high])
            if left < 0:
                return
            yield low, high


def _apart(spans: list[Span]) -> list[Span]:
    """The spans, each beginning where the one before has ended at the earliest."""
    apart: list[Span] = []
    for low, high in spans:
        low = max(low, apart[-1][1]) if apart else low  # noqa: PLW2901
        apart.append((low, max(low, high)))
    return apart
