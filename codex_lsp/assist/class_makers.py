r"""How values of a module's classes are made, and what its other names of types mean: from parameters, fields, members.

>>> makers_of(ast.parse("class P:\n    def __init__(self, x: int, name: str = ''): ...\n"))["P"].texts
('P', '')
"""

import ast
from collections.abc import Iterator, Mapping

from codex_lsp.assist.library_classes import library_makers
from codex_lsp.assist.module_names import statements
from codex_lsp.assist.parameter_kind import ANY, Kind, kind_of_annotation
from codex_lsp.assist.parameter_use import kind_of_use

_ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
_ROWS = frozenset({"NamedTuple", "TypedDict"})
_MOST_WEIGHT = 64
"""A class of two of a class of two …: what makes it would double with each, and so would all that is done with it."""
_NOT_MADE = frozenset({"ABC", "Protocol"})
_HARMLESS = frozenset({"object", "Generic"})
_RAISED = ("Exception", "Error", "Warning")
_NO_FIELDS = frozenset({"ClassVar", "KW_ONLY", "NotRequired"})
_UNKNOWN = Kind("choice", (), ("1", "'a'", "[1, 2]"))


def makers_of(tree: ast.Module, known: Mapping[str, Kind] | None = None) -> dict[str, Kind]:
    """For each class of the module that can be made, how; a class may need those before it.

    Args:
        tree: Of the module.
        known: Of the classes that it imports.
    """
    makers = dict(known or {})
    for node in statements(tree.body):
        for name, kind in _bound(node, makers):
            if kind is not None and kind.weight <= _MOST_WEIGHT:
                makers[name] = kind  # noqa: PERF403 - the next one may need it
    return makers


def maker_of(node: ast.ClassDef, makers: Mapping[str, Kind]) -> Kind | None:
    """How one class is made; None where that is not seen from here."""
    bases = {_last_name(base) for base in node.bases} - _HARMLESS
    if bases & _NOT_MADE or any(each.arg == "metaclass" for each in node.keywords):
        return None
    if bases & _ENUMS:
        return _members(node)
    init = next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
    if init is None and not is_made_of_fields(node):
        return _inherited(node, makers)
    by_name = bool(bases & {"TypedDict"}) or _by_name(node)
    wanted = [*(_wanted(init) if init is not None else _fields(node))]
    parts = [*_parts_of_bases(node, makers)] if init is None else []
    parts += [
        (f"{name}=" if by_name or is_named else "", _kind_of(init, name, annotation, makers))
        for name, annotation, is_named in wanted
    ]
    return Kind("build", tuple(kind for _, kind in parts), (node.name, *(keyword for keyword, _ in parts)))


def _bound(node: ast.stmt, makers: Mapping[str, Kind]) -> Iterator[tuple[str, Kind | None]]:
    """What a statement of a module makes known."""
    match node:
        case ast.Import() | ast.ImportFrom():
            yield from library_makers(node).items()
        case ast.ClassDef(name=name):
            yield name, maker_of(node, makers)
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias"), value=ast.expr() as value)
        ):
            yield name, _alias(name, value, makers)
        case _ if type(node).__name__ == "TypeAlias":  # of Python 3.12
            name = getattr(getattr(node, "name", None), "id", "")
            yield name, kind_of_annotation(getattr(node, "value", None), makers)
        case _:
            return


def _alias(name: str, value: ast.expr, makers: Mapping[str, Kind]) -> Kind | None:
    """A name for another type: `Vector = list[float]`, `T = TypeVar("T", bound=int)`, `UserId = NewType(...)`."""
    match value:
        case ast.Call(func=called, args=[_, *others], keywords=keywords) if _last_name(called) == "TypeVar":
            bound = [each.value for each in keywords if each.arg == "bound"]
            return kind_of_annotation((bound or others or [ast.Name(id="int")])[0], makers)
        case ast.Call(func=called, args=[_, meant]) if _last_name(called) == "NewType":
            return kind_of_annotation(meant, makers)
        case ast.Call(func=called, args=[_, fields, *_]) if _last_name(called) == "namedtuple":
            return Kind("build", (_UNKNOWN,) * len(_field_names(fields)), (name,))
        case ast.Subscript() | ast.BinOp(op=ast.BitOr()):
            return kind_of_annotation(value, makers)
        case _:
            return None


def _field_names(fields: ast.expr) -> list[str]:
    try:
        said: object = ast.literal_eval(fields)
    except (ValueError, TypeError, SyntaxError):
        return []
    if isinstance(said, str):
        return said.replace(",", " ").split()
    return [str(each) for each in said] if isinstance(said, list | tuple) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _inherited(node: ast.ClassDef, makers: Mapping[str, Kind]) -> Kind | None:
    """A class without `__init__`: made of nothing, or as its base is."""
    bases = [base for base in node.bases if _last_name(base) not in _HARMLESS]
    if not bases:
        return Kind("build", (), (node.name,))
    base = makers.get(ast.unparse(bases[0]))
    if base is not None and base.name == "build":
        return Kind("build", base.items, (node.name, *base.texts[1:]))
    raised = any(_last_name(each).endswith(_RAISED) for each in bases)
    return Kind("choice", (), (f"{node.name}('message')",)) if raised else None


def _parts_of_bases(node: ast.ClassDef, makers: Mapping[str, Kind]) -> Iterator[tuple[str, Kind]]:
    """The fields that a dataclass has from those it is derived from."""
    for base in node.bases:
        kind = makers.get(ast.unparse(base))
        if kind is not None and kind.name == "build":
            keywords = [*kind.texts[1:], *[""] * len(kind.items)]
            yield from zip(keywords, kind.items, strict=False)


def _kind_of(init: ast.FunctionDef | None, name: str, annotation: ast.expr | None, makers: Mapping[str, Kind]) -> Kind:
    """By annotation, else by use; of a few kinds where neither says."""
    annotated = kind_of_annotation(annotation, makers)
    found = annotated if annotated is not None or init is None else kind_of_use(init, name)
    return _UNKNOWN if found in (None, ANY) else found


def _members(node: ast.ClassDef) -> Kind | None:
    names = [
        target.id
        for each in node.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name) and not target.id.startswith("_")
    ]
    return Kind("choice", (), tuple(f"{node.name}.{name}" for name in names)) if names else None


def _wanted(init: ast.FunctionDef) -> Iterator[tuple[str, ast.expr | None, bool]]:
    """The parameters of `__init__` that have no default, without `self`, and whether each goes by name."""
    arguments = init.args
    places = [*arguments.posonlyargs, *arguments.args]
    for each in places[1 : len(places) - len(arguments.defaults)]:
        yield each.arg, each.annotation, False
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None:
            yield each.arg, each.annotation, True


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None, bool]]:
    for each in node.body:
        match each:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=None) if (
                _last_name(annotation) not in _NO_FIELDS
            ):
                yield name, annotation, False
            case _:
                continue


def is_made_of_fields(node: ast.ClassDef) -> bool:
    """Whether a class without `__init__` is given its fields: a dataclass, a named tuple, a typed dictionary."""
    return _is_dataclass(node) or not _ROWS.isdisjoint(map(_last_name, node.bases))


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any(_last_name(each) == "dataclass" for each in node.decorator_list)


def _by_name(node: ast.ClassDef) -> bool:
    return _is_dataclass(node) and any("kw_only=True" in ast.unparse(each) for each in node.decorator_list)


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Call(func=func):
            return _last_name(func)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case ast.Subscript(value=value):
            return _last_name(value)
        case _:
            return ""
