"""One row of a generation while it grows."""

from codex_lsp.completion.filters import filtered
from codex_lsp.completion.filters.leading_blanks import without_typed_blanks
from codex_lsp.completion.settled import Place, is_settled
from codex_lsp.types import Candidate, Delta, FinishReason, Token


class Row:
    """Gathers the deltas of one row; ends with its finish reason, or as soon as further text could change nothing."""

    def __init__(self, index: int, place: Place) -> None:
        """Row `index` of a generation at `place`, empty."""
        self.text = ""
        self.finish_reason: FinishReason | None = None
        self.useful: Candidate | None = None
        """What may be shown of an ended row, or None."""
        self._index = index
        self._place = place
        self._tokens: list[Token] = []

    @property
    def ended(self) -> bool:
        """Whether it grows no more."""
        return self.finish_reason is not None

    def take(self, delta: Delta) -> None:
        """Add one step; what comes after the end is not looked at."""
        if self.ended:
            return
        self.text += delta.text
        self._tokens += delta.tokens
        if delta.finish_reason is not None:
            self.end(delta.finish_reason)
        elif delta.text and is_settled(self._candidate(), self._place):
            self.end(FinishReason.STOP)

    def end(self, finish_reason: FinishReason) -> None:
        """End it, if it has not ended."""
        if self.finish_reason is None:
            self.finish_reason = finish_reason
            self.useful = filtered(self._candidate(), self._place.context, self._place.settings)

    def agrees_with(self, typed: str) -> bool:
        """Whether the row goes on from what a person typed since it was asked for, as far as it is known."""
        bare = self._place.is_on("leading_blanks")
        shown = without_typed_blanks(self.text, self._place.context) if bare else self.text
        # What is shown may be indented in another way than it was sampled.
        fitted = self.useful is not None and self.useful.insert.startswith(typed)
        return fitted or shown.startswith(typed) or (not self.ended and typed.startswith(shown))

    def _candidate(self) -> Candidate:
        return Candidate(
            index=self._index,
            text=self.text,
            tokens=tuple(self._tokens),
            finish_reason=self.finish_reason,
            kept=len(self.text),
            insert=self.text,
        )
