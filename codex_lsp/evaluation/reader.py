"""Who reads what is shown, takes what is right and worth a key, and loses time on the rest.

Nobody knows a person's next line but the file; a reader here does, and is asked only whether what is shown is it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from codex_lsp.evaluation.typist import Typist

_WORD = re.compile(r"\s*(?:\w+|[^\w\s]+)")


class Part(StrEnum):
    """How much of what is shown is taken."""

    NOTHING = "nothing"
    WHOLE = "whole"
    LINES = "lines"
    WORDS = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """How a person reads.

    Attributes:
        shortest_look_ms: Looking at something new takes at least so long.
        longest_look_ms: And at most so long; uniform between.
        wrong_look_share: The share of a look that something wrong costs on average: not all of it is looked at.
        takes: The smallest part that a person takes: all of it, right first lines too, or right first words too.
    """

    shortest_look_ms: float = 150.0
    longest_look_ms: float = 300.0
    wrong_look_share: float = 0.5
    takes: Part = Part.WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A right beginning of what is shown, and the keys that take it."""

    text: str
    keys: int
    part: Part


_PARTS = (Part.WHOLE, Part.LINES, Part.WORDS)
_NOTHING = Offer(text="", keys=0, part=Part.NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What a reader does about something new on the screen.

    Attributes:
        offer: What is taken of it.
        seconds: Until it is taken; or, where nothing is, what looking at it has cost.
        is_line_right: Whether its first line with text is the rest of the line, or of the next line with text.
    """

    offer: Offer
    seconds: float
    is_line_right: bool


class Reader:
    """Looks at what one typist is shown."""

    def __init__(self, typist: Typist, attention: Attention, seed: int) -> None:
        """Read beside `typist`; equal seeds give equal looks."""
        self._typist = typist
        self._attention = attention
        random = Random(f"{seed} {len(typist.text)}")  # noqa: S311 - a seeded draw, not a secret
        low, high = attention.shortest_look_ms / 1000, attention.longest_look_ms / 1000
        self._looks_s = [random.uniform(low, high) for _ in typist.text]
        self._known: tuple[int, str] | None = None

    def meet(self, shown: str, at: int) -> Reaction | None:
        """What comes of `shown` at character `at`; None where it is the rest of what was read before."""
        if self._is_known(shown, at):
            return None
        self._known = (at, shown)
        truth = self._typist.text[at:]
        look_s = self._looks_s[at]
        taken = _PARTS[: _PARTS.index(self._attention.takes) + 1]
        worth = [offer for offer in offers(shown, truth) if offer.part in taken and self._worth_s(offer, at) > look_s]
        best = max(worth, key=lambda offer: self._worth_s(offer, at), default=_NOTHING)
        seconds = self._attention.wrong_look_share * look_s
        if best.text:
            seconds = look_s + self._typist.gap_s(at, best.keys)
        return Reaction(offer=best, seconds=seconds, is_line_right=is_line_right(shown, truth))

    def _worth_s(self, offer: Offer, at: int) -> float:
        """Seconds that an offer spares a person who knows no more of the next keys than the usual gap."""
        presses = self._typist.presses(at, at + len(offer.text))
        return (presses - offer.keys) * self._typist.median_gap_s

    def _is_known(self, shown: str, at: int) -> bool:
        if self._known is None:
            return False
        begun, text = self._known
        typed = self._typist.text[begun:at]
        return text.startswith(typed) and text[len(typed) :] == shown


def offers(shown: str, truth: str) -> Iterator[Offer]:
    """What of `shown` may be taken, as far as it is right, with the keys that editors want for it.

    All of it is one key; its first lines are a key each, and so are its first words.
    """
    if truth.startswith(shown):
        yield Offer(text=shown, keys=1, part=Part.WHOLE)
    for part, ends in ((Part.LINES, _line_ends(shown, truth)), (Part.WORDS, _word_ends(shown, truth))):
        for keys, end in enumerate(ends, start=1):
            yield Offer(text=shown[:end], keys=keys, part=part)


def is_line_right(shown: str, truth: str) -> bool:
    r"""Whether what is shown, up to the end of its first line with text, is what comes there.

    >>> is_line_right("x = 1\nfoo", "x = 1\nbar"), is_line_right("x = 1", "x = 10")
    (True, False)
    """
    end = shown.find("\n", len(shown) - len(shown.lstrip()))
    line = (shown if end < 0 else shown[:end]).rstrip()
    return truth.startswith(line) and not truth[len(line) :].split("\n", 1)[0].strip()


def _line_ends(shown: str, truth: str) -> Iterator[int]:
    """Where lines of `shown` end that are whole lines of `truth`; blank ones belong to the next."""
    end = 0
    for line in shown.split("\n"):
        end += len(line)
        if not truth.startswith(shown[:end]) or truth[end : end + 1] not in ("\n", ""):
            return
        if line.strip():
            yield end
        end += 1


def _word_ends(shown: str, truth: str) -> Iterator[int]:
    """Where words of `shown` end that are whole words of `truth`."""
    for word in _WORD.finditer(shown):
        if not truth.startswith(shown[: word.end()]):
            return
        if not _cuts_word(truth, word.end()):
            yield word.end()


def _cuts_word(text: str, at: int) -> bool:
    return re.match(r"\w\w", text[at - 1 : at + 1]) is not None
