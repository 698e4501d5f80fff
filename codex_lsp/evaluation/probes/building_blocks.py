"""Thirteen small changes to a string that can be put one after another (Codex paper, appendix C), in our words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

VOWELS = "aeiouAEIOU"
TRIES = 20_000

INPUTS = (
    "The quick brown fox jumps over the lazy dog. Does it? Yes, it surely does!",
    "alpha Beta gamma Delta epsilon Zeta eta Theta iota Kappa lambda",
    "We eat one apple. Then two pears! And three cherries? Four, five, six.",
    "MIXED case Letters AND some numbers 1 2 3 4 5 6 7 8 9 10 11 12",
    "engineers see trees between the green hedges everywhere, even here! why?",
    "short one. ok?",
    "What a long and winding sentence this is! It never ends... or does it?",
)
"""Held against every chain: long enough that something is left after all thirteen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One change.

    Attributes:
        words: What a docstring says of it.
        line: A statement that does it to `s`.
        apply: The same, as a function.
    """

    words: str
    line: str
    apply: Callable[[str], str]


BLOCKS = (
    Block(words="take out every letter e", line='s = s.replace("e", "")', apply=lambda s: s.replace("e", "")),
    Block(
        words="put an exclamation mark in the place of each space",
        line='s = s.replace(" ", "!")',
        apply=lambda s: s.replace(" ", "!"),
    ),
    Block(words="make all letters lower case", line="s = s.lower()", apply=str.lower),
    Block(
        words="drop the first two characters and the last two characters", line="s = s[2:-2]", apply=lambda s: s[2:-2]
    ),
    Block(
        words="take out all vowels",
        line=f's = "".join(c for c in s if c not in "{VOWELS}")',
        apply=lambda s: "".join(c for c in s if c not in VOWELS),
    ),
    Block(
        words="take out every third character, beginning with the first",
        line='s = "".join(c for i, c in enumerate(s) if i % 3 != 0)',
        apply=lambda s: "".join(c for i, c in enumerate(s) if i % 3 != 0),
    ),
    Block(
        words="keep only the first half of the characters, rounded down",
        line="s = s[: len(s) // 2]",
        apply=lambda s: s[: len(s) // 2],
    ),
    Block(
        words="put three spaces in the place of each space",
        line='s = s.replace(" ", "   ")',
        apply=lambda s: s.replace(" ", "   "),
    ),
    Block(
        words="put the words in reverse order, one space between them",
        line='s = " ".join(s.split()[::-1])',
        apply=lambda s: " ".join(s.split()[::-1]),
    ),
    Block(
        words="drop the first half of the words, rounded down, one space between the others",
        line='s = " ".join(s.split()[len(s.split()) // 2 :])',
        apply=lambda s: " ".join(s.split()[len(s.split()) // 2 :]),
    ),
    Block(
        words='add " apples" after each word, one space between the words',
        line='s = " ".join(word + " apples" for word in s.split())',
        apply=lambda s: " ".join(word + " apples" for word in s.split()),
    ),
    Block(
        words="make every second character upper case, beginning with the first",
        line='s = "".join(c.upper() if i % 2 == 0 else c for i, c in enumerate(s))',
        apply=lambda s: "".join(c.upper() if i % 2 == 0 else c for i, c in enumerate(s)),
    ),
    Block(
        words="delete all full stops, exclamation marks and question marks",
        line='s = s.replace(".", "").replace("!", "").replace("?", "")',
        apply=lambda s: s.replace(".", "").replace("!", "").replace("?", ""),
    ),
)

Chain = tuple[int, ...]
"""Blocks by number, in the order in which they are done."""


def applied(chain: Sequence[int], text: str) -> str:
    """What a chain makes of a text."""
    for block in chain:
        text = BLOCKS[block].apply(text)
    return text


def is_telling(chain: Chain) -> bool:
    """Whether each block shows: leaving any one out gives something else for one input at least."""
    whole = [applied(chain, text) for text in INPUTS]
    return all([applied(chain[:at] + chain[at + 1 :], text) for text in INPUTS] != whole for at in range(len(chain)))


def drawn_chains(length: int, count: int, random: Random) -> list[Chain]:
    """Telling chains of different blocks, all different; fewer than `count` where there are not so many."""
    found: dict[Chain, None] = {}
    for _ in range(TRIES):
        if len(found) == count:
            break
        chain = tuple(random.sample(range(len(BLOCKS)), length))
        if chain not in found and is_telling(chain):
            found[chain] = None
    return list(found)
