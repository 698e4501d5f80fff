r"""What kind of value a parameter takes: by its annotation, by values that are known, or by how the body uses it.

>>> kind = kind_of_annotation(ast.parse("list[int] | None", mode="eval").body, {})
>>> [option.name for option in kind.items]
['list', 'None']
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    Attributes:
        name: `int`, `float`, `str`, `bool`, `bytes`, `None`, `list`, `tuple`, `row` (a tuple of fixed length), `set`,
            `dict`, `iterator`, `function` (that gives `items[0]`, where there is one), `union`, `choice` (one of
            `texts`), `build` (`texts[0]` is called with `items`; the other texts are `name=` for those that go by
            name), or `any`.
        items: The kinds of its parts.
        texts: Expressions.
    """

    name: str
    items: tuple["Kind", ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """How many kinds it is made of."""
        return 1 + sum(item.weight for item in self.items)


Makers = Mapping[str, Kind]
"""How to make values of the classes that a module knows, by what it calls them: `Point`, `datetime.date`."""

INT, FLOAT, STR, BOOL, NONE = Kind("int"), Kind("float"), Kind("str"), Kind("bool"), Kind("None")
ANY = Kind("any")
INTS = Kind("list", (INT,))
_PLAIN = {
    "int": INT,
    "float": FLOAT,
    "str": STR,
    "bool": BOOL,
    "bytes": Kind("bytes"),
    "None": NONE,
    "complex": FLOAT,
    "Number": INT,
    "Real": FLOAT,
    "object": ANY,
    "Any": ANY,
    "AnyStr": STR,
    "Hashable": INT,
    "LiteralString": STR,
    "PathLike": STR,
    "SupportsInt": INT,
    "SupportsIndex": INT,
    "SupportsFloat": FLOAT,
    "Rational": INT,
    "Integral": INT,
    "bytearray": Kind("choice", (), ("bytearray()", "bytearray(b'ab')")),
    "range": Kind("choice", (), ("range(0)", "range(3)", "range(5, 1, -2)")),
    "slice": Kind("choice", (), ("slice(None)", "slice(1, 3)", "slice(None, None, -1)")),
    "type": Kind("choice", (), ("int", "str", "list")),
    "Type": Kind("choice", (), ("int", "str", "list")),
}
_HOLDERS = {
    "list": "list",
    "Sequence": "list",
    "MutableSequence": "list",
    "Iterable": "list",
    "Collection": "list",
    "Reversible": "list",
    "Container": "list",
    "List": "list",
    "tuple": "tuple",
    "Tuple": "tuple",
    "set": "set",
    "Set": "set",
    "frozenset": "set",
    "AbstractSet": "set",
    "FrozenSet": "set",
    "MutableSet": "set",
    "dict": "dict",
    "Dict": "dict",
    "Mapping": "dict",
    "MutableMapping": "dict",
    "Iterator": "iterator",
    "Generator": "iterator",
}
_WRAPPERS = frozenset({"Annotated", "Final", "ClassVar", "Required", "NotRequired", "InitVar"})


def kind_of_annotation(node: ast.expr | None, makers: Makers) -> Kind | None:
    """The kind that an annotation names; None where it names none that is known."""
    match node:
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str() as text):
            return kind_of_annotation(_parsed(text), makers)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return makers.get(ast.unparse(node)) or _named(name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union((left, right), makers)
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return makers.get(ast.unparse(node.value)) or _subscripted(name, parts, makers)
        case _:
            return None


def kind_of_value(value: object) -> Kind:
    """The kind of a plain value.

    >>> kind_of_value([1, 2]) == INTS
    True
    """
    match value:
        case list() | set() | frozenset():
            return Kind("list" if isinstance(value, list) else "set", (merged(map(kind_of_value, value)),))
        case tuple():
            return Kind("row", tuple(map(kind_of_value, value)))
        case dict():
            return Kind("dict", (merged(map(kind_of_value, value)), merged(map(kind_of_value, value.values()))))
        case _:
            return NONE if value is None else _PLAIN.get(type(value).__name__, ANY)


def merged(kinds: Iterable[Kind]) -> Kind:
    """One kind for all of them; `any` of none."""
    found = [kind for kind in dict.fromkeys(kinds) if kind != ANY]
    return reduce(_joined, found) if found else ANY


def _joined(one: Kind, other: Kind) -> Kind:
    if one.name == other.name and len(one.items) == len(other.items) and not one.texts:
        pairs = zip(one.items, other.items, strict=True)
        return Kind(one.name, tuple(merged(pair) for pair in pairs))
    if {one.name, other.name} == {"int", "float"}:
        return FLOAT
    if one.name == other.name == "row":
        return Kind("tuple", (merged((*one.items, *other.items)),))
    options = dict.fromkeys((*_options(one), *_options(other)))
    # Several lists are one list of what they hold.
    same = [kind for kind in options if kind.name == other.name and kind != other]
    if other.name in {"list", "tuple", "row", "set", "dict"} and same:
        rest = [kind for kind in options if kind not in {same[0], other}]
        return merged((*rest, _joined(same[0], other)))
    return Kind("union", tuple(options))


def _options(kind: Kind) -> tuple[Kind, ...]:
    return kind.items if kind.name == "union" else (kind,)


def _named(name: str) -> Kind | None:
    if name in _PLAIN:
        return _PLAIN[name]
    if name in _HOLDERS:
        return Kind(_HOLDERS[name], (INT, INT) if _HOLDERS[name] == "dict" else (INT,))
    if name == "Callable":
        return Kind("function")
    return None


def _subscripted(name: str, parts: Sequence[ast.expr], makers: Makers) -> Kind | None:
    match name:
        case "Optional":
            return _union((*parts, ast.Constant(None)), makers)
        case "Union":
            return _union(parts, makers)
        case "Literal":
            return Kind("choice", (), tuple(ast.unparse(part) for part in parts))
        case "Callable":
            given = kind_of_annotation(parts[-1], makers) if len(parts) > 1 else None
            return Kind("function", () if given is None else (given,))
        case _ if name in _WRAPPERS:
            return kind_of_annotation(parts[0], makers)
        case _:
            return _held(name, parts, makers) if name in _HOLDERS else _named(name)


def _held(name: str, parts: Sequence[ast.expr], makers: Makers) -> Kind:
    inner = [kind_of_annotation(part, makers) for part in parts if not _is_ellipsis(part)]
    known = [kind or ANY for kind in inner]
    holder = _HOLDERS[name]
    if holder == "dict":
        return Kind("dict", (known[0], known[-1]))
    if holder == "tuple" and not any(map(_is_ellipsis, parts)):
        return Kind("row", tuple(known))
    return Kind(holder, (known[0],))


def _union(parts: Sequence[ast.expr], makers: Makers) -> Kind | None:
    found = [kind for part in parts if (kind := kind_of_annotation(part, makers)) is not None]
    if not found:
        return None
    options = dict.fromkeys(option for kind in found for option in _options(kind))
    return Kind("union", tuple(options)) if len(options) > 1 else found[0]


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
