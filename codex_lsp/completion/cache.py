"""Answers that may serve again: after undo, after coming back to a place, or after going on as one of them does."""

from collections import OrderedDict

from codex_lsp.completion.anchor import Anchor
from codex_lsp.completion.answer import Answer
from codex_lsp.types import Candidate, CursorContext


class Cache:
    """Keeps answers in memory alone, the least recently used given up first."""

    def __init__(self, max_characters: int) -> None:
        """Keep at most about so many characters; 0 to keep nothing."""
        self._max_characters = max_characters
        self._answers: OrderedDict[Anchor, Answer] = OrderedDict()
        self.characters = 0

    def __len__(self) -> int:
        """How many answers are kept."""
        return len(self._answers)

    def put(self, answer: Answer) -> None:
        """Keep an answer in place of an earlier one for its place, unless that knew more.

        Nothing is an answer too, but only where every row has said so.
        """
        known = self._answers.get(answer.anchor)
        if not (answer.candidates or answer.is_whole) or (known is not None and known.is_whole and not answer.is_whole):
            return
        self._drop(answer.anchor)
        self._answers[answer.anchor] = answer
        self.characters += answer.characters
        while self.characters > self._max_characters:
            self._drop(next(iter(self._answers)))

    def find(self, context: CursorContext, *, whole: bool) -> tuple[Answer, tuple[Candidate, ...]] | None:
        """The answer from the nearest place before the cursor, and what of it goes on from what was typed since.

        Args:
            context: The cursor.
            whole: Only of answers that are whole.
        """
        best: tuple[Answer, tuple[Candidate, ...]] | None = None
        for anchor, answer in self._answers.items():
            nearer = best is None or anchor.offset > best[0].anchor.offset
            if not nearer or (whole and not answer.is_whole) or (typed := anchor.typed_at(context)) is None:
                continue
            candidates = answer.going_on(typed)
            # At its own place even nothing is an answer; after more was typed, another run may know more.
            if candidates or not typed:
                best = answer, candidates
        if best is not None:
            self._answers.move_to_end(best[0].anchor)
        return best

    def forget(self, uri: str) -> None:
        """Give up what is kept of a document."""
        for anchor in [anchor for anchor in self._answers if anchor.uri == uri]:
            self._drop(anchor)

    def _drop(self, anchor: Anchor) -> None:
        answer = self._answers.pop(anchor, None)
        if answer is not None:
            self.characters -= answer.characters
