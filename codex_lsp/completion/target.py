"""The place that a generation is for: where the cursor is, or where it will be once a suggestion is taken."""

from dataclasses import dataclass

from codex_lsp.completion.anchor import Anchor
from codex_lsp.types import CursorContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place.

    Attributes:
        context: The document around it, whole; line ends are LF.
        anchor: The same place, as answers for it are found again.
        ahead_of: Of a prefetch, how many of the code points before the place the document has had when it was
            planned; else None.
    """

    context: CursorContext
    anchor: Anchor
    ahead_of: int | None = None

    def is_yet_to_come(self, text: str) -> bool:
        """Whether the document is now `text`, which typing alone can still bring to the place."""
        return self.ahead_of is not None and self.anchor.is_ahead_of(text, self.ahead_of)
