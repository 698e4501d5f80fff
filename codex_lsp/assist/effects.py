r"""How a test sees what a call changes, where it returns nothing: its arguments afterwards, or its instance's state.

>>> effect_of("sort([3, 1])", "sort", ("values",)).steps
('values = [3, 1]', 'sort(values)')
"""

import ast
from collections.abc import Sequence
from dataclasses import replace

from codex_lsp.assist.case import Case, Effect
from codex_lsp.assist.names_of_tests import snake_case

_CHANGEABLE = (ast.List, ast.Dict, ast.Set, ast.Call)


def with_effects(cases: Sequence[Case], name: str, parameters: Sequence[str]) -> tuple[Case, ...]:
    """The cases of a function that returns nothing, those whose effects can be seen looked at so."""
    return tuple(
        case if case.is_expectation else replace(case, effect=effect_of(case.call, name, parameters)) for case in cases
    )


def effect_of(call: str, name: str, parameters: Sequence[str]) -> Effect | None:
    """What a call may change; None where nothing that it is given can be changed.

    Args:
        call: The expression: the call alone.
        name: Of the function.
        parameters: That a caller gives, in order.
    """
    node = ast.parse(call, mode="eval").body
    if not isinstance(node, ast.Call):
        return None
    match node.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id=owner)) as instance, attr=attribute) if attribute == name:
            return _of_instance(node, ast.unparse(instance), snake_case(owner))
        case ast.Name(id=called) if called == name:
            return _of_arguments(node, parameters)
        case _:
            return None


def _of_instance(call: ast.Call, made: str, wanted: str) -> Effect:
    given = _given(call)
    attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return Effect(
        observed=f"(lambda it: (getattr(it, {attribute!r})({given}), vars(it))[1])({made})",
        steps=(f"{wanted} = {made}", f"{wanted}.{attribute}({given})"),
        seen=f"vars({wanted})",
    )


def _of_arguments(call: ast.Call, parameters: Sequence[str]) -> Effect | None:
    changeable = {
        parameter: argument
        for parameter, argument in zip(parameters, call.args, strict=False)
        if isinstance(argument, _CHANGEABLE)
    }
    if not changeable:
        return None
    names = [*changeable]
    shown = ast.Call(
        func=call.func,
        args=[
            ast.Name(id=parameters[at]) if at < len(parameters) and parameters[at] in changeable else argument
            for at, argument in enumerate(call.args)
        ],
        keywords=call.keywords,
    )
    hidden = ast.Call(func=ast.Name(id="call_"), args=shown.args, keywords=shown.keywords)
    seen = names[0] if len(names) == 1 else f"({', '.join(names)})"
    values = ", ".join(ast.unparse(argument) for argument in changeable.values())
    # The function goes in as a value: what watches its calls would want their arguments beforehand.
    function = ast.unparse(call.func)
    return Effect(
        observed=f"(lambda call_, {', '.join(names)}: ({ast.unparse(hidden)}, {seen})[1])({function}, {values})",
        steps=(*(f"{name} = {ast.unparse(argument)}" for name, argument in changeable.items()), ast.unparse(shown)),
        seen=seen,
        before=values if len(names) == 1 else f"({values})",
    )


def _given(call: ast.Call) -> str:
    return ", ".join(map(ast.unparse, (*call.args, *call.keywords)))
