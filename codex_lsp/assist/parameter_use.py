r"""What a parameter without an annotation takes, by how the body uses it and by its name.

>>> body = ast.parse("def f(words, n):\n    return [w.upper() for w in words if len(w) > n]").body[0]
>>> kind_of_use(body, "words") == Kind("list", (STR,)), kind_of_use(body, "n") == INT
(True, True)
"""

import ast
from collections import Counter
from collections.abc import Iterator

from codex_lsp.assist.parameter_kind import ANY, BOOL, FLOAT, INT, INTS, STR, Kind, kind_of_value

_TEXT_METHODS = (
    "lower upper split strip lstrip rstrip startswith endswith isalpha isdigit isupper islower isspace isalnum title "
    "capitalize swapcase splitlines encode casefold isnumeric zfill format removeprefix removesuffix rfind find"
)
_METHODS = {
    **dict.fromkeys(_TEXT_METHODS.split(), "str"),
    **dict.fromkeys(["append", "sort", "extend", "insert", "reverse"], "list"),
    **dict.fromkeys(["items", "keys", "values", "get", "setdefault", "update"], "dict"),
    **dict.fromkeys(["union", "intersection", "difference", "issubset", "issuperset", "discard"], "set"),
}
_OF_KIND = {"str": STR, "list": INTS, "dict": Kind("dict", (STR, INT)), "set": Kind("set", (INT,))}
_NUMBER_CALLS = frozenset(
    {"range", "abs", "round", "chr", "bin", "hex", "sqrt", "floor", "ceil", "log", "divmod", "pow"}
)
_SEQUENCE_CALLS = frozenset({"len", "sorted", "reversed", "enumerate", "list", "set", "tuple", "zip", "map"})
_NUMBERS_CALLS = frozenset({"sum", "min", "max"})
_ARITHMETIC = (ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_NAMED = (
    ("s text string word sentence str txt message line name key pattern prefix suffix char letter", STR),
    ("words strings lines names tokens keys texts", Kind("list", (STR,))),
    ("lst l arr array numbers nums values items xs seq sequence data elements list list1 list2 lst1", INTS),
    ("matrix grid rows board", Kind("list", (INTS,))),
    ("x ratio rate factor price weight", FLOAT),
    ("d dict mapping counts", Kind("dict", (STR, INT))),
    ("flag enabled verbose strict reverse", BOOL),
    ("f fn func function callback predicate key_function", Kind("function")),
)
_NAMES = {name: kind for names, kind in _NAMED for name in names.split()}
_LOOK, _DEPTH = 1, 3
"""What a name is worth beside one use; how deep items of items are looked at."""


def kind_of_use(function: ast.AST, name: str, depth: int = _DEPTH) -> Kind:
    """The kind that most uses of a name suggest; `any` where nothing does.

    Args:
        function: Its definition, or any part of a body.
        name: The parameter.
        depth: How many levels of items are looked at.
    """
    votes: Counter[Kind] = Counter()
    for node in ast.walk(function):
        votes.update(_votes(node, name))
    if depth:
        for inner in _items(function, name):
            item = kind_of_use(function, inner, depth - 1) if inner else ANY
            votes.update([STR, INTS] if item == ANY else [STR] if item == STR and not votes[INTS] else [])
            votes.update([] if item == ANY else [Kind("list", (item,))] * 2)
    if name in _NAMES:
        votes[_NAMES[name]] += _LOOK
    elif depth == _DEPTH and len(name) == 1:
        votes[INT] += _LOOK
    return _elected(votes)


def compared_kinds(function: ast.AST, name: str) -> tuple[Kind, ...]:
    r"""The kinds of the constants that a name is compared with: what it takes beside what is known.

    >>> compared_kinds(ast.parse("def f(x):\n    return x == 'all' or x > 2"), "x")
    (Kind(name='str', items=(), texts=()), Kind(name='int', items=(), texts=()))
    """
    nodes = (node for node in ast.walk(function) if isinstance(node, ast.Compare) and len(node.comparators) == 1)
    found = (_compared(node.left, node.ops[0], node.comparators[0], name) for node in nodes)
    return tuple(dict.fromkeys(kind for kinds in found for kind in kinds if not kind.items))


def _elected(votes: Counter[Kind]) -> Kind:
    if not votes:
        return ANY
    most = max(votes.values())
    best = [kind for kind, count in votes.items() if count == most]
    return best[0] if len(best) == 1 else Kind("union", tuple(best))


def _votes(node: ast.AST, name: str) -> Iterator[Kind]:
    match node:
        case ast.Attribute(value=ast.Name(id=used), attr=method) if used == name and method in _METHODS:
            yield from [_OF_KIND[_METHODS[method]]] * 2
        case ast.Compare(left=left, ops=ops, comparators=[right]):
            yield from _compared(left, ops[0], right, name)
        case ast.BinOp() | ast.UnaryOp():
            yield from _computed(node, name)
        case ast.Call():
            yield from _in_call(node, name)
        case ast.Subscript(value=value, slice=at) if _is(value, name):
            yield from [_OF_KIND["dict"]] * 2 if _is_text(at) else [INTS, STR]
        case _:
            pass


def _computed(node: ast.BinOp | ast.UnaryOp, name: str) -> Iterator[Kind]:
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.USub) and _is(node.operand, name):
            yield INT
    elif _is(node.left, name) or _is(node.right, name):
        other = node.right if _is(node.left, name) else node.left
        if isinstance(other, ast.Constant):
            yield kind_of_value(other.value)
        elif isinstance(node.op, _ARITHMETIC):
            yield INT


def _in_call(node: ast.Call, name: str) -> Iterator[Kind]:
    match node:
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[first, *_]) if _is(first, name):
            yield from _called(called)
        case ast.Call(func=ast.Name(id=called)) if called == name:
            yield Kind("function")
        case _:
            pass


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, name: str) -> Iterator[Kind]:
    if isinstance(op, ast.In | ast.NotIn):
        if _is(left, name) and _is_text(right):
            yield STR
        if _is(right, name):
            yield from [STR, INTS] if not _is_text(left) else [STR]
        return
    for one, other in ((left, right), (right, left)):
        if _is(one, name) and isinstance(other, ast.Constant) and other.value is not None:
            yield kind_of_value(other.value)


def _called(function: str) -> Iterator[Kind]:
    if function in _NUMBER_CALLS:
        yield INT
        yield INT
    elif function in _NUMBERS_CALLS:
        yield INTS
    elif function in _SEQUENCE_CALLS:
        yield INTS
        yield STR
    elif function in ("int", "float", "ord"):
        yield STR
    elif function == "str":
        yield INT


def _items(function: ast.AST, name: str) -> Iterator[str]:
    """The names that items of a parameter are bound to; an empty one for an item without a name."""
    for node in ast.walk(function):
        if isinstance(node, ast.For | ast.comprehension) and _iterates(node.iter, name):
            target = node.target.elts[-1] if isinstance(node.target, ast.Tuple) and node.target.elts else node.target
            yield target.id if isinstance(target, ast.Name) else ""


def _iterates(node: ast.expr, name: str) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="enumerate" | "sorted" | "reversed" | "list" | "set"), args=[first, *_]):
            return _is(first, name)
        case _:
            return _is(node, name)


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
