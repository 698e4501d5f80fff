"""Calls of a function that need no model: its author's examples, boundaries, values near constants, and draws."""

import ast
import textwrap
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from codex_lsp.assist.author_examples import doctest_cases, is_literal, named_examples, prose_examples
from codex_lsp.assist.boundary_values import boundaries
from codex_lsp.assist.call_shape import CallShape, shape_of
from codex_lsp.assist.case import Case, Origin
from codex_lsp.assist.class_makers import makers_of
from codex_lsp.assist.drawn_arguments import changed_call
from codex_lsp.assist.drawn_values import drawn_values
from codex_lsp.assist.function import Parameter, ParameterKind, PythonFunction, parsed
from codex_lsp.assist.parameter_kind import ANY, INT, INTS, NONE, STR, Kind, kind_of_annotation, kind_of_value, merged
from codex_lsp.assist.parameter_use import compared_kinds, kind_of_use
from codex_lsp.assist.value_pool import ValuePool, pool_of

_EACH = 28
"""Boundary calls, changed examples and draws, each at most."""
_OF_DEFAULT = 3
_MOST_CHARS = 2000
"""Of a derived call."""
_STARRED = (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD)
_BARE = frozenset({"list", "tuple", "set", "dict", "List", "Tuple", "Set", "Dict", "Sequence", "Iterable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A function as one that calls it sees it.

    Attributes:
        function: It.
        shape: How it is called.
        makers: How values of its module's classes are made.
        node: Its definition.
        given: The parameters that a caller gives, those with stars left out.
    """

    function: PythonFunction
    shape: CallShape
    makers: Mapping[str, Kind]
    node: ast.AST
    given: tuple[Parameter, ...]

    @property
    def required(self) -> tuple[Parameter, ...]:
        """The parameters without a default."""
        return tuple(each for each in self.given if each.default is None)


def subject_of(function: PythonFunction, text: str) -> Subject:
    """A function of a module's text.

    Raises:
        AssistRefused: It cannot be called from outside, or its class cannot be made.
    """
    makers = makers_of(parsed(text))
    given = function.parameters[1:] if function.is_bound else function.parameters
    return Subject(
        function=function,
        shape=shape_of(function, makers),
        makers=makers,
        node=ast.parse(textwrap.dedent(function.source)),
        given=tuple(each for each in given if each.kind not in _STARRED),
    )


def author_cases(subject: Subject) -> tuple[Case, ...]:
    """The examples of the docstring; those that are called through `list` or `asyncio` as the function needs it."""
    function, text = subject.function, subject.function.docstring or ""
    doctests = [(example.source, example.want) for example in function.doctests]
    names = [each.name for each in subject.required]
    found = [
        *doctest_cases(doctests, function.name),
        *_shaped(prose_examples(text, function.name, prompted=not doctests), subject),
        *_shaped(named_examples(text, function.name, names), subject),
    ]
    best: dict[str, Case] = {}
    for case in found:
        held = best.get(case.call)
        if held is None or (case.is_expectation and not held.is_expectation):
            best[case.call] = case
    return tuple(best.values())


def derived_cases(subject: Subject, known: Sequence[Case], seed: int) -> tuple[Case, ...]:
    """Calls with inputs of the right kinds, the plainest first.

    Args:
        subject: The function.
        known: Calls that are known already, whose arguments say much of what it takes.
        seed: Of the draws.
    """
    rows = [row for case in known if (row := _positional(case.call, subject)) is not None]
    values = [[ast.literal_eval(text) for text in row] for row in rows]
    pool = pool_of(textwrap.dedent(subject.function.source), [value for row in values for value in row])
    kinds = [
        _kind_of(each, [row[at] for row in values if at < len(row)], subject) for at, each in enumerate(subject.given)
    ]
    calls = [
        *_boundary_calls(subject, kinds, pool, rows),
        *_changed_examples(subject, values, seed),
        *_drawn_calls(subject, kinds, pool, seed),
    ]
    seen = {case.call for case in known}
    short = (plain(call) for call in calls if len(call) <= _MOST_CHARS)
    fresh = (call for call in dict.fromkeys(short) if call not in seen)
    return tuple(Case(call=call, origin=Origin.DERIVED) for call in fresh)


def plain(call: str) -> str:
    """A call as Python writes it, so that equal ones are equal texts."""
    return ast.unparse(ast.parse(call, mode="eval"))


def _shaped(cases: Iterable[Case], subject: Subject) -> Iterator[Case]:
    """Prose names the function alone: what it is called through is added."""
    shape, name = subject.shape, subject.function.name
    for case in cases:
        arguments = case.call[len(name) :]
        call = plain(f"{shape.before}{shape.callee}{arguments}{shape.after}")
        yield Case(call=call, origin=case.origin, expected=case.expected, raises=case.raises, loose=case.loose)


def _positional(call: str, subject: Subject) -> list[str] | None:
    """The literal arguments of the function's call in an expression, by position; None where they are not plain."""
    for node in ast.walk(ast.parse(call, mode="eval")):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=[]) if (
                name == subject.function.name and len(subject.required) <= len(args) <= len(subject.given)
            ):
                return [ast.unparse(arg) for arg in args] if all(map(is_literal, args)) else None
            case _:
                continue
    return None


def _kind_of(parameter: Parameter, seen: Sequence[object], subject: Subject) -> Kind:
    """By annotation, values that are known to be given, the default, and use, in this order."""
    annotated = None
    if parameter.annotation is not None:
        annotation = ast.parse(parameter.annotation, mode="eval").body
        annotated = kind_of_annotation(annotation, subject.makers)
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


def _boundary_calls(
    subject: Subject, kinds: Sequence[Kind], pool: ValuePool, rows: Sequence[list[str]]
) -> Iterator[str]:
    """One parameter after the other goes through its boundaries; the others stay at a plain value."""
    required = len(subject.required)
    columns = [boundaries(kind, pool) for kind in kinds]
    base = [column[min(1, len(column) - 1)] for column in columns[:required]]
    if rows:
        base = rows[0][:required]
    yield _call(subject, base)
    for at in range(max((len(column) for column in columns[:required]), default=0)):
        for place in range(required):
            if at < min(len(columns[place]), _EACH // required + 2):
                yield _call(subject, [*base[:place], columns[place][at], *base[place + 1 :]])
    for place, parameter in enumerate(subject.given):
        if parameter.default is not None:
            others = [value for value in columns[place] if value != parameter.default][:_OF_DEFAULT]
            yield from (_call(subject, base, {parameter.name: value}) for value in others)


def _changed_examples(subject: Subject, values: Sequence[Sequence[object]], seed: int) -> Iterator[str]:
    random = Random(zlib.crc32(subject.function.source.encode(errors="replace")) + seed)  # noqa: S311 - no secret
    for _ in range(_EACH if any(values) else 0):
        row = random.choice([row for row in values if row])
        yield _call(subject, [repr(value) for value in changed_call(tuple(row), random)])


def _drawn_calls(subject: Subject, kinds: Sequence[Kind], pool: ValuePool, seed: int) -> Iterator[str]:
    required = len(subject.required)
    for row in drawn_values(kinds[:required], pool, _EACH, seed):
        yield _call(subject, row)


def _call(subject: Subject, row: Sequence[str], named: Mapping[str, str] | None = None) -> str:
    """A call with values for the first parameters in order, and others by name."""
    by_name = subject.shape.by_name
    order = [*subject.required, *(each for each in subject.given if each.default is not None)]
    given = [
        f"{parameter.name}={value}" if parameter.name in by_name else value
        for parameter, value in zip(order, row, strict=False)
    ]
    return subject.shape.call([*given, *(f"{name}={value}" for name, value in (named or {}).items())])
