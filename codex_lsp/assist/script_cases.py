r"""Calls of a function of JavaScript or TypeScript: its comment's examples, and boundary values by its types.

Arguments are worked out as Python values and written as JavaScript, so that both are the same everywhere.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from codex_lsp.assist.boundary_values import boundaries
from codex_lsp.assist.drawn_values import drawn_values
from codex_lsp.assist.parameter_kind import ANY, BOOL, INT, STR, Kind, kind_of_value, merged
from codex_lsp.assist.parameter_use import kind_of_use
from codex_lsp.assist.script_examples import ScriptCall, script_examples
from codex_lsp.assist.script_syntax import script_literal
from codex_lsp.assist.value_pool import ValuePool
from codex_lsp.context.syntax_functions import ScriptFunction, ScriptParameter

_MOST, _DRAWN = 48, 16
_TYPES = {"number": INT, "string": STR, "boolean": BOOL, "any": ANY, "unknown": ANY, "bigint": INT}
_CONSTANTS = re.compile(r"(?<![\w.$])(?:-?\d+(?:\.\d+)?|\"[^\"\\\n]{1,30}\"|'[^'\\\n]{1,30}')")
_NO_VALUE = object()


def script_cases(function: ScriptFunction, seed: int) -> tuple[ScriptCall, ...]:
    """Calls of a function, its author's first; none where a parameter is a pattern."""
    known = list(script_examples(function))
    given = [each for each in function.parameters if each is not None and not each.is_rest]
    if None in function.parameters:
        return tuple(known)
    columns = [[each.row[at] for each in known if at < len(each.row)] for at in range(len(given))]
    kinds = [_kind(each, seen, function) for each, seen in zip(given, columns, strict=True)]
    pool = _pool(function, [value for each in known for value in each.row])
    required = sum(each.default is None for each in given)
    values = [boundaries(kind, pool) for kind in kinds]
    rows = [*islice(_varied(values[:required]), _DRAWN), *_varied(values), *drawn_values(kinds, pool, _DRAWN, seed)]
    seen = {repr(each.row) for each in known}
    drawn = [tuple(map(_value, row)) for row in rows]
    fresh = {repr(row): row for row in drawn if repr(row) not in seen and None not in map(script_literal, row)}
    return (*known, *(ScriptCall(row=row) for row in islice(fresh.values(), _MOST)))


def _value(text: str) -> object:
    """A literal's value; of what is none, such as a function, something that JavaScript has no equal of."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return _NO_VALUE


def _kind(parameter: ScriptParameter, seen: Sequence[object], function: ScriptFunction) -> Kind:
    told = re.search(rf"@param\s+\{{([^}}]+)\}}\s+\[?{re.escape(parameter.name)}\b", function.comment)
    kind = _typed(parameter.annotation or (told[1] if told else ""))
    if kind is not None:
        return kind
    known = merged(map(kind_of_value, (*seen, *_default(parameter))))
    return known if known != ANY else _used(parameter.name, function.source)


def _default(parameter: ScriptParameter) -> tuple[object, ...]:
    value = _value(parameter.default or "null")
    return () if value is _NO_VALUE else (value,)


def _typed(text: str) -> Kind | None:
    text = text.strip()
    if text.endswith("[]"):
        return Kind("list", (_typed(text[:-2].strip("()")) or ANY,))
    held = re.fullmatch(r"(?:Array|ReadonlyArray)\.?<(.+)>", text)
    if held:
        return Kind("list", (_typed(held[1]) or ANY,))
    options = [_typed(part) for part in text.split("|")] if "|" in text else []
    if options and None not in options:
        return Kind("union", tuple(option for option in options if option is not None))
    choice = re.fullmatch(r"\"[^\"\\]*\"|'[^'\\]*'", text)
    return Kind("choice", (), (text,)) if choice else Kind("None") if text == "null" else _TYPES.get(text)


def _used(name: str, source: str) -> Kind:
    """By the methods that are called on it; a number where nothing tells."""
    word = re.escape(name)
    methods = "toUpperCase|toLowerCase|trim|charAt|split|replace|startsWith|endsWith|charCodeAt|substring"
    if re.search(rf"\b{word}\.(?:{methods})\b", source):
        return STR
    items = "map|filter|reduce|forEach|push|sort|some|every|join|find"
    named = kind_of_use(ast.Module(body=[], type_ignores=[]), name)
    if re.search(rf"\b{word}\.(?:{items})\b|\bof\s+{word}\b", source):
        return named if named.name == "list" else Kind("list", (INT,))
    return Kind("union", (STR, Kind("list", (INT,)))) if re.search(rf"\b{word}(?:\.length|\[)", source) else INT


def _pool(function: ScriptFunction, values: Sequence[object]) -> ValuePool:
    """The constants of its source, and what its examples hold."""
    found = [ast.literal_eval(text) for text in _CONSTANTS.findall(function.source)]
    flat = [*found, *(value for value in values if isinstance(value, int | str))]
    integers = [value for value in flat if isinstance(value, int) and not isinstance(value, bool)]
    texts = [value for value in flat if isinstance(value, str) and value]
    return ValuePool(
        integers=tuple(dict.fromkeys(value + step for value in integers[:12] for step in (-1, 0, 1))),
        floats=tuple(value for value in found if isinstance(value, float)),
        texts=tuple(dict.fromkeys(texts))[:12],
        letters="".join(dict.fromkeys("".join(texts)))[:40],
    )


def _varied(columns: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """One parameter after the other through its boundaries, the others at a plain value."""
    base = [column[min(1, len(column) - 1)] for column in columns]
    yield tuple(base)
    for at in range(max(map(len, columns), default=0)):
        for place, column in enumerate(columns):
            if at < len(column):
                yield (*base[:place], column[at], *base[place + 1 :])
