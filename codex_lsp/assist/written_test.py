r"""One test in the style of a project: a function of pytest, or a method of `unittest`."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from codex_lsp.assist.expression_layout import Layout, laid_out, requoted
from codex_lsp.assist.kept_test import KeptTest
from codex_lsp.assist.operator_calls import as_operator
from codex_lsp.assist.same_value import literal
from codex_lsp.assist.tests_layout import TestStyle

_DIGITS = 6
"""A float with more decimals is compared approximately."""
_SHOWN_DIGITS = 9
"""Of such a float; approximation looks at six."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTest:
    """A test as it stands in the file.

    Attributes:
        test: What it is of.
        name: Of the function or method.
        lines: Of its body, not indented by what holds it; a line may hold several, laid out.
    """

    test: KeptTest
    name: str
    lines: tuple[str, ...]


def written_test(test: KeptTest, name: str, style: TestStyle, layout: Layout) -> WrittenTest:
    """The body of a test.

    Args:
        test: What it is of.
        name: Of the function or method.
        style: Of the project.
        layout: Of the file.
    """
    write = _unittest_lines if style is TestStyle.UNITTEST else _pytest_lines
    return WrittenTest(test=test, name=name, lines=tuple(write(test, layout)))


def assertion_of(test: KeptTest) -> str:
    """What the test asserts as one expression in the names of the module; for an exception, the call that raises it."""
    if test.value is None:
        return test.case.observed
    return f"({test.case.observed}) {sign_of(test.value)} ({test.value})"


def sign_of(value: str) -> str:
    """How a value is compared: `is` for those of which there is one."""
    return "is" if value in ("True", "False", "None", "NotImplemented") else "=="


def needs_approximation(value: str) -> bool:
    """Whether a value holds a float whose last digits nobody means."""
    tree = ast.parse(value, mode="eval")
    floats = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    return any(round(each, _DIGITS) != each for each in floats)


def _pytest_lines(test: KeptTest, layout: Layout) -> list[str]:
    indent, start = layout.indent, len(layout.indent)
    call = _call(test)
    if test.exception is not None:
        inner = laid_out(call, start=2 * start, layout=layout)
        return [f"{indent}with pytest.raises({test.exception}):", f"{indent * 2}{inner}"]
    lines = _steps(test, layout, indent)
    seen = test.case.effect.seen if test.case.effect is not None else call
    value = test.value or "None"
    if needs_approximation(value) and _is_flat(value):
        value = f"pytest.approx({_shortened(value)})"
    sign = sign_of(value)
    if _is_condition(seen):
        seen = f"({seen})"
        if value == "True" and start + len(f"assert {seen}") <= layout.width:
            return [*lines, f"{indent}assert {requoted(seen[1:-1], layout.quote)}"]
    whole = f"assert {requoted(seen, layout.quote)} {sign} {requoted(value, layout.quote)}"
    if start + len(whole) <= layout.width:
        return [*lines, indent + whole]
    if len(value) <= layout.width // 2:
        head = laid_out(seen, start=start, column=start + len("assert "), layout=layout)
        return [*lines, f"{indent}assert {head} {sign} {requoted(value, layout.quote)}"]
    if len(seen) > layout.width // 2:
        head = laid_out(seen, start=start, column=start + len("result = "), layout=layout)
        lines, seen = [*lines, f"{indent}result = {head}"], "result"
    head = f"assert {requoted(seen, layout.quote)} {sign} "
    return [*lines, f"{indent}{head}{laid_out(value, start=start, column=start + len(head), layout=layout)}"]


def _unittest_lines(test: KeptTest, layout: Layout) -> list[str]:
    indent = layout.indent * 2
    start, call = len(indent), _call(test)
    if test.exception is not None:
        inner = laid_out(call, start=start + len(layout.indent), layout=layout)
        return [f"{indent}with self.assertRaises({test.exception}):", f"{indent}{layout.indent}{inner}"]
    lines = _steps(test, layout, indent)
    seen, value = test.case.effect.seen if test.case.effect is not None else call, test.value or "None"
    assertion, given = _assertion(seen, value)
    whole = f"self.{assertion}({given})"
    return [*lines, f"{indent}{laid_out(whole, start=start, layout=layout)}"]


def _call(test: KeptTest) -> str:
    """The call as somebody writes it; what is not implemented is so for the method alone."""
    return test.case.call if test.value == "NotImplemented" else as_operator(test.case.call)


def _assertion(seen: str, value: str) -> tuple[str, str]:
    if value == "None":
        return "assertIsNone", seen
    if value in ("True", "False"):
        return "assertIs", f"{seen}, {value}"
    if needs_approximation(value) and isinstance(literal(value), float):
        return "assertAlmostEqual", f"{seen}, {value}"
    return "assertEqual", f"{seen}, {value}"


def _is_condition(expression: str) -> bool:
    """Whether a comparison after it would be read as a part of it."""
    node = ast.parse(expression, mode="eval").body
    return isinstance(node, ast.Compare | ast.BoolOp | ast.IfExp | ast.Lambda) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )


def _steps(test: KeptTest, layout: Layout, indent: str) -> list[str]:
    steps: Sequence[str] = test.case.effect.steps if test.case.effect is not None else ()
    return [indent + requoted(step, layout.quote) for step in steps]


def _shortened(value: str) -> str:
    """A value whose floats have as many digits as approximation asks for, and somebody reads."""
    tree = ast.parse(value, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            node.value = float(f"{node.value:.{_SHOWN_DIGITS}g}")
    return ast.unparse(tree)


def _is_flat(value: str) -> bool:
    """Whether `pytest.approx` takes it: a number, or numbers alone in a list, tuple or dictionary."""
    found = literal(value)
    items: Sequence[object] = [found]
    if isinstance(found, list | tuple):
        items = [*found]
    elif isinstance(found, dict):
        items = [*found.values()]
    return all(isinstance(item, int | float) and not isinstance(item, bool) for item in items)
