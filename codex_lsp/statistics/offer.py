"""One answer to an editor, followed while a person types it, takes a part of it, or takes all of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from codex_lsp.statistics.counts import Group
from codex_lsp.statistics.retention import plain
from codex_lsp.statistics.span import Edit, Span

_PAIRS = ("()", "[]", "{}", "<>", '""', "''", "``")
"""What an editor inserts when the first of the two is typed."""


@dataclass(slots=True, kw_only=True)
class Suggestion:
    """What a person sees as one suggestion, through all answers that repeat it while it is typed.

    Attributes:
        identity: Of the document as it would be with the suggestion in it.
        group: What it is counted for.
        accepted: It was taken to its end.
        partly: A part of it was taken.
    """

    identity: int
    group: Group
    accepted: bool = False
    partly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What accepting an offered text brought.

    Attributes:
        characters: Those that the person had not typed.
        span: Where they stand; None where the document does not hold the text, so that it cannot be followed.
    """

    characters: int
    span: Span | None


class Offer:
    """The texts of one answer, at the place where they would be inserted.

    Where an edit falls among equal characters is the editor's choice: a blank that is typed before a blank may come as
    one after it. So edits only tell how much came; what came is read in the document.
    """

    def __init__(self, suggestion: Suggestion, texts: tuple[str, ...], *, start: int, present: str) -> None:
        """Offer `texts`, best first.

        Args:
            suggestion: What the best one is part of.
            texts: Whole, as each would stand from `start` on.
            start: Offset in the document.
            present: What stands there now and would be replaced.
        """
        self.suggestion = suggestion
        self.texts = texts
        self._longest = max(map(len, texts))
        self._start = start
        self._length = len(present)
        self._present = present if self._agrees(present) else ""
        """What of an offered text stands there."""
        self._before = ""
        """The same before it changed last."""

    def edited(self, edits: Sequence[Edit], document: str) -> Span | None:
        """Follow the edits of one message; `document` is the text after them.

        Returns:
            Where a part of an offered text came in one piece: more than one key brings.
        """
        for edit in edits:
            is_at_cursor = edit.start == edit.end == self._start + self._length
            if edit.end <= self._start and not is_at_cursor:
                self._start += edit.growth
            elif edit.start <= self._start + self._longest:
                # Of a pair the second one belongs to what follows.
                self._length += 1 if edit.text in _PAIRS else edit.growth
        known, now = self._present, document[self._start : self._start + max(self._length, 0)]
        if not self._agrees(now):
            now = ""
        if now == known:
            return None
        self._before, self._present = known, now
        fresh = now[len(known) :] if now.startswith(known) else ""
        # Line ends come with indentation, of one key too.
        is_part = len(edits) == 1 and len(edits[0].text) > 1 and bool(fresh.strip()) and edits[0].text not in _PAIRS
        if not is_part or plain(now) in self.texts:
            return None
        return Span(start=self._start + len(known), end=self._start + len(now))

    def taken(self, index: int, document: str, *, length: int | None = None) -> Taken:
        """What accepting the text at `index`, or its first `length` characters, has brought into `document`."""
        text = self.texts[index][:length]
        # The edit that accepted it may have come already, or not yet.
        typed = plain(self._before if plain(self._present) == text else self._present)
        typed = typed if text.startswith(typed) else ""
        for line_end in ("\n", "\r\n", "\r"):
            whole, head = text.replace("\n", line_end), typed.replace("\n", line_end)
            if document.startswith(whole, self._start):
                span = Span(start=self._start + len(head), end=self._start + len(whole))
                return Taken(characters=len(text) - len(typed), span=span)
        return Taken(characters=len(text) - len(typed), span=None)

    def _agrees(self, present: str) -> bool:
        wanted = plain(present)
        return any(text.startswith(wanted) for text in self.texts)
