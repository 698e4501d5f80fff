r"""Where the names of a module come from, so that a test can import them from there.

>>> imported_names(ast.parse("import math\nfrom enum import Enum\nclass A: ...\n"), "pkg.mod", {"math", "Enum", "A"})
('import math', 'from enum import Enum', 'from pkg.mod import A')
"""

import ast
import builtins
from collections.abc import Container, Iterable, Iterator, Mapping


def free_names(expression: str) -> frozenset[str]:
    """The names that an expression needs from outside, builtins too."""
    tree = ast.parse(expression, mode="eval")
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound |= {argument.arg for node in ast.walk(tree) if isinstance(node, ast.arguments) for argument in _all(node)}
    return frozenset({node.id for node in names} - bound)


def module_names(tree: ast.Module) -> dict[str, str | None]:
    """The names that a module binds at its top level, each with the import that binds it, or None."""
    found: dict[str, str | None] = {}
    for node in statements(tree.body):
        match node:
            case ast.Import(names=names):
                found |= {(each.asname or each.name.split(".")[0]): f"import {_alias(each)}" for each in names}
            case ast.ImportFrom(module=module, names=names, level=0):
                found |= {(each.asname or each.name): f"from {module} import {_alias(each)}" for each in names}
            case ast.ImportFrom(names=names):
                found |= {(each.asname or each.name): None for each in names}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] = None
            case ast.Assign(targets=targets):
                found |= {name: None for target in targets for name in _targets(target)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = None
            case _:
                pass
    return found


def imported_names(
    tree: ast.Module, module: str, names: Iterable[str], beside: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """The import statements by which a test gets names of a module.

    Args:
        tree: Of the module.
        module: Its dotted name.
        names: What the test needs; what the module does not bind is passed over.
        beside: Statements that bring names which the module does not bind when it runs.
    """
    known = {**module_names(tree), **(beside or {})}
    wanted = sorted(name for name in names if name in known)
    others = [line for name in wanted if (line := known[name]) is not None]
    own = [f"from {module} import {', '.join(name for name in wanted if known[name] is None)}"]
    order = sorted(dict.fromkeys(others), key=lambda line: (line.startswith("from"), line))
    return tuple(order) + tuple(own if not own[0].endswith("import ") else [])


def is_closed(expression: str, tree: ast.Module, beside: Container[str] = ()) -> bool:
    """Whether an expression needs nothing but what the module binds, builtins, and some names beside."""
    known = module_names(tree)
    return all(name in known or name in beside or hasattr(builtins, name) for name in free_names(expression))


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those inside `if` and `try` too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from statements(node.body)
            yield from statements(node.orelse)
        for handler in node.handlers if isinstance(node, ast.Try) else ():
            yield from statements(handler.body)


def _alias(name: ast.alias) -> str:
    return f"{name.name} as {name.asname}" if name.asname else name.name


def _targets(node: ast.expr) -> Iterator[str]:
    yield from (each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _all(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (each for each in (arguments.vararg, arguments.kwarg) if each is not None)
