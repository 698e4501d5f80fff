"""Arguments drawn by hypothesis' strategies from a fixed seed, as expressions: the same ones each time.

Strategies give texts of values, not values: what a class of the person's makes is named and never made here.
"""

import tempfile
from collections.abc import Sequence
from threading import Lock

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from codex_lsp.assist.boundary_values import boundaries
from codex_lsp.assist.parameter_kind import INT, INTS, STR, Kind
from codex_lsp.assist.value_pool import ValuePool

_LETTERS = "abcxyzABZ 019"
_WORDS = ("one", "two", "Three", "4", "a-b", "x,", "end.", "'q'")
_LENGTH = 6
_DEPTH = 3
"""So deep are items of items drawn; below, they are taken from the boundaries, which are of bounded length."""
_LOW, _HIGH = -20, 120
_MOST_WEIGHT = 64
"""Kinds of more parts are not drawn at all: hypothesis would look for small ones among them for minutes."""
_ONE_AT_A_TIME = Lock()


def drawn_values(kinds: Sequence[Kind], pool: ValuePool, count: int, seed_number: int) -> tuple[tuple[str, ...], ...]:
    """At most `count` different rows of one expression for each kind; fewer where there are no more."""
    if not kinds or not count:
        return ()
    depth = _DEPTH if sum(kind.weight for kind in kinds) <= _MOST_WEIGHT else 0
    found: dict[tuple[str, ...], None] = {}

    @seed(seed_number)
    @settings(
        database=None,
        max_examples=count,
        phases=(Phase.generate,),
        deadline=None,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType] - its metaclass hides its members
        verbosity=Verbosity.quiet,
    )
    @given(st.tuples(*(_strategy(kind, pool, depth) for kind in kinds)))
    def draw(row: tuple[str, ...]) -> None:
        found.setdefault(row)

    # What hypothesis keeps between runs is kept nowhere: not in the folder that a server was started in.
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="codex-lsp-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            draw()
        finally:
            set_hypothesis_home_dir(None)
    return tuple(found)


def _strategy(kind: Kind, pool: ValuePool, depth: int) -> st.SearchStrategy[str]:
    """Texts of values of a kind."""
    plain = {"int": _integers, "float": _floats, "str": _texts}.get(kind.name)
    if plain is not None:
        drawn = plain(pool)
        return st.one_of(st.sampled_from(list(map(repr, kind.texts))), drawn) if kind.texts else drawn
    parts = [_strategy(item, pool, depth - 1) for item in kind.items] if depth else []
    match kind.name if depth else "":
        case "list" | "tuple" | "set" | "iterator":
            return st.lists(parts[0], max_size=_LENGTH).map(lambda items: _held(kind.name, items))
        case "row" | "build":
            return st.tuples(*parts).map(lambda texts: _made(kind, texts))
        case "dict":
            return st.lists(st.tuples(*parts), max_size=_LENGTH, unique_by=lambda pair: pair[0]).map(_dictionary)
        case "union" | "any":
            return st.one_of(*(parts or [_strategy(option, pool, depth - 1) for option in (INT, STR, INTS)]))
        case _:
            return st.sampled_from(boundaries(kind, pool))


def _integers(pool: ValuePool) -> st.SearchStrategy[str]:
    fresh = st.integers(_LOW, _HIGH).map(str)
    return st.one_of(fresh, st.sampled_from([str(value) for value in pool.integers])) if pool.integers else fresh


def _floats(pool: ValuePool) -> st.SearchStrategy[str]:
    steps = st.integers(4 * _LOW, 4 * _HIGH).map(lambda step: repr(step / 4))
    return st.one_of(steps, st.sampled_from([repr(value) for value in pool.floats])) if pool.floats else steps


def _texts(pool: ValuePool) -> st.SearchStrategy[str]:
    """Words of the letters that the function's own texts have, where it has any, and rows of its words."""
    letters = pool.letters or _LETTERS
    drawn = st.lists(st.sampled_from(letters), max_size=2 * _LENGTH).map(lambda found: repr("".join(found)))
    if not pool.texts:
        rows = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=_LENGTH).map(lambda found: repr(" ".join(found)))
        return st.one_of(rows, drawn)
    # What is written with blanks between is read word by word.
    between = " " if any(" " in text.strip() for text in pool.texts) else ""
    words = [word for text in pool.texts for word in (text.split() if between else [text])]
    rows = st.lists(st.sampled_from(words or [""]), max_size=_LENGTH).map(lambda found: repr(between.join(found)))
    return st.one_of(drawn, rows)


def _held(name: str, items: Sequence[str]) -> str:
    if name == "set":
        return f"{{{', '.join(dict.fromkeys(items))}}}" if items else "set()"
    if name == "tuple":
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    held = f"[{', '.join(items)}]"
    return f"iter({held})" if name == "iterator" else held


def _made(kind: Kind, parts: Sequence[str]) -> str:
    if kind.name == "row":
        return _held("tuple", parts)
    name, *keywords = kind.texts
    keywords += [""] * (len(parts) - len(keywords))
    return f"{name}({', '.join(keyword + part for keyword, part in zip(keywords, parts, strict=True))})"


def _dictionary(pairs: Sequence[tuple[str, str]]) -> str:
    hashable = [f"{key}: {value}" for key, value in pairs if not key.startswith(("[", "{"))]
    return f"{{{', '.join(hashable)}}}"
