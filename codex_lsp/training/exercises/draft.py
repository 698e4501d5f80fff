"""One draw of a family, before its examples are known."""

from dataclasses import dataclass


class Unsound(Exception):
    """A draw that makes no problem: its bodies disagree or fail, or its results say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter: its drawn name, its type as `typing` spells it, and what values it takes (`values.draw`)."""

    name: str
    type: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One draw.

    Attributes:
        family: What it was drawn from.
        name: The function's name.
        parameters: In order.
        returns: Type of the result, as `typing` spells it.
        sentences: The docstring without examples.
        bodies: Equivalent bodies, not indented; the first is the solution. A body may begin with imports.
        inputs: Argument tuples, distinct.
    """

    family: str
    name: str
    parameters: tuple[Parameter, ...]
    returns: str
    sentences: str
    bodies: tuple[str, ...]
    inputs: tuple[tuple[object, ...], ...]
