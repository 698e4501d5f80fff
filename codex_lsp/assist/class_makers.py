r"""How values of a module's own classes are made: from typed or defaulted parameters, fields and members.

>>> makers_of(ast.parse("class P:\n    def __init__(self, x: int, name: str = ''): ...\n"))["P"].texts
('P', '')
"""

import ast
from collections.abc import Iterator

from codex_lsp.assist.parameter_kind import Kind, kind_of_annotation

_ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
_ROWS = frozenset({"NamedTuple"})
_MOST_WEIGHT = 64
"""A class of two of a class of two …: what makes it would double with each, and so would all that is done with it."""
_NOT_MADE = frozenset({"ABC", "Protocol", "TypedDict", "Exception", "BaseException"})


def makers_of(tree: ast.Module) -> dict[str, Kind]:
    """For each class of the module that can be made, how; a class may need those before it."""
    makers: dict[str, Kind] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            kind = maker_of(node, makers)
            if kind is not None and kind.weight <= _MOST_WEIGHT:
                makers[node.name] = kind
    return makers


def maker_of(node: ast.ClassDef, makers: dict[str, Kind]) -> Kind | None:
    """How one class is made; None where a parameter has neither a default nor a known type."""
    bases = {_last_name(base) for base in node.bases}
    if bases & _NOT_MADE:
        return None
    if bases & _ENUMS:
        return _members(node)
    init = next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
    if init is None and not (bases & _ROWS) and not _is_dataclass(node):
        # What a base class asks for is not seen from here.
        return Kind("build", (), (node.name,)) if not node.bases else None
    wanted = _wanted(init.args) if init is not None else _fields(node)
    kinds = [(name, kind_of_annotation(annotation, makers)) for name, annotation in wanted]
    known = [(name, kind) for name, kind in kinds if kind is not None]
    if len(known) < len(kinds):
        return None
    by_name = {each.arg for each in init.args.kwonlyargs} if init is not None else set[str]()
    names = tuple(f"{name}=" if name in by_name or _by_name(node) else "" for name, _ in known)
    return Kind("build", tuple(kind for _, kind in known), (node.name, *names))


def _members(node: ast.ClassDef) -> Kind | None:
    names = [
        target.id
        for each in node.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name) and not target.id.startswith("_")
    ]
    return Kind("choice", (), tuple(f"{node.name}.{name}" for name in names)) if names else None


def _wanted(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    """The parameters of `__init__` that have no default, without `self`."""
    places = [*arguments.posonlyargs, *arguments.args]
    for each in places[1 : len(places) - len(arguments.defaults)]:
        yield each.arg, each.annotation
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None:
            yield each.arg, each.annotation


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None]]:
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and each.value is None and isinstance(each.target, ast.Name):
            yield each.target.id, each.annotation


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
