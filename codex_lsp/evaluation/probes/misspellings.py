"""Names of packages as people misspell them, and the beginnings of names."""

from random import Random

_LEAST_LETTERS = 5
_STEM_SHARE = 0.6


def misspelled(name: str, random: Random) -> str:
    """A name with two neighbouring letters swapped, one left out or one doubled, in the part that a stem keeps."""
    last = max(len(stem(name)) - 2, 1)
    at = random.randint(1, last)
    kinds = [name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:]]
    if name[at] != name[at + 1]:
        kinds.append(name[:at] + name[at + 1] + name[at] + name[at + 2 :])
    return random.choice(kinds)


def stem(name: str) -> str:
    """The beginning of a name that somebody has typed."""
    return name[: max(round(_STEM_SHARE * len(name)), 3)]


def is_long_enough(name: str) -> bool:
    """Whether a name can be misspelled in its stem."""
    return len(name) >= _LEAST_LETTERS and name.isascii() and name.isidentifier()
