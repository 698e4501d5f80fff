"""The words that code is about: identifiers cut at capitals, digits and underscores, without what all code says."""

import functools
import re

_IDENTIFIER = re.compile(r"[^\W\d]\w{2,99}")
_PART = re.compile(r"[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+")
MIN_PART = 3
"""Shorter pieces of a name (`i`, `to`, `of`) tell nothing."""
_EVERYWHERE = """
abstract and any args arr array assert async await bool boolean break byte case catch char class cls const constructor
continue def default del delete desc dict do double elif else end enum err except exports extends extern false final
finally float fmt for foreach from func function get global goto has if impl implements import include init instanceof
int interface internal is isinstance item items key kwargs lambda len let list local long main map match mod module mut
namespace new nil none nonlocal not null num obj object of operator or override package pass print private
protected pub public raise range readonly ref require return self set short signed size sizeof static str string struct
super switch template test this throw throws todo true try tuple type typedef typeof undefined union unless unsigned
until use using val value values var virtual void volatile when where while with yield
"""
_STOP_WORDS = frozenset(_EVERYWHERE.split())


def parts_of(text: str) -> frozenset[str]:
    """The distinct lower-case pieces of the identifiers in a text, keywords and the commonest names left out.

    >>> sorted(parts_of("def read_file(HTTPServer): pass"))
    ['file', 'http', 'read', 'server']
    """
    return frozenset().union(*map(_parts, set(_IDENTIFIER.findall(text))))


def names_in(text: str) -> list[str]:
    """The identifiers of a text, the last one first, each once.

    >>> names_in("read_file(path) or read_file(name)")
    ['name', 'read_file', 'path']
    """
    return list(dict.fromkeys(reversed(_IDENTIFIER.findall(text))))


@functools.lru_cache(maxsize=50_000)
def _parts(identifier: str) -> frozenset[str]:
    pieces = (piece.lower() for piece in _PART.findall(identifier))
    return frozenset(piece for piece in pieces if len(piece) >= MIN_PART and piece not in _STOP_WORDS)
