"""A function as one that calls it sees it: what it is given, how it is called, what its calls may name."""

import ast
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codex_lsp.assist.boundary_values import boundaries
from codex_lsp.assist.call_shape import CallShape, shape_of
from codex_lsp.assist.class_makers import is_made_of_fields, makers_of
from codex_lsp.assist.function import Parameter, ParameterKind, PythonFunction, parsed
from codex_lsp.assist.imported_classes import KnownClasses
from codex_lsp.assist.literal_calls import calls_written
from codex_lsp.assist.parameter import parameters_of
from codex_lsp.assist.parameter_kind import Kind
from codex_lsp.assist.value_pool import ValuePool

_MOST_WRITTEN = 6
_OTHER_NUMBER = "2"
_STARRED = (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A function as one that calls it sees it.

    Attributes:
        function: It.
        shape: How it is called.
        makers: How values of the classes that its module knows are made.
        imports: Names that calls may use and the module does not bind, with what imports each.
        node: Its definition.
        given: The parameters that a caller gives, those with stars left out.
    """

    function: PythonFunction
    shape: CallShape
    makers: Mapping[str, Kind]
    imports: Mapping[str, str]
    node: ast.AST
    given: tuple[Parameter, ...]

    @property
    def required(self) -> tuple[Parameter, ...]:
        """The parameters without a default."""
        return tuple(each for each in self.given if each.default is None)


def subject_of(function: PythonFunction, text: str, known: KnownClasses | None = None, written: str = "") -> Subject:
    """A function of a module's text.

    Args:
        function: It.
        text: Of its module.
        known: The classes that the module knows; None for its own and the standard library's.
        written: Other texts in which somebody may have made an instance of its class.

    Raises:
        AssistRefused: It cannot be called from outside, or its class cannot be made.
    """
    tree = parsed(text)
    makers = dict(known.makers if known is not None else makers_of(tree))
    if function.class_name is not None:
        makers |= _instances(function.class_name, tree, makers, f"{text}\n{written}")
    given = function.parameters[1:] if function.is_bound else function.parameters
    shape = shape_of(function, makers)
    return Subject(
        function=function,
        shape=shape,
        makers=makers,
        imports={**(known.imports if known is not None else {}), **{each: f"import {each}" for each in shape.imports}},
        node=ast.parse(textwrap.dedent(function.source)),
        given=tuple(each for each in given if each.kind not in _STARRED),
    )


def _instances(name: str, tree: ast.Module, makers: Mapping[str, Kind], written: str) -> dict[str, Kind]:
    """How instances of a class are made: as somebody wrote, as its parameters say, or as one derived from it is."""
    options: list[Kind] = []
    for each in (name, *_derived(name, tree)):
        made = tuple(dict.fromkeys(calls_written(written, each)))[:_MOST_WRITTEN]
        # What somebody wrote comes first: they know what such an instance is.
        options += [Kind("choice", (), made)] if made else []
        if each in makers:
            changed = tuple(_changed_defaults(each, tree, makers[each]))
            options += [makers[each], *([Kind("choice", (), changed)] if changed else [])]
    if not options:
        return {}
    return {name: options[0] if len(options) == 1 else Kind("union", tuple(options[:_MOST_WRITTEN]))}


def _changed_defaults(name: str, tree: ast.Module, kind: Kind) -> Iterator[str]:
    """Instances for which one plain default is another: what a class does often hangs on such a switch."""
    made = boundaries(kind, ValuePool())
    plain = made[min(1, len(made) - 1)]
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name and plain.endswith(")"):
            for parameter, default in _defaults(node):
                other = {"True": "False", "False": "True"}.get(default)
                other = _OTHER_NUMBER if other is None and default.isdigit() and default != _OTHER_NUMBER else other
                # A field of the class may have been one without a default of the class below it.
                if other is not None and f"{parameter}=" not in plain:
                    between = "" if plain.endswith("()") else ", "
                    yield f"{plain[:-1]}{between}{parameter}={other})"


def _defaults(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The parameters of `__init__` with a default; else the fields that have one, where instances are given them."""
    init = next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
    if init is not None:
        found = [parameter for parameter in parameters_of(init.args) if parameter.default is not None]
        yield from ((parameter.name, parameter.default or "") for parameter in found)
    for each in node.body if init is None and is_made_of_fields(node) else ():
        match each:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.Constant() as value) if (
                "ClassVar" not in ast.unparse(annotation)
            ):
                yield name, ast.unparse(value)
            case _:
                continue


def _derived(name: str, tree: ast.Module) -> Iterator[str]:
    """The classes of a module that are derived from one, those directly below it first."""
    below = {name}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and below & {ast.unparse(base) for base in node.bases}:
            below.add(node.name)
            yield node.name
