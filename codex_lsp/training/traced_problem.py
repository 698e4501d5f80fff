"""A problem from a function of a package and the calls of it that were seen, where the function stands alone.

It does where every name in it is a builtin, comes from an import of the standard library, is a constant written as a
literal, or is another such function of its module, which then stands before it in the prompt. One without a docstring
is left out: there would be nothing to learn from, and none is invented.
"""

import ast
import builtins
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from codex_lsp.training.problem import Problem
from codex_lsp.training.tracing import Call

MIN_CHECKS = 2
MAX_CHECKS = 8
MAX_CHECK_CHARS = 240
MAX_PROGRAM_CHARS = 5000
MAX_HELPERS = 4
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__"}
_FUTURE = "from __future__ import annotations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module's source, and what stands at its top by name."""

    source: str
    functions: dict[str, ast.FunctionDef]
    imports: dict[str, str]
    constants: dict[str, str]
    future: bool


@dataclass(slots=True)
class _Needed:
    """What a function needs to stand alone; gathered while its names are followed."""

    imports: set[str] = field(default_factory=set[str])
    constants: dict[str, str] = field(default_factory=dict[str, str])
    helpers: dict[str, str] = field(default_factory=dict[str, str])


def read_module(source: str) -> Module | None:
    """What stands at a module's top; None where it is no Python that parses."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    module = Module(source=source, functions={}, imports={}, constants={}, future="import annotations" in source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            module.functions[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module.imports.update(_imports(node))
        else:
            module.constants.update(_constants(source, node))
    return module


def traced_problem(module: Module, calls: Sequence[Call], source: str) -> Problem | None:
    """The problem of the function that all of `calls` are of, or None where it makes none.

    Args:
        module: The function's.
        calls: Different ones of one function.
        source: What the problem says of where it comes from.
    """
    node = module.functions.get(calls[0].name)
    docstring = ast.get_docstring(node, clean=False) if node is not None else None
    if node is None or not docstring or node.decorator_list or len(node.body) < 2:  # noqa: PLR2004 - docstring, body
        return None
    needed = _Needed()
    if not _stands_alone(module, node, needed):
        return None
    checks = _checks(node, calls)
    if checks is None:
        return None
    head, body = _halves(module, node)
    parts = [*([_FUTURE] if module.future else []), *sorted(needed.imports)]
    before = ["\n".join(parts), "\n".join(needed.constants.values()), *reversed(needed.helpers.values())]
    prompt = "\n\n\n".join([part for part in before if part] + [head])
    if len(prompt) + len(body) > MAX_PROGRAM_CHARS:
        return None
    path = calls[0].path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return Problem(
        task_id=f"{source.replace(' ', '/')}/{path}.{node.name}",
        prompt=prompt,
        entry_point=node.name,
        canonical_solution=body,
        test="def check(candidate):\n" + "".join(f"    {line}\n" for line in checks),
        source=source,
        family=path,
    )


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """The names that an import of the standard library binds, each with a line that binds it alone."""
    for alias in node.names:
        renamed = f" as {alias.asname}" if alias.asname else ""
        if isinstance(node, ast.Import):
            if alias.name.partition(".")[0] in sys.stdlib_module_names:
                yield alias.asname or alias.name.partition(".")[0], f"import {alias.name}{renamed}"
        elif not node.level and (node.module or "").partition(".")[0] in sys.stdlib_module_names:
            yield alias.asname or alias.name, f"from {node.module} import {alias.name}{renamed}"


def _constants(source: str, node: ast.stmt) -> Iterator[tuple[str, str]]:
    """The name that an assignment of a literal binds, with its line."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and _is_literal(node.value):
        target = node.targets[0]
        if isinstance(target, ast.Name):
            yield target.id, ast.get_source_segment(source, node) or ""


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _stands_alone(module: Module, node: ast.FunctionDef, needed: _Needed) -> bool:
    for name in _free_names(node, annotations=not module.future):
        if name in module.imports:
            needed.imports.add(module.imports[name])
        elif name in module.constants:
            needed.constants[name] = module.constants[name]
        elif name in module.functions and name != node.name:
            if name not in needed.helpers and not _helper(module, module.functions[name], needed):
                return False
        elif name != node.name and name not in _BUILTINS:
            return False
    return True


def _helper(module: Module, node: ast.FunctionDef, needed: _Needed) -> bool:
    """Whether another function of the module can stand in the prompt; it is put there."""
    if node.decorator_list or len(needed.helpers) >= MAX_HELPERS:
        return False
    needed.helpers[node.name] = ast.get_source_segment(module.source, node) or ""
    return _stands_alone(module, node, needed)


def _free_names(node: ast.FunctionDef, *, annotations: bool) -> list[str]:
    """The names that a function reads and does not bind anywhere in it, in their order.

    A name that is bound in an inner function alone counts as bound, which verification corrects.
    """
    bound = {argument.arg for argument in ast.walk(node) if isinstance(argument, ast.arg)}
    read: dict[str, None] = {}
    skipped = set[int]() if annotations else {id(part) for part in _annotations(node)}
    for part in ast.walk(node):
        if id(part) in skipped:
            continue
        if isinstance(part, ast.Name):
            if isinstance(part.ctx, ast.Load):
                read[part.id] = None
            else:
                bound.add(part.id)
        elif isinstance(part, ast.FunctionDef | ast.ClassDef) and part is not node:
            bound.add(part.name)
        elif isinstance(part, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).partition(".")[0] for alias in part.names}
        elif isinstance(part, ast.ExceptHandler) and part.name:
            bound.add(part.name)
    return [name for name in read if name not in bound]


def _annotations(node: ast.FunctionDef) -> Iterator[ast.AST]:
    """All nodes inside annotations, which are never evaluated under `from __future__ import annotations`."""
    for part in ast.walk(node):
        for annotation in (getattr(part, "annotation", None), getattr(part, "returns", None)):
            if isinstance(annotation, ast.AST):
                yield from ast.walk(annotation)


def _halves(module: Module, node: ast.FunctionDef) -> tuple[str, str]:
    """A function up to the end of its docstring, and the rest, as its author wrote them."""
    lines = module.source.split("\n")
    docstring_end = node.body[0].end_lineno or node.lineno
    end = node.end_lineno or docstring_end
    head, body = lines[node.lineno - 1 : docstring_end], lines[docstring_end:end]
    return "\n".join(head) + "\n", "\n".join(body) + "\n"


def _checks(node: ast.FunctionDef, calls: Sequence[Call]) -> list[str] | None:
    """Assertions of calls with different results first; None where there are too few, or all results are the same."""
    written = {check: call for call in calls if (check := _check(node, call)) is not None}
    results: dict[str, str] = {}
    for check, call in written.items():
        results.setdefault(repr(call.result), check)
    if len(results) < MIN_CHECKS:
        return None
    first = list(results.values())
    return [*first, *(check for check in written if check not in first)][:MAX_CHECKS]


def _check(node: ast.FunctionDef, call: Call) -> str | None:
    if not all(_is_exact(value) for value in (*call.arguments, *call.keywords.values(), call.result)):
        return None
    if not all(name.isidentifier() for name in call.keywords):
        return None
    arguments = [*map(repr, _shortened(node, call)), *(f"{name}={value!r}" for name, value in call.keywords.items())]
    called = f"candidate({', '.join(arguments)})"
    if isinstance(call.result, float):
        check = f"assert abs({called} - {call.result!r}) <= 1e-9 * max(1, abs({call.result!r}))"
    elif call.result is None or isinstance(call.result, bool):
        check = f"assert {called} is {call.result!r}"
    else:
        check = f"assert {called} == {call.result!r}"
    return check if len(check) <= MAX_CHECK_CHARS else None


def _shortened(node: ast.FunctionDef, call: Call) -> list[object]:
    """The arguments without those at the end that are equal to their defaults."""
    arguments: list[object] = list(call.arguments)
    for default in reversed(node.args.defaults):
        if not arguments or not _is_literal(default) or ast.literal_eval(default) != arguments[-1]:
            break
        arguments.pop()
    return arguments


def _is_exact(value: object) -> bool:
    """Whether a value's text gives it back: no infinity, no surrogate half."""
    try:
        return ast.literal_eval(repr(value)) == value and bool(repr(value).encode())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return False
