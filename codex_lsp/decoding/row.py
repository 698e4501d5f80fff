"""One sampled row: tokens in, text out as early as it is safe, and where the row ends.

A token is bytes, maybe a part of a character; a stop may begin in one token and end in another. What could still turn
out to be part of a stop, or of the line that ends the row, is held back. Where a row ends does not depend on how its
text was cut into tokens: whatever completes first, character by character, decides.
"""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass

from codex_lsp.types import Delta, FinishReason, Token

TAB_COLUMNS = 8


class Row:
    """The state of one row; `finished` once its last delta was given."""

    def __init__(
        self, index: int, *, max_tokens: int, stop: Sequence[str] = (), stop_indent: int | None = None
    ) -> None:
        """Begin a row.

        Args:
            index: Its number among the rows of a request.
            max_tokens: Tokens at most; at least 1.
            stop: Strings that end it and are no part of its text; empty ones are ignored.
            stop_indent: As in `SamplingParams`.
        """
        self.index = index
        self.finished = False
        self._tokens_left = max_tokens
        # A token's bytes may be invalid UTF-8 for good; they read as U+FFFD, like everywhere else.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._stops = _Stops(stop)
        self._indent = None if stop_indent is None else _Indent(stop_indent)
        self._text = ""
        self._emitted = 0
        self._pending: list[_Pending] = []

    def push(self, token_id: int, logprob: float | None, piece: bytes | None) -> Delta | None:
        """Add a sampled token.

        Args:
            token_id: Its index in the vocabulary.
            logprob: Its raw log-probability.
            piece: Its bytes, or None where it ends the row (end-of-text, any control token).

        Returns:
            What is safe to give now, or None where nothing is; with a finish reason when the row ended.
        """
        if piece is None:
            return self.end(FinishReason.STOP)
        begin = len(self._text)
        cut = self._read(self._decoder.decode(piece))
        self._pending.append(_Pending(id=token_id, logprob=logprob, begin=begin, end=len(self._text)))
        if cut is not None:
            self._text = self._text[:cut]
            self._pending = [token for token in self._pending if token.begin < cut]
            return self.end(FinishReason.STOP)
        self._tokens_left -= 1
        if self._tokens_left <= 0:
            return self.end(FinishReason.LENGTH)
        return self._delta(self._safe())

    def end(self, reason: FinishReason) -> Delta:
        """End the row and give what was held back; a character that is not whole is left out."""
        self.finished = True
        text = self._text[self._emitted :]
        tokens = tuple(token.clamped(len(self._text)) for token in self._pending)
        self._emitted = len(self._text)
        self._pending = []
        return Delta(index=self.index, text=text, tokens=tokens, finish_reason=reason)

    def _read(self, characters: str) -> int | None:
        """Take in characters; the length of the row's text if one of them ends it."""
        for character in characters:
            self._text += character
            cuts = [self._stops.cut(self._text)]
            if self._indent is not None:
                cuts.append(self._indent.cut(character, len(self._text)))
            found = [cut for cut in cuts if cut is not None]
            if found:
                return min(found)
        return None

    def _safe(self) -> int:
        safe = self._stops.safe(self._text)
        return safe if self._indent is None else min(safe, self._indent.safe(len(self._text)))

    def _delta(self, safe: int) -> Delta | None:
        ready = 0
        while ready < len(self._pending) and self._pending[ready].is_safe(safe):
            ready += 1
        text = self._text[self._emitted : safe]
        if not text and not ready:
            return None
        tokens = tuple(token.clamped(safe) for token in self._pending[:ready])
        self._emitted = safe
        del self._pending[:ready]
        return Delta(index=self.index, text=text, tokens=tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """A token not yet given; `begin` and `end` count code points of the row's text."""

    id: int
    logprob: float | None
    begin: int
    end: int

    def is_safe(self, safe: int) -> bool:
        """Whether nothing can cut it off; without whole characters it waits for the one it begins."""
        return self.begin < safe and self.end <= safe

    def clamped(self, length: int) -> Token:
        """The token in a text of that length."""
        return Token(id=self.id, logprob=self.logprob, end=min(self.end, length))


class _Stops:
    """Finds stop sequences at the end of a growing text."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stops = tuple(sequence for sequence in stop if sequence)

    def cut(self, text: str) -> int | None:
        """Where the text ends if its last character completes a stop; of several the longest counts."""
        found = [len(sequence) for sequence in self._stops if text.endswith(sequence)]
        return len(text) - max(found) if found else None

    def safe(self, text: str) -> int:
        """How much of the text can no longer become part of a stop."""
        return len(text) - max((self._held(text, sequence) for sequence in self._stops), default=0)

    @staticmethod
    def _held(text: str, sequence: str) -> int:
        longest = min(len(sequence) - 1, len(text))
        return next((size for size in range(longest, 0, -1) if text.endswith(sequence[:size])), 0)


class _Indent:
    """Finds the first non-blank line, after the first line, that is indented by at most `columns`."""

    def __init__(self, columns: int) -> None:
        self._limit = columns
        self._line_start = 0
        self._columns = 0
        # The first line is never looked at; later ones until they are told from a blank line.
        self._undecided = False

    def cut(self, character: str, length: int) -> int | None:
        """Where the text of `length` ends if its last character shows that the row ended before this line."""
        if character in "\r\n":
            self._line_start = length
            self._columns = 0
            self._undecided = True
        elif self._undecided and character == "\t":
            self._columns += TAB_COLUMNS - self._columns % TAB_COLUMNS
        elif self._undecided and character.isspace():
            self._columns += 1
        elif self._undecided:
            self._undecided = False
            return self._line_start if self._columns <= self._limit else None
        return None

    def safe(self, length: int) -> int:
        """How much of the text can no longer be cut off."""
        return self._line_start if self._undecided and self._columns <= self._limit else length
