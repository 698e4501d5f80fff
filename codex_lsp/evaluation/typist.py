"""Who types: which keys bring a text into a document, and when each is pressed.

The typist inserts, left to right. What an editor does by itself costs nothing: after a line end it indents as the line
above, a level more after a line that opens a block. Where the text wants less, each level less is a key; where it wants
more, one key brings all of it.
"""

import itertools
import math
import re
from dataclasses import dataclass
from random import Random

from codex_lsp.evaluation.stretches import Stretch

_BLOCK_OPENERS = (":", "{", "(", "[")
_USUAL_LEVEL = "    "
_LEADING_BLANKS = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a person types: gaps between keys are lognormal.

    Attributes:
        median_gap_ms: Half of all gaps are shorter.
        sigma: Standard deviation of the gap's natural logarithm.
    """

    median_gap_ms: float = 180.0
    sigma: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What one key brings: its character with all that costs no key after it; `presses` counts corrections too."""

    text: str
    presses: int


class Typist:
    """Types one stretch; every character has its own gap, so that all runs over it have the same person."""

    def __init__(self, stretch: Stretch, habits: Habits, seed: int) -> None:
        """Plan the keys of `stretch`."""
        self.text = stretch.text
        self.median_gap_s = habits.median_gap_ms / 1000
        self._presses = _presses(stretch)
        random = Random(f"{seed} {stretch.file.path} {len(stretch.before)}")  # noqa: S311 - seeded, not a secret
        scale = math.log(self.median_gap_s)
        self._gaps_s = [random.lognormvariate(scale, habits.sigma) for _ in self._presses]
        self._sums = (0, *itertools.accumulate(self._presses))

    @property
    def alone_s(self) -> float:
        """Seconds that the whole stretch takes without any help."""
        return math.fsum(gap * presses for gap, presses in zip(self._gaps_s, self._presses, strict=True))

    def key_at(self, at: int) -> Key:
        """The key that types on from character `at`."""
        end = at + 1
        while end < len(self.text) and not self._presses[end]:
            end += 1
        return Key(text=self.text[at:end], presses=self._presses[at])

    def gap_s(self, at: int, presses: int = 1) -> float:
        """Seconds that so many presses take at character `at`."""
        return self._gaps_s[at] * presses

    def presses(self, begin: int, end: int) -> int:
        """Keys that typing from one character to another takes."""
        return self._sums[end] - self._sums[begin]


def _presses(stretch: Stretch) -> tuple[int, ...]:
    """Keys that each character takes: indentation that the editor brings none, a line end those that lessen it too."""
    level = _level(stretch.file.text)
    above = stretch.before.rstrip().rpartition("\n")[2]
    presses: list[int] = []
    for number, line in enumerate(stretch.text.split("\n")):
        wanted, given = _indentation(line), _given(above, level)
        spared = _agreed(wanted, given)
        if number:
            superfluous = len(given) - spared if line.strip() else 0
            presses.append(1 + math.ceil(superfluous / len(level)))
        more = len(wanted) - spared
        presses += [0] * spared + [1, *[0] * (more - 1)] * (more > 0) + [1] * (len(line) - len(wanted))
        above = line if line.strip() else above
    return tuple(presses)


def _agreed(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = itertools.zip_longest(one, other)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _indentation(line: str) -> str:
    """A line's leading blanks; none of a blank line, from which editors take them away again."""
    found = _LEADING_BLANKS.match(line)
    return found[0] if found is not None and line.strip() else ""


def _given(above: str, level: str) -> str:
    """The indentation that an editor brings after a line."""
    return _indentation(above) + (level if above.rstrip().endswith(_BLOCK_OPENERS) else "")


def _level(text: str) -> str:
    """What a file indents a level by: the least that any of its lines has."""
    indentations = {_indentation(line) for line in text.split("\n")} - {"", " "}
    return min(indentations, key=lambda blanks: (len(blanks), blanks), default=_USUAL_LEVEL)
