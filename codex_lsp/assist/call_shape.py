r"""How a function is called from outside: a method through an instance, a coroutine to its end, a generator's items.

>>> shape_of(function_at("def f(x):\n    return x\n", 0), {}).call(["1"])
'f(1)'
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codex_lsp.assist.boundary_values import boundaries
from codex_lsp.assist.function import ParameterKind, PythonFunction, function_at
from codex_lsp.assist.parameter_kind import Kind
from codex_lsp.assist.value_pool import ValuePool
from codex_lsp.errors import AssistRefused

_MOST_INSTANCES = 6
__all__ = ["CallShape", "function_at", "shape_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallShape:
    """How arguments become an expression that can be compared.

    Attributes:
        callee: What stands before the parentheses.
        others: The same for a method of other instances.
        before: What is written before the call.
        after: And after it.
        imports: Modules that the expression needs beside the function's own.
        is_read: It is a property: nothing is given.
        by_name: Parameters that are given by name.
    """

    callee: str
    others: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    imports: tuple[str, ...] = ()
    is_read: bool = False
    by_name: frozenset[str] = frozenset()

    def call(self, arguments: Sequence[str], callee: str | None = None) -> str:
        """The expression for arguments, each as it is written in the parentheses.

        Another callee may stand in for the first one.
        """
        given = "" if self.is_read else f"({', '.join(argument for argument in arguments if argument)})"
        return f"{self.before}{callee or self.callee}{given}{self.after}"

    def of_bare(self, call: str, name: str) -> str:
        """The expression for a call that somebody wrote of the function's bare name."""
        return f"{self.before}{self.callee}{call[len(name) :]}{self.after}"


def shape_of(function: PythonFunction, makers: Mapping[str, Kind]) -> CallShape:
    """How a function of a module is called.

    Args:
        function: Of it.
        makers: How instances of the module's classes are made.

    Raises:
        AssistRefused: It cannot be called from outside in a way that can be compared.
    """
    if function.is_async and function.is_generator:
        raise AssistRefused(
            f"`{function.qualname}` is an asynchronous generator, for which no tests are made; "
            "move what it computes into a plain function"
        )
    if function.is_method and function.name.startswith("__") and not function.name.endswith("__"):
        raise AssistRefused(
            f"`{function.qualname}` has another name outside its class, as two underscores begin it; "
            f"put the cursor into a method that calls it, or name it `{function.name[1:]}`"
        )
    if any(decorator.endswith((".setter", ".deleter")) for decorator in function.decorators):
        raise AssistRefused(f"`{function.qualname}` only sets; put the cursor into the property that reads")
    before, after, imports = "", "", ()
    if function.is_async:
        before, after, imports = "asyncio.run(", ")", ("asyncio",)
    elif function.is_generator:
        before, after = "list(", ")"
    callee, *others = _callees(function, makers)
    return CallShape(
        callee=callee,
        others=tuple(others),
        before=before,
        after=after,
        imports=imports,
        is_read=function.is_property,
        by_name=frozenset(each.name for each in function.parameters if each.kind is ParameterKind.KEYWORD_ONLY),
    )


def instances_of(function: PythonFunction, makers: Mapping[str, Kind]) -> tuple[str, ...]:
    """Expressions that make instances a method is called on; none for what needs none."""
    if not function.is_bound or "classmethod" in function.decorators:
        return ()
    maker = makers.get(function.class_name or "")
    made = boundaries(maker, ValuePool()) if maker is not None else ()
    if not made:
        raise AssistRefused(
            f"nothing says how `{function.class_name}` is made; show a call of it in a docstring, "
            "annotate its `__init__` with plain types, or test it through a function"
        )
    # Not the very plainest first: a class that is made of nothing does nothing.
    return (*made[1:_MOST_INSTANCES], made[0])


def _callees(function: PythonFunction, makers: Mapping[str, Kind]) -> tuple[str, ...]:
    if function.name == "__init__" or (function.name == "__new__" and function.class_name):
        return (function.class_name or function.name,)
    return tuple(f"{made}.{function.name}" for made in instances_of(function, makers)) or (function.qualname,)
