"""The parameters of a Python function."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class ParameterKind(StrEnum):
    """How a parameter takes its argument."""

    POSITIONAL_ONLY = "positional-only"
    POSITIONAL_OR_KEYWORD = "positional or keyword"
    VAR_POSITIONAL = "variadic positional"
    KEYWORD_ONLY = "keyword-only"
    VAR_KEYWORD = "variadic keyword"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter; `self` and `cls` are parameters too.

    Attributes:
        name: Without stars.
        annotation: Its text; None where there is none.
        default: The text of its default; None where there is none.
        kind: As said.
    """

    name: str
    annotation: str | None
    default: str | None
    kind: ParameterKind


def parameters_of(arguments: ast.arguments) -> Iterator[Parameter]:
    """All of them in order."""
    places = [
        *((each, ParameterKind.POSITIONAL_ONLY) for each in arguments.posonlyargs),
        *((each, ParameterKind.POSITIONAL_OR_KEYWORD) for each in arguments.args),
    ]
    defaults = [None] * (len(places) - len(arguments.defaults)) + list(arguments.defaults)
    for (each, kind), default in zip(places, defaults, strict=True):
        yield _parameter(each, default, kind)
    if arguments.vararg:
        yield _parameter(arguments.vararg, None, ParameterKind.VAR_POSITIONAL)
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _parameter(each, default, ParameterKind.KEYWORD_ONLY)
    if arguments.kwarg:
        yield _parameter(arguments.kwarg, None, ParameterKind.VAR_KEYWORD)


def _parameter(node: ast.arg, default: ast.expr | None, kind: ParameterKind) -> Parameter:
    return Parameter(name=node.arg, annotation=text_of(node.annotation), default=text_of(default), kind=kind)


def text_of(node: ast.expr | None) -> str | None:
    """The text of an annotation or a default; None where there is none."""
    return None if node is None else ast.unparse(node)
