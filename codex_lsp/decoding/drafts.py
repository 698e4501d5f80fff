"""Tokens that may come next, guessed from what the text said before: code repeats itself (Saxena, 2023).

A guess costs a little of one forward pass and never changes what is sampled: a token is drawn as it would be without
it, and the guess only saves a pass where it is that token. So guesses are made where the last few tokens stood in the
text before, and the longer ones where the shorter ones were right; and none where more of them would have to be right
than were, for what they save to be worth what they cost.
"""

from array import array
from collections.abc import Sequence

from codex_lsp.decoding.memory import DEPTH, Memory

KEY_TOKENS = 3
FIRST_TOKENS = 2
MOST_TOKENS = 6
# What is taken for known before the first guess: half of so many tokens were right.
_PRIOR_TOKENS = 2
_FORMAT = "I"
_BYTES = array(_FORMAT).itemsize


class Drafts:
    """The guesses for all rows of one request."""

    def __init__(
        self, text: Sequence[int], rows: int, *, token_price: float = 0.0, memory: Memory | None = None
    ) -> None:
        """Look into a text, and into what each row adds to it.

        Args:
            text: Token ids that rows continue.
            rows: How many.
            token_price: What a guessed token costs, as a share of the forward pass of all rows without it. One that is
                right saves its row's share of a pass.
            memory: Looked into where the text does not say.
        """
        self._least_right = rows * token_price
        self._right = [_PRIOR_TOKENS / 2.0] * rows
        self._guessed = [_PRIOR_TOKENS] * rows
        packed = array(_FORMAT, text).tobytes()
        self._texts = [bytearray(packed) for _ in range(rows)]
        self._sizes = [FIRST_TOKENS] * rows
        self._memory = memory

    def add(self, row: int, id_: int) -> None:
        """Take in a sampled token."""
        self._texts[row] += array(_FORMAT, (id_,)).tobytes()

    def guess(self, row: int, most: int) -> tuple[int, ...]:
        """Up to `most` tokens that may follow; none where the last ones are new, or guesses do not pay."""
        if self._right[row] < self._least_right * self._guessed[row]:
            return ()
        text, size = self._texts[row], min(self._sizes[row], most)
        key = text[-KEY_TOKENS * _BYTES :]
        if size <= 0 or len(key) < KEY_TOKENS * _BYTES:
            return ()
        # Its last place before this one; bytes may also match astride of two tokens.
        at = text.rfind(key, 0, len(text) - 1)
        while at > 0 and at % _BYTES:
            at = text.rfind(key, 0, at + len(key) - 1)
        if at < 0:
            return () if self._memory is None else self._memory.following(self._last(row), size)
        found = array(_FORMAT)
        start = at + len(key)
        found.frombytes(text[start : start + size * _BYTES])
        return tuple(found)

    def _last(self, row: int) -> list[int]:
        last = array(_FORMAT)
        last.frombytes(self._texts[row][-DEPTH * _BYTES :])
        return last.tolist()

    def judge(self, row: int, guessed: int, right: int) -> None:
        """Learn how many of the guessed tokens were right."""
        if guessed:
            self._guessed[row] += guessed
            self._right[row] += right
            self._sizes[row] = min(self._sizes[row] * 2, MOST_TOKENS) if right == guessed else max(right, 1)
