"""One answer to an editor, followed while a person types it, takes a part of it, or takes all of it. Pure."""

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
    """The texts of one answer, at the place where they would be inserted."""

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
        self._start = start
        self._present: str | None = present
        self._before = present
        if not self._agrees(present):
            self._lose()

    def edited(self, edit: Edit) -> bool:
        """Follow an edit of the document.

        Returns:
            Whether it inserted a part of an offered text at once: more than one key brings.
        """
        present = self._present or ""
        end = self._start + len(present)
        is_at_cursor = edit.start == edit.end == end
        if edit.end <= self._start and not is_at_cursor:
            self._start += edit.growth
            return False
        if self._present is None or edit.start > end:
            return False
        if edit.start < self._start:
            self._lose()
            return False
        head, tail = present[: edit.start - self._start], present[edit.end - self._start :]
        is_pair = edit.text in _PAIRS
        changed = head + (edit.text[0] if is_pair else edit.text) + tail
        if not self._agrees(changed):
            self._lose()
            return False
        self._before, self._present = present, changed
        # Line ends with indentation come of one key too.
        by_one_key = is_pair or len(edit.text) <= 1 or not edit.text.strip()
        return is_at_cursor and not by_one_key and plain(changed) not in self.texts

    def taken(self, index: int, document: str, *, length: int | None = None) -> Taken:
        """What accepting the text at `index`, or its first `length` characters, has brought into `document`."""
        text = self.texts[index][:length]
        # The edit that accepted it may have come already, or not yet.
        known = self._before if plain(self._present or "") == text else self._present
        typed = plain(known or "")
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

    def _lose(self) -> None:
        """The document holds something else than what was offered."""
        self._present, self._before = None, ""
