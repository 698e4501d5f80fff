"""Other servers' log-probabilities to tokens with ends in the row's text.

Servers tell the spelling of each token, not where it ends; some tell of tokens whose text a stop sequence swallowed,
some send log-probabilities that are all zero and mean none (LM Studio, speculative decoding in llama.cpp).
"""

import codecs
import re
from collections.abc import Callable
from typing import Any, cast

from codex_lsp.models.wire import Json, WireError, choice_row, parse_finish_reason
from codex_lsp.types import Delta, FinishReason, Token

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# How a byte that is no whole character is spelled on this wire: `bytes:\xf0\x9f`.
BYTES_SPELLING = re.compile(r"bytes:((?:\\x[0-9a-fA-F]{2})+)")

Entry = tuple[str, float | None]


class RowDecoder:
    """Turns the choices of one row into deltas."""

    def __init__(self, row: int, *, zeros_are_real: Callable[[], bool], cuts_at_nothing: bool = False) -> None:
        """Decode `row`.

        Args:
            row: The index its deltas carry.
            zeros_are_real: Whether this server has been seen to send a value other than zero.
            cuts_at_nothing: A token without text stands for text that is lost: the row ends before it, as if there
                had been no room for more.
        """
        self._cuts_at_nothing = cuts_at_nothing
        self._row = row
        self._zeros_are_real = zeros_are_real
        self._utf8 = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text = ""
        self._end = 0
        self._entries: list[Entry] = []
        self._held: list[Token] = []
        self._tells = False
        self._has_values = False
        self.finished = False
        self.cut = False
        """Whether the row ended before its server said so."""

    def delta(self, choice: Json) -> Delta:
        """What `choice` adds.

        Raises:
            WireError: It is malformed.
        """
        _, text = choice_row(choice)
        reason = parse_finish_reason(choice)
        told = token_entries(choice)
        if self._cuts_at_nothing and any(not piece for piece, _ in told):
            self.cut, text, reason, told = True, "", FinishReason.LENGTH, []
        self._text += text
        entries = [(self._spelling(piece), logprob) for piece, logprob in told]
        self._tells = self._tells or bool(entries)
        self._entries += entries
        self.finished = self.finished or reason is not None
        tokens = self._settled() if self._tells else self._unknown()
        return Delta(index=self._row, text=text, tokens=self._released(tokens), finish_reason=reason)

    def _unknown(self) -> list[Token]:
        """The server tells of no tokens: one without a value stands for the text of each answer."""
        if len(self._text) == self._end:
            return []
        self._end = len(self._text)
        return [Token(id=None, logprob=None, end=self._end)]

    def _settled(self) -> list[Token]:
        """Tokens whose text has arrived; at the end of the row, those that begin past its text are dropped."""
        tokens: list[Token] = []
        while self._entries and self._end < len(self._text):
            piece, logprob = self._entries[0]
            end = self._end + len(piece)
            if end > len(self._text) and not self.finished:
                break
            if REPLACEMENT in piece and not self._text.startswith(piece, self._end):
                end = self._end  # part of a character; the token that completes it spells it whole
            self._end = min(end, len(self._text))
            tokens.append(Token(id=None, logprob=logprob, end=self._end))
            del self._entries[0]
        return tokens

    def _released(self, tokens: list[Token]) -> tuple[Token, ...]:
        """Hold tokens back while the row has nothing but zeros, which mean that there are no values."""
        self._held += tokens
        self._has_values = self._has_values or any(token.logprob for token in tokens)
        only_zeros = bool(self._held) and all(token.logprob == 0.0 for token in self._held)
        if only_zeros and not self._has_values and not self._zeros_are_real():
            if not self.finished:
                return ()
            self._held = [Token(id=None, logprob=None, end=token.end) for token in self._held]
        released, self._held = tuple(self._held), []
        return released

    def _spelling(self, piece: str) -> str:
        spelled = BYTES_SPELLING.fullmatch(piece)
        if spelled is None:
            return piece
        return self._utf8.decode(bytes.fromhex(spelled[1].replace("\\x", "")))


def token_entries(choice: Json) -> list[Entry]:
    """Spelling and value of each token in `choice`, in either of the two shapes servers use.

    Raises:
        WireError: They are malformed.
    """
    logprobs = choice.get("logprobs")
    if not isinstance(logprobs, dict):
        return []
    try:
        return [(str(piece), _number(value)) for piece, value in _pairs(cast("Json", logprobs))]
    except (KeyError, TypeError, ValueError) as error:
        # Not what the error says: it can quote the text of the row.
        raise WireError(f"log-probabilities are malformed ({type(error).__name__})") from error


def _pairs(logprobs: Json) -> list[tuple[Any, Any]]:
    content = logprobs.get("content")
    if content is not None:
        return [(entry["token"], entry["logprob"]) for entry in content]
    pieces, values = logprobs.get("tokens"), logprobs.get("token_logprobs")
    return [] if pieces is None or values is None else list(zip(pieces, values, strict=True))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
