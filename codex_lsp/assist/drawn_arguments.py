"""Inputs for a function of which only the prompt is known: the calls in its docstring, and changed ones.

Hidden tests are never looked at. Where the docstring has no call, the signature's annotations say what is drawn, and
where it has none, values of common kinds are.
"""

import ast
import zlib
from collections.abc import Callable, Sequence
from random import Random

from codex_lsp.assist.docstring_calls import Arguments, calls_in_docstring, function_of

_INTEGERS = (0, 1, 2, 3, 5, 7, 10, 12, 25, 100, -1, -4)
_WORDS = ("", "a", "ab", "hello", "Hello World", "abba", "one two three", "a1b2", "(()())", "12 7")
_KEPT = 0.7
"""Of a dictionary's items, those that stay."""
_MOST_TRIES = 40
"""Draws for each input that is wanted: there may be no more different ones."""


def drawn_arguments(prompt: str, entry_point: str, count: int) -> tuple[Arguments, ...]:
    """At most `count` different inputs, the same ones each time; none where the prompt has no such function."""
    parameters = _parameters(prompt, entry_point)
    if parameters is None:
        return ()
    random = Random(zlib.crc32(prompt.encode(errors="replace")))  # noqa: S311 - seeded, not a secret
    seeds = [call for call in calls_in_docstring(prompt, entry_point) if len(call) <= len(parameters)]
    found: dict[str, Arguments] = {}
    for call in seeds[:count]:
        found.setdefault(repr(call), call)
    for _ in range(count * _MOST_TRIES):
        if len(found) >= count:
            break
        drawn = changed_call(random.choice(seeds), random) if seeds else _fresh_call(parameters, random)
        found.setdefault(repr(drawn), drawn)
    return tuple(found.values())


def _parameters(prompt: str, entry_point: str) -> list[str] | None:
    """The annotations of the function's parameters, empty where there is none; None without such a function."""
    function = function_of(prompt, entry_point)
    if function is None:
        return None
    return [ast.unparse(each.annotation) if each.annotation else "" for each in function.args.args]


def _fresh_call(parameters: Sequence[str], random: Random) -> Arguments:
    return tuple(_of_annotation(annotation, random) for annotation in parameters)


def _of_annotation(annotation: str, random: Random) -> object:
    """A value of the kind that an annotation names, such as `List[int]`; of any common kind where it names none."""
    name, _, inner = annotation.lower().removeprefix("typing.").partition("[")
    inner = inner.removesuffix("]")
    if name in ("list", "sequence", "iterable", "tuple"):
        items = [_of_annotation(inner.partition(",")[0], random) for _ in range(random.randint(0, 6))]
        return tuple(items) if name == "tuple" else items
    if name in ("dict", "mapping"):
        return {random.choice(_WORDS): random.choice(_INTEGERS) for _ in range(random.randint(0, 4))}
    plain = _PLAIN.get(name)
    return (plain or random.choice((*_PLAIN.values(), _integers)))(random)


def _integers(random: Random) -> object:
    return [random.choice(_INTEGERS) for _ in range(random.randint(0, 6))]


_PLAIN: dict[str, Callable[[Random], object]] = {
    "int": lambda random: random.choice(_INTEGERS),
    "float": lambda random: random.choice(_INTEGERS) / 2,
    "str": lambda random: random.choice(_WORDS),
    "bool": lambda random: random.choice((False, True)),
}


def changed_call(call: Arguments, random: Random) -> Arguments:
    """The same call with about one of its arguments changed."""
    chosen = random.randrange(len(call))
    return tuple(_changed(value, random) if at == chosen else value for at, value in enumerate(call))


def _changed(value: object, random: Random) -> object:
    """A value of the same kind, near the one that is given."""
    match value:
        case bool():
            return not value
        case int() | float():
            step = random.choice(_INTEGERS) if isinstance(value, int) else random.choice(_INTEGERS) / 2
            return random.choice((value + 1, value - 1, value * 2, -value, value + step))
        case str():
            return "".join(map(str, _changed_items(value, random, random.choice((*value, " ", "a", "7")))))
        case list() | tuple():
            items = _changed_items(value, random, random.choice((*value, 1)))
            return tuple(items) if isinstance(value, tuple) else items
        case dict():
            return {key: _changed(each, random) for key, each in value.items() if random.random() < _KEPT}
        case _:
            return value


def _changed_items(given: Sequence[object], random: Random, another: object) -> list[object]:
    """Items with one put in, one left out, one changed, or their order drawn anew."""
    items = list(given)
    at = random.randint(0, len(items))
    match random.randrange(4):
        case 0:
            return [*items[:at], another, *items[at:]]
        case 1:
            return [*items[:at], *items[at + 1 :]]
        case 2:
            return random.sample(items, len(items))
        case _ if items:
            at = random.randrange(len(items))
            # A character of a text is changed for another one.
            new = another if isinstance(given, str) else _changed(items[at], random)
            return [*items[:at], new, *items[at + 1 :]]
        case _:
            return [another]
