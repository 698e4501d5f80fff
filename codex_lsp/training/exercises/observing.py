"""What a draft's bodies give for its inputs: the examples and the checks of the problem.

The bodies are text of our own files with holes filled from our own lists, so they are run here as they are; the
finished problems are verified again, whole, in the sandbox.
"""

import builtins
import copy
import keyword
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codex_lsp.training.exercises.draft import Draft, Unsound

MIN_RESULTS = 2
MAX_REPR_CHARS = 160
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One call: the arguments, and what the function returns for them."""

    arguments: tuple[object, ...]
    result: object


def observe(draft: Draft) -> tuple[Example, ...]:
    """Run every body on all inputs.

    Raises:
        Unsound: A body fails, two disagree, or the results tell nothing.
    """
    functions = [compiled(draft, body) for body in draft.bodies]
    examples = tuple(_observed(functions, arguments) for arguments in draft.inputs)
    told = tuple(example for example in examples if len(repr((example.arguments, example.result))) < MAX_REPR_CHARS)
    if len({repr(example.result) for example in told}) < MIN_RESULTS:
        raise Unsound("the results do not differ")
    return told


def compiled(draft: Draft, body: str) -> Callable[..., object]:
    """The function that a body makes."""
    inner = "\n".join(f"    {line}" for line in body.split("\n"))
    head = ", ".join(parameter.name for parameter in draft.parameters)
    program = f"def {draft.name}({head}):\n{inner}\n"
    namespace: dict[str, Any] = {}
    if hasattr(builtins, draft.name) or keyword.iskeyword(draft.name):
        raise Unsound(f"{draft.name} has a meaning already")
    try:
        exec(compile(program, draft.family, "exec"), namespace)  # noqa: S102 - text of our own files
    except SyntaxError as error:
        raise Unsound(f"a body does not compile: {error}: {body}") from error
    return namespace[draft.name]


def _observed(functions: list[Callable[..., object]], arguments: tuple[object, ...]) -> Example:
    results: list[object] = []
    for function in functions:
        try:
            results.append(function(*copy.deepcopy(arguments)))
        except Exception as error:
            raise Unsound(f"a body fails on {arguments}: {type(error).__name__}: {error}") from error
    if not all(same(result, results[0]) for result in results):
        raise Unsound(f"the bodies disagree on {arguments}: {results}")
    return Example(arguments=arguments, result=results[0])


def same(one: object, other: object) -> bool:
    """Whether two results are of one type and equal, numbers with a fraction nearly so."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    return one == other
