"""Which kinds of value the parameters of a function take together: guessed by reading, tried where that is unsure."""

import ast
from collections.abc import Sequence
from itertools import product

from codex_lsp.assist.author_examples import is_literal
from codex_lsp.assist.boundary_values import boundaries
from codex_lsp.assist.case import Case
from codex_lsp.assist.function import Parameter
from codex_lsp.assist.named_texts import named
from codex_lsp.assist.parameter_kind import (
    ANY,
    FLOAT,
    INT,
    INTS,
    NONE,
    STR,
    Kind,
    kind_of_annotation,
    kind_of_value,
    merged,
)
from codex_lsp.assist.parameter_use import compared_kinds, kind_of_use
from codex_lsp.assist.subject import Subject
from codex_lsp.assist.value_pool import ValuePool

_BARE = frozenset({"list", "tuple", "set", "dict", "List", "Tuple", "Set", "Dict", "Sequence", "Iterable"})
_TRIED = (
    STR,
    INT,
    INTS,
    Kind("list", (STR,)),
    Kind("dict", (STR, INT)),
    Kind("bytes"),
    Kind("list", (INTS,)),
    FLOAT,
    Kind("function"),
    Kind("row", (INT, INT)),
)
"""What a parameter may take of which nothing is known, the likeliest first."""
_BINARY = frozenset(
    f"__{name}__"
    for name in (
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "add",
        "sub",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "and",
        "or",
        "xor",
    )
)
"""Methods whose other side is mostly of the same class."""
_MOST_TRIED = 48
_MOST_ROWS = 3
_MOST_PARAMETERS = 4
Row = tuple[Kind, ...]


def guessed_kinds(subject: Subject, known: Sequence[Case]) -> Row:
    """The kind of each parameter: by annotation, values that are known to be given, the default, or use, in this order.

    Args:
        subject: The function.
        known: Calls of it.
    """
    rows = [row for case in known if (row := positional(case.call, subject)) is not None]
    return tuple(
        _kind_of(each, [ast.literal_eval(row[at]) for row in rows if at < len(row)], subject)
        for at, each in enumerate(subject.given)
    )


def rows_to_try(subject: Subject, known: Sequence[Case], guess: Row) -> tuple[Row, ...]:
    """Rows of kinds to try, the guess first; none where annotations or calls say what is taken."""
    required = subject.required
    if not 0 < len(required) <= _MOST_PARAMETERS or any(positional(each.call, subject) for each in known):
        return ()
    choices = [_choices(each, kind, subject) for each, kind in zip(subject.given, guess, strict=True)]
    if all(len(each) == 1 for each in choices):
        return ()
    # Those that are near the guess first: a row's place is the sum of the places of its kinds.
    places = sorted(product(*(range(len(each)) for each in choices)), key=lambda row: (sum(row), max(row), row))
    alike = [[at] * len(choices) for at in range(len(_TRIED))]
    rows = [tuple(choice[at] for choice, at in zip(choices, row, strict=True)) for row in places[: 4 * _MOST_TRIED]]
    rows[1:1] = [tuple(c[min(at, len(c) - 1)] for c, at in zip(choices, row, strict=True)) for row in alike]
    return tuple(dict.fromkeys(rows))[:_MOST_TRIED]


def plainest(row: Sequence[Kind]) -> list[str]:
    """A value of each kind, not the very emptiest."""
    columns = [boundaries(kind, ValuePool()) for kind in row]
    return [column[min(1, len(column) - 1)] for column in columns]


def working(tried: Sequence[tuple[Row, bool]], guess: Row) -> tuple[Row, ...]:
    """The rows of kinds that are worth calls: none beside the guess where that works, else the first few that do."""
    if not tried or tried[0] == (guess, True):
        return ()
    return tuple(row for row, works in tried if works)[:_MOST_ROWS]


def positional(call: str, subject: Subject) -> list[str] | None:
    """The literal arguments of the function's call in an expression, by position; None where they are not plain."""
    for node in ast.walk(ast.parse(call, mode="eval")):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=[]) if name in (
                subject.function.name,
                subject.shape.callee,
            ) and len(subject.required) <= len(args) <= len(subject.given):
                return [ast.unparse(arg) for arg in args] if all(map(is_literal, args)) else None
            case _:
                continue
    return None


def _choices(parameter: Parameter, kind: Kind, subject: Subject) -> tuple[Kind, ...]:
    """What a required parameter may take: what it is annotated with, else the guess and whatever is usual."""
    if parameter.default is not None:
        return (kind,)
    annotated = None if parameter.annotation is None else _annotated(parameter.annotation, subject)
    if annotated not in (None, ANY):
        return (kind,)
    usual = (named(each, parameter.name, subject.function.qualname) for each in _TRIED)
    return tuple(dict.fromkeys(usual if kind == ANY else (kind, *usual)))


def _kind_of(parameter: Parameter, seen: Sequence[object], subject: Subject) -> Kind:
    return named(_read_kind(parameter, seen, subject), parameter.name, subject.function.qualname)


def _read_kind(parameter: Parameter, seen: Sequence[object], subject: Subject) -> Kind:
    function = subject.function
    if function.name in _BINARY and parameter.annotation in (None, "object", "Any"):
        own = subject.makers.get(function.class_name or "")
        return Kind("union", (own, INT, STR)) if own is not None else ANY
    annotated = None if parameter.annotation is None else _annotated(parameter.annotation, subject)
    known = merged(map(kind_of_value, seen))
    if annotated == ANY:
        return merged((known, INT, STR, INTS, NONE))
    if annotated is not None and (parameter.annotation not in _BARE or known == ANY):
        return annotated
    if known != ANY:
        return merged((known, *compared_kinds(subject.node, parameter.name)))
    default = ast.parse(parameter.default or "None", mode="eval").body
    if is_literal(default) and parameter.default not in (None, "None"):
        return kind_of_value(ast.literal_eval(default))
    return kind_of_use(subject.node, parameter.name)


def _annotated(annotation: str, subject: Subject) -> Kind | None:
    return kind_of_annotation(ast.parse(annotation, mode="eval").body, subject.makers)
