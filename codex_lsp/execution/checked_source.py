"""A test made ready to run: compiled, its assertions known by line, and its statements followed by `settle()`.

What a candidate did to its arguments is seen by the test's next statement, not by the rest of the one that called it.
So a test of in-place work holds as in one process, and `assert candidate(xs) == expected(xs)` computes what is expected
from the arguments that the test gave, whatever the candidate made of them.
"""

import ast
from dataclasses import dataclass
from types import CodeType

SETTLE = "__settle__"
FILENAME = "<test>"
_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Assert, ast.Delete)
_BRANCHES = (ast.If, ast.For, ast.While, ast.With, ast.ExceptHandler, ast.match_case)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSource:
    """A test's code and its assertions.

    Attributes:
        code: To be run in a namespace that holds `SETTLE`.
        asserts: By the lines they cover; the innermost and last where several share one.
    """

    code: CodeType
    asserts: dict[int, ast.Assert]


def checked_source(source: str) -> CheckedSource:
    """Compile a test.

    Raises:
        SyntaxError: It is no Python; `ValueError` and `RecursionError` for the sources that the compiler refuses so.
    """
    tree = ast.parse(source, FILENAME)
    asserts: dict[int, ast.Assert] = {}
    _settle_body(tree, asserts)
    return CheckedSource(code=compile(tree, FILENAME, "exec", dont_inherit=True), asserts=asserts)


def _settle_body(node: ast.AST, asserts: dict[int, ast.Assert]) -> None:
    """Put a settling statement after each simple statement below `node`, and first in each branch."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        body = getattr(node, field, None)
        if not isinstance(body, list):
            continue
        settled: list[ast.AST] = []
        if isinstance(node, _BRANCHES) and body:
            settled.append(_settling(body[0]))
        for statement in body:
            if isinstance(statement, ast.Assert):
                asserts.update(
                    dict.fromkeys(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1), statement)
                )
            _settle_body(statement, asserts)
            settled.append(statement)
            if isinstance(statement, _SIMPLE) and not _is_text(statement):
                settled.append(_settling(statement))
        setattr(node, field, settled)


def _settling(near: ast.stmt) -> ast.stmt:
    """The statement that settles, at the place of another."""
    call = ast.Expr(ast.Call(ast.Name(SETTLE, ast.Load()), [], []))
    return ast.fix_missing_locations(ast.copy_location(call, near))


def _is_text(statement: ast.stmt) -> bool:
    """Whether it is a docstring, which imports of `__future__` may follow."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
