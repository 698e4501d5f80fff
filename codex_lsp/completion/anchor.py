"""The place that an answer was sampled for, and how a later text is found to be the same place with more typed."""

from dataclasses import dataclass

from codex_lsp.completion.typed import Typed, typed_before
from codex_lsp.types import CursorContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A place in a document, as far as it decides about an answer.

    A text is the same place where its last `reach` code points before the cursor, its first `reach` after it, and the
    distance from its beginning are the same; what lies farther away no prompt has held. No comparison copies more
    than `reach` code points.

    Attributes:
        uri: The document.
        offset: Code points before the place.
        before: The last `reach` of them.
        after: The first `reach` code points after the place.
        remaining: All code points after it.
        reach: How far is looked.
    """

    uri: str
    offset: int
    before: str
    after: str
    remaining: int
    reach: int

    @classmethod
    def at(cls, context: CursorContext, reach: int) -> "Anchor":
        """The anchor at a cursor."""
        return cls(
            uri=context.uri,
            offset=len(context.prefix),
            before=context.prefix[max(len(context.prefix) - reach, 0) :],
            after=context.suffix[:reach],
            remaining=len(context.suffix),
            reach=reach,
        )

    def typed_at(self, context: CursorContext) -> Typed | None:
        """What was typed here since, at most `reach`, for the cursor to be at `context`; None for another place.

        Brackets and quotes that the editor closed by itself may stand between the cursor and what was after it.
        """
        prefix = context.prefix
        if (
            context.uri == self.uri
            and 0 <= len(prefix) - self.offset <= self.reach
            and prefix.startswith(self.before, self.offset - len(self.before))
        ):
            same = context.suffix[: self.reach] == self.after
            closed = 0 if same else len(context.suffix) - self.remaining
            if same or (closed > 0 and context.suffix[closed : closed + self.reach] == self.after):
                return typed_before(prefix[self.offset :], context.suffix, closed)
        return None

    def typed_in(self, text: str) -> str | None:
        """What was typed here since, if that alone has made the document `text`; else None."""
        end = len(text) - self.remaining
        if end >= self.offset and self._agrees(text, self.offset, end):
            return text[self.offset : end]
        return None

    def is_ahead_of(self, text: str, start: int) -> bool:
        """Whether `text` is the document of this place but for the last code points before it, none before `start`."""
        end = len(text) - self.remaining
        return start <= end < self.offset and self._agrees(text, end, end)

    def _agrees(self, text: str, size: int, end: int) -> bool:
        """Whether the first `size` code points of `text`, and those from `end` on, are the place's own."""
        begin = self.offset - len(self.before)
        shared = self.before if size == self.offset else self.before[: max(size - begin, 0)]
        return text.startswith(shared, begin) and text.startswith(self.after, end)
