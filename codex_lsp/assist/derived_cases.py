"""Calls of a function that need no model: its author's examples, boundaries, values near constants, and draws."""

import ast
import textwrap
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from random import Random

from codex_lsp.assist.author_examples import doctest_cases, named_examples, prose_examples
from codex_lsp.assist.boundary_values import boundaries
from codex_lsp.assist.case import Case, Origin
from codex_lsp.assist.drawn_arguments import changed_call
from codex_lsp.assist.drawn_values import drawn_values
from codex_lsp.assist.input_kinds import guessed_kinds, plainest, positional
from codex_lsp.assist.parameter_kind import Kind
from codex_lsp.assist.subject import Subject
from codex_lsp.assist.value_pool import ValuePool, pool_of

_EACH = 28
"""Boundary calls, changed examples and draws, each at most."""
_LEAST = 10
"""Of each of several rows of kinds."""
_OF_DEFAULT = 3
_OF_INSTANCE = 3
_MOST_CHARS = 2000
"""Of a derived call."""


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


def derived_cases(
    subject: Subject, known: Sequence[Case], seed: int, kinds: Sequence[Sequence[Kind]] = ()
) -> tuple[Case, ...]:
    """Calls with inputs of the right kinds, the plainest first.

    Args:
        subject: The function.
        known: Calls that are known already, whose arguments say much of what it takes.
        seed: Of the draws.
        kinds: Rows of kinds that its parameters were seen to take together, one for each; none to guess them.
    """
    rows = [row for case in known if (row := positional(case.call, subject)) is not None]
    values = [[ast.literal_eval(text) for text in row] for row in rows]
    pool = pool_of(textwrap.dedent(subject.function.source), [value for row in values for value in row])
    taken = kinds or (guessed_kinds(subject, known),)
    most = max(_LEAST, _EACH // len(taken))
    of_rows = [_boundary_calls(subject, row, pool, rows, most) for row in taken]
    calls = [call for each in zip_longest(*of_rows) for call in each if call is not None]
    calls += _changed_examples(subject, values, seed)
    calls += [call for row in taken for call in _drawn_calls(subject, row, pool, most, seed)]
    seen = {case.call for case in known}
    short = (plain(call) for call in calls if len(call) <= _MOST_CHARS)
    fresh = (call for call in dict.fromkeys(short) if call not in seen)
    return tuple(Case(call=call, origin=Origin.DERIVED) for call in fresh)


def trial_call(subject: Subject, kinds: Sequence[Kind]) -> str:
    """A call with a plain value of each required parameter's kind."""
    return plain(_call(subject, plainest(_of_required(subject, kinds))))


def plain(call: str) -> str:
    """A call as Python writes it, so that equal ones are equal texts."""
    return ast.unparse(ast.parse(call, mode="eval"))


def _shaped(cases: Iterable[Case], subject: Subject) -> Iterator[Case]:
    """Prose names the function alone: what it is called through is added."""
    for case in cases:
        yield replace(case, call=plain(subject.shape.of_bare(case.call, subject.function.name)))


def _boundary_calls(
    subject: Subject, kinds: Sequence[Kind], pool: ValuePool, rows: Sequence[list[str]], most: int
) -> Iterator[str]:
    """One parameter after the other goes through its boundaries; the others stay at a plain value.

    Other instances are tried with a few rows.
    """
    columns = [boundaries(kind, pool) for kind in _of_required(subject, kinds)]
    base = rows[0][: len(columns)] if rows else [column[min(1, len(column) - 1)] for column in columns]
    yield _call(subject, base)
    for turn in range(_OF_INSTANCE):
        row = [column[(at + turn) % len(column)] for at, column in enumerate(columns)] if turn else base
        yield from (_call(subject, row, callee=callee) for callee in subject.shape.others)
    for at in range(max(map(len, columns), default=0)):
        for place, column in enumerate(columns):
            if at < min(len(column), most // len(columns) + 2):
                yield _call(subject, [*base[:place], column[at], *base[place + 1 :]])
    for parameter, kind in zip(subject.given, kinds, strict=True):
        if parameter.default is not None:
            others = [value for value in boundaries(kind, pool) if value != parameter.default][:_OF_DEFAULT]
            yield from (_call(subject, base, {parameter.name: value}) for value in others)


def _of_required(subject: Subject, kinds: Sequence[Kind]) -> list[Kind]:
    return [kind for each, kind in zip(subject.given, kinds, strict=True) if each.default is None]


def _changed_examples(subject: Subject, values: Sequence[Sequence[object]], seed: int) -> Iterator[str]:
    random = Random(zlib.crc32(subject.function.source.encode(errors="replace")) + seed)  # noqa: S311 - no secret
    for _ in range(_EACH if any(values) else 0):
        row = random.choice([row for row in values if row])
        yield _call(subject, [repr(value) for value in changed_call(tuple(row), random)])


def _drawn_calls(subject: Subject, kinds: Sequence[Kind], pool: ValuePool, most: int, seed: int) -> Iterator[str]:
    callees = (None, *subject.shape.others)
    for at, row in enumerate(drawn_values(_of_required(subject, kinds), pool, most, seed)):
        yield _call(subject, row, callee=callees[at % len(callees)])


def _call(
    subject: Subject, row: Sequence[str], named: Mapping[str, str] | None = None, callee: str | None = None
) -> str:
    """A call with values for the first parameters in order, and others by name; another instance, where one is said."""
    by_name = subject.shape.by_name
    order = [*subject.required, *(each for each in subject.given if each.default is not None)]
    given = [
        f"{parameter.name}={value}" if parameter.name in by_name else value
        for parameter, value in zip(order, row, strict=False)
    ]
    return subject.shape.call([*given, *(f"{name}={value}" for name, value in (named or {}).items())], callee)
