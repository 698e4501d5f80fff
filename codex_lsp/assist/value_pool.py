r"""The constants that a function knows, and values near them: inputs that its branches may turn on.

>>> pool = pool_of("def f(n):\n    return n > 9 and 'big' or ''\n", [])
>>> pool.integers, pool.texts
((8, 9, 10), ('big',))
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MOST_TEXT, _MOST_INTEGER = 40, 10**6
_MOST = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuePool:
    """Values seen, by kind, without repetitions.

    Attributes:
        integers: Constants and their neighbours.
        floats: Constants that are no integers.
        texts: Not empty.
        letters: The characters of texts, at most a few dozen.
    """

    integers: tuple[int, ...] = ()
    floats: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    letters: str = ""


def pool_of(source: str, values: Iterable[object]) -> ValuePool:
    """What a function's source and its author's examples hold.

    Args:
        source: Of the function, dedented; its docstring is passed over.
        values: Plain values from examples.
    """
    constants = [*_constants(source), *values]
    parts = list(_parts(constants))
    integers = [value for value in parts if isinstance(value, int) and not isinstance(value, bool)]
    texts = [value for value in parts if isinstance(value, str) and 0 < len(value) <= _MOST_TEXT]
    small = [value for value in integers if abs(value) <= _MOST_INTEGER]
    near = (value + step for value in small for step in (-1, 0, 1))
    return ValuePool(
        integers=tuple(dict.fromkeys(near))[: 2 * _MOST],
        floats=tuple(dict.fromkeys(value for value in parts if isinstance(value, float)))[:_MOST],
        texts=tuple(dict.fromkeys(texts))[:_MOST],
        letters="".join(dict.fromkeys("".join(texts)))[: 2 * _MOST],
    )


def _constants(source: str) -> Iterator[object]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in _computing(tree):
        # A constant that is a statement is a docstring.
        if not isinstance(node, ast.Expr):
            yield from (each.value for each in ast.iter_child_nodes(node) if isinstance(each, ast.Constant))


def _computing(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree without what is raised: messages are no inputs."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Raise):
            yield from _computing(child)


def _parts(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        match value:
            case list() | tuple() | set() | frozenset():
                yield from _parts(value)
            case dict():
                yield from _parts((*value, *value.values()))
            case _:
                yield value
