r"""Values at the boundaries of a kind, as expressions: zero, one, empty, one item, duplicates, sorted and not.

>>> boundaries(Kind("list", (Kind("int"),)), ValuePool())[:4]
('[]', '[0]', '[1]', '[1, 1]')
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest

from codex_lsp.assist.parameter_kind import INT, INTS, STR, Kind
from codex_lsp.assist.value_pool import ValuePool

_MOST = 28
_MOST_CHARS = 400
"""Of an expression: lists of lists of lists would be longer tenfold with each, and no test is read that is."""
_MOST_SEPARATOR = 2
_INTEGERS = (0, 1, -1, 2, 3, 5, 10, 100)
_FLOATS = (0.0, 1.0, -1.5, 0.5, 2.0, 10.0)
_TEXTS = ("", "One, two.\nThree!", "a", "ab", "aba", "Hello World", "A1 b2", "  ", "é日")
_OF_NAME = {"bool": ("True", "False"), "None": ("None",)}
_FUNCTIONS = ("len", "str", "bool", "lambda *values: values[0]")


def boundaries(kind: Kind, pool: ValuePool) -> tuple[str, ...]:
    """Different expressions of a kind, the plainest first, with what the function's own constants suggest."""
    write = _WRITERS.get(kind.name, _any)
    found = tuple(islice(dict.fromkeys(write(kind, pool)), _MOST))
    return tuple(text for text in found if len(text) <= _MOST_CHARS) or found[:1]


def _integers(kind: Kind, pool: ValuePool) -> Iterator[str]:
    del kind
    yield from _in_turn(map(str, _INTEGERS), map(str, pool.integers))


def _floats(kind: Kind, pool: ValuePool) -> Iterator[str]:
    del kind
    near = [value + step for value in pool.floats for step in (0.0, -0.1, 0.1)]
    yield from _in_turn(
        map(repr, _FLOATS), (repr(round(value, 6)) for value in near), (repr(float(value)) for value in pool.integers)
    )


def _texts(kind: Kind, pool: ValuePool) -> Iterator[str]:
    yield repr(_TEXTS[0])
    yield from map(repr, kind.texts)
    # What parts a text is met where it parts one.
    parted = [f"a{text}b" for text in pool.texts if len(text) <= _MOST_SEPARATOR and not text.isalnum()]
    joined = [one + other for one, other in zip(pool.texts, pool.texts[1:], strict=False)]
    yield from _in_turn(
        map(repr, _TEXTS),
        map(repr, parted),
        map(repr, pool.texts),
        (repr(text[::-1]) for text in pool.texts),
        map(repr, joined),
    )


def _bytes(kind: Kind, pool: ValuePool) -> Iterator[str]:
    del kind
    yield from (repr(text.encode()) for text in ("", "a", "ab", *pool.texts))


def _lists(kind: Kind, pool: ValuePool) -> Iterator[str]:
    for items in _rows(boundaries(kind.items[0], pool)):
        yield f"[{', '.join(items)}]"


def _tuples(kind: Kind, pool: ValuePool) -> Iterator[str]:
    for items in _rows(boundaries(kind.items[0], pool)):
        yield f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def _sets(kind: Kind, pool: ValuePool) -> Iterator[str]:
    for items in _rows(boundaries(kind.items[0], pool)):
        yield f"{{{', '.join(dict.fromkeys(items))}}}" if items else "set()"


def _rows(items: Sequence[str]) -> Iterator[Sequence[str]]:
    """Rows of none, one, equal and several items, in and out of order."""
    plain = [*items[:8]] or ["0"]
    one = plain[min(1, len(plain) - 1)]
    several = plain[1:6] or plain
    yield ()
    yield (plain[0],)
    yield (one,)
    yield (one, one)
    yield several
    yield several[::-1]
    yield (*several, *several[:2])
    yield from ((item,) for item in items[2:])
    yield from ((item, one) for item in items[2:10])
    yield items[2:5]


def _fixed_rows(kind: Kind, pool: ValuePool) -> Iterator[str]:
    for parts in _together([boundaries(item, pool) for item in kind.items]):
        yield f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _built(kind: Kind, pool: ValuePool) -> Iterator[str]:
    name, *keywords = kind.texts
    for parts in _together([boundaries(item, pool) for item in kind.items]):
        given = (f"{keyword}{part}" for keyword, part in zip_longest(keywords, parts, fillvalue=""))
        yield f"{name}({', '.join(given)})"


def _together(columns: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Rows in which each column's values come, shifted against each other so that they are not all alike."""
    if not columns:
        yield ()
        return
    for at in range(max(map(len, columns))):
        yield tuple(column[(at + shift) % len(column)] for shift, column in enumerate(columns))


def _dictionaries(kind: Kind, pool: ValuePool) -> Iterator[str]:
    keys, values = (boundaries(item, pool) for item in kind.items)
    keys = [key for key in keys if not key.startswith(("[", "{"))] or ["'a'"]
    pairs = [f"{key}: {value}" for key, value in _together([keys[1:] or keys, values])]
    yield "{}"
    yield from (f"{{{pair}}}" for pair in pairs[:8])
    yield from (f"{{{', '.join(pairs[at : at + 3])}}}" for at in range(0, len(pairs), 2))


def _unions(kind: Kind, pool: ValuePool) -> Iterator[str]:
    yield from _in_turn(*(boundaries(item, pool) for item in kind.items))


def _choices(kind: Kind, pool: ValuePool) -> Iterator[str]:
    del pool
    yield from kind.texts or _OF_NAME[kind.name]


def _iterators(kind: Kind, pool: ValuePool) -> Iterator[str]:
    yield from (f"iter({items})" for items in _lists(kind, pool))


def _functions(kind: Kind, pool: ValuePool) -> Iterator[str]:
    if kind.items:
        yield from (f"lambda *values: {value}" for value in boundaries(kind.items[0], pool)[:3])
    yield from _FUNCTIONS[-1:] if kind.items else _FUNCTIONS


def _any(kind: Kind, pool: ValuePool) -> Iterator[str]:
    del kind
    yield from _in_turn(*(boundaries(each, pool) for each in (INT, STR, INTS, Kind("list", (STR,)))))


def _in_turn(*rows: Iterator[str] | Sequence[str]) -> Iterator[str]:
    """One of each row after another."""
    for values in zip_longest(*rows):
        yield from (value for value in values if value is not None)


_WRITERS: Mapping[str, Callable[[Kind, ValuePool], Iterator[str]]] = {
    "int": _integers,
    "float": _floats,
    "str": _texts,
    "bytes": _bytes,
    "bool": _choices,
    "None": _choices,
    "list": _lists,
    "tuple": _tuples,
    "row": _fixed_rows,
    "set": _sets,
    "dict": _dictionaries,
    "union": _unions,
    "choice": _choices,
    "build": _built,
    "function": _functions,
    "iterator": _iterators,
}
