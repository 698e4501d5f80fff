"""Which names of Python packages are known here, and what a name is that is not."""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import distributions
from importlib.resources import files

REMOVED = (
    "acqusition",
    "apidev_coop",
    "bzip",
    "django_server",
    "setup_tools",
    "telnet",
    "urlib3",
    "colourama",
    "jeilyfish",
)
"""Removed from the index of packages for what they did (incident report of the index, 22 September 2017; the last two
in 2018 and 2019). Names that are modules of the standard library today are left out."""
_SEPARATORS = re.compile(r"[-_.]+")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Kind(StrEnum):
    """What a suggested import is."""

    STDLIB = "standard library"
    KNOWN = "known"
    REMOVED = "removed"
    NEAR = "one letter from a known one"
    UNKNOWN = "unknown"
    NOTHING = "no whole name"


def normal(name: str) -> str:
    """A name in lower case, with one kind of separator.

    >>> normal("Python-DateUtil")
    'python_dateutil'
    """
    return _SEPARATORS.sub("_", name.strip().lower())


def well_known() -> tuple[str, ...]:
    """Names under which widely used packages are imported, from the list that comes with the program."""
    text = files("codex_lsp.assist").joinpath("well_known_packages.txt").read_text(encoding="utf-8")
    return tuple(name for line in text.splitlines() if not line.startswith("#") for name in line.split())


def installed() -> tuple[str, ...]:
    """Distributions of this interpreter, and the modules at their top."""
    found: set[str] = set()
    for distribution in distributions():
        found.add(distribution.name)
        found.update((distribution.read_text("top_level.txt") or "").split())
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class PackageNames:
    """Known names, normal."""

    known: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> "PackageNames":
        """From names as people write them."""
        return cls(frozenset(normal(name) for name in names if normal(name)))

    def kind(self, name: str) -> Kind:
        """What an imported name is."""
        name = normal(name)
        if not name:
            return Kind.NOTHING
        if name in sys.stdlib_module_names:
            return Kind.STDLIB
        if name in self.known:
            return Kind.KNOWN
        if name in REMOVED:
            return Kind.REMOVED
        return Kind.NEAR if any(other in self.known for other in one_edit_away(name)) else Kind.UNKNOWN


def one_edit_away(name: str) -> set[str]:
    """All names that one letter more, less or other, or two letters the other way round, make of a name."""
    splits = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    letters = _LETTERS + "_0123456789"
    found = {head + tail[1:] for head, tail in splits if tail}
    found |= {head + tail[1] + tail[0] + tail[2:] for head, tail in splits if len(tail) > 1}
    found |= {head + letter + tail for head, tail in splits for letter in letters}
    found |= {head + letter + tail[1:] for head, tail in splits if tail for letter in letters}
    return found - {name}
