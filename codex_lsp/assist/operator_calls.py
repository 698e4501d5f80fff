"""Calls of special methods as somebody writes them: `one < other`, `len(it)`, `key in it`."""

import ast

_COMPARED: dict[str, type[ast.cmpop]] = {
    "__lt__": ast.Lt,
    "__le__": ast.LtE,
    "__gt__": ast.Gt,
    "__ge__": ast.GtE,
    "__eq__": ast.Eq,
    "__ne__": ast.NotEq,
}
_COMPUTED: dict[str, type[ast.operator]] = {
    "__add__": ast.Add,
    "__sub__": ast.Sub,
    "__mul__": ast.Mult,
    "__truediv__": ast.Div,
    "__floordiv__": ast.FloorDiv,
    "__mod__": ast.Mod,
    "__pow__": ast.Pow,
    "__and__": ast.BitAnd,
    "__or__": ast.BitOr,
    "__xor__": ast.BitXor,
    "__lshift__": ast.LShift,
    "__rshift__": ast.RShift,
    "__matmul__": ast.MatMult,
}
_CALLED = {f"__{name}__": name for name in ("str", "repr", "len", "bool", "int", "float", "abs", "hash", "bytes")}


def as_operator(call: str) -> str:
    """The expression in operators and builtins where it is one call of a special method; itself where not.

    >>> as_operator("Version('1').__lt__(Version('2'))"), as_operator("Bag([1]).__len__()"), as_operator("f(1)")
    ("Version('1') < Version('2')", 'len(Bag([1]))', 'f(1)')
    """
    match ast.parse(call, mode="eval").body:
        case ast.Call(func=ast.Attribute(value=one, attr=name), args=[other], keywords=[]):
            written = _binary(one, name, other)
        case ast.Call(func=ast.Attribute(value=one, attr=name), args=[], keywords=[]) if name in _CALLED:
            written = ast.Call(func=ast.Name(id=_CALLED[name]), args=[one], keywords=[])
        case _:
            written = None
    return call if written is None else ast.unparse(written)


def _binary(one: ast.expr, name: str, other: ast.expr) -> ast.expr | None:
    if name in _COMPARED:
        return ast.Compare(left=one, ops=[_COMPARED[name]()], comparators=[other])
    if name in _COMPUTED:
        return ast.BinOp(left=one, op=_COMPUTED[name](), right=other)
    if name == "__contains__":
        return ast.Compare(left=other, ops=[ast.In()], comparators=[one])
    return ast.Subscript(value=one, slice=other) if name == "__getitem__" else None
