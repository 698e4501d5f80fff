"""Generated calls for a function that a value alone tells too little of: a method, a coroutine, a generator.

Each is an expression in the names of the function's module. A method's shows what its instance holds afterwards too,
and that of a function which returns nothing what its arguments hold; an iterator's shows its first items.
"""

from dataclasses import replace
from itertools import cycle, islice

from codex_lsp.assist.boundary_values import boundaries
from codex_lsp.assist.call_shape import instances_of
from codex_lsp.assist.case import Case
from codex_lsp.assist.derived_cases import author_cases, derived_cases
from codex_lsp.assist.effects import with_effects
from codex_lsp.assist.function import PythonFunction, functions_in
from codex_lsp.assist.subject import Subject, subject_of
from codex_lsp.assist.value_pool import ValuePool
from codex_lsp.errors import AssistRefused

SETUP = "import asyncio\nfrom itertools import islice as islice_"
"""Statements that the expressions need before them."""
MOST_ITEMS = 50
"""Of an iterator: it may have no end."""
_INSTANCE = "it_"
_ITERATORS = ("Iterator", "Iterable", "Generator")
_MAKES = ("__init__", "__new__")


def gives_iterator(function: PythonFunction) -> bool:
    """Whether it yields, or is annotated so: without a body, nothing else tells."""
    returned = (function.returns or "").strip("'\"").partition("[")[0].rpartition(".")[2]
    return function.is_generator or returned in _ITERATORS


def drawn_calls(function: PythonFunction, text: str, count: int) -> tuple[str, ...]:
    """At most `count` different calls of a function of a module, the plainest first, the same ones each time.

    Raises:
        AssistRefused: It cannot be called from outside, or its class cannot be made.
    """
    try:
        subject = subject_of(function, text)
        instances = () if function.name in _MAKES else instances_of(function, subject.makers)
    except AssistRefused as reason:
        raise AssistRefused(
            f"`{function.qualname}` has no example and no test, and inputs cannot be drawn for it: {reason}"
        ) from reason
    if function.is_generator:
        # All of its items are more than there may be.
        subject = replace(subject, shape=replace(subject.shape, before="", after=""))
    if function.name in _MAKES:
        calls = [f"vars({case.call})" for case in _cases(subject)]
    elif instances:
        shape = replace(subject.shape, callee=f"{_INSTANCE}.{function.name}", others=())
        subject = replace(subject, shape=shape)
        calls = _on_instances([case.call for case in _cases(subject)], _instances(subject, text), count)
    elif function.returns == "None":
        given = [each.name for each in subject.given]
        calls = [case.observed for case in with_effects(_cases(subject), function.name, given)]
    else:
        calls = [_items(case.call) for case in _cases(subject)]
    return tuple(dict.fromkeys(calls))[:count]


def _cases(subject: Subject) -> tuple[Case, ...]:
    known = author_cases(subject)
    return (*known, *derived_cases(subject, known, 0))


def _instances(subject: Subject, text: str) -> list[str]:
    """Expressions that make instances of a method's class, as different as its `__init__` or its fields allow."""
    owner = subject.function.class_name or ""
    makes = next((each for each in functions_in(text) if each.qualname == f"{owner}.__init__"), None)
    if makes is None:
        return list(boundaries(subject.makers[owner], ValuePool()))
    return [case.call for case in _cases(subject_of(makes, text))]


def _on_instances(calls: list[str], instances: list[str], count: int) -> list[str]:
    """Every call on an instance, so many at most: both go round until each had its turn."""
    rounds = min(max(len(calls), len(instances)), count)
    pairs = zip(cycle(calls), cycle(instances), strict=False)
    return [_with_state(call, instance) for call, instance in islice(pairs, rounds)]


def _with_state(call: str, instance: str) -> str:
    held = f"getattr({_INSTANCE}, '__dict__', None)"
    return f"(lambda {_INSTANCE}: ({_items(call)}, {held}))({instance})"


def _items(call: str) -> str:
    """The call's value, or its items where it gives them one by one."""
    return f"(lambda value_: [*islice_(value_, {MOST_ITEMS})] if hasattr(value_, '__next__') else value_)({call})"
