"""Token ids of texts that are nearly the ones of a moment ago: only parts that changed are tokenised.

The parts of a text between places where its tokenizer may be cut (`cuts.py`) are remembered by what they hold, so the
result is that of tokenising from scratch whatever was edited, moved, pasted or opened before, in any document.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import chain

from codex_lsp.decoding.cuts import Cuts

MAX_PARTS = 16_384
"""Parts that are remembered, about one a line: a few files of a thousand lines, in some megabytes."""
_MAX_CHARACTERS = 2048


class TextIds:
    """Tokenises texts of one tokenizer part by part. Threads may share it."""

    def __init__(self, cuts: Cuts, ids_of: Callable[[str], tuple[int, ...]], *, max_parts: int = MAX_PARTS) -> None:
        """Take a tokenizer.

        Args:
            cuts: Where its texts may be cut.
            ids_of: Token ids of a text, from scratch.
            max_parts: How many parts are remembered; those used last stay.
        """
        self._cuts = cuts
        self._ids_of = ids_of
        self._remembered = lru_cache(maxsize=max_parts)(ids_of)

    def ids(self, text: str) -> tuple[int, ...]:
        """The token ids of a text."""
        return tuple(chain.from_iterable(map(self._part, self._cuts.parts(text))))

    def count(self, text: str) -> int:
        """How many tokens a text has."""
        return sum(map(len, map(self._part, self._cuts.parts(text))))

    def _part(self, part: str) -> tuple[int, ...]:
        # A few long parts would fill the memory that many short ones share.
        return self._remembered(part) if len(part) <= _MAX_CHARACTERS else self._ids_of(part)
