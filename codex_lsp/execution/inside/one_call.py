"""Makes one call of a function under study and tells what it came to. Runs under a project's own interpreter."""

from __future__ import annotations

import ast
import sys
import time
from typing import Any

from codex_lsp.execution.inside.value_source import canonical, source_of, type_name

MAX_PRINTED = 2000
MAX_MESSAGE = 500
_ARGUMENT = "__codex_lsp_argument_%d"


class Printed:
    """What is printed, up to a length; the rest is dropped."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self) -> None:
        """Nothing yet."""
        self._parts: list[str] = []
        self._left = MAX_PRINTED

    def write(self, text: str) -> int:
        """Keep what fits."""
        if self._left > 0:
            self._parts.append(text[: self._left])
            self._left -= len(text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Keep what fits."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing to do."""

    def isatty(self) -> bool:
        """No terminal."""
        return False

    def text(self) -> str:
        """What was kept."""
        return "".join(self._parts)


class Prepared:
    """A call whose arguments have been made, so that it can be seen whether they are changed."""

    def __init__(self, call: str, name: str, namespace: dict[str, Any]) -> None:
        """Evaluate the arguments of the first call of `name` in the expression.

        Raises:
            BaseException: Whatever they raise; SyntaxError where there is no expression.
        """
        tree = ast.parse(call.strip(), mode="eval")
        self.arguments: list[Any] = []
        self._namespace = namespace
        found = next((node for node in ast.walk(tree) if isinstance(node, ast.Call) and _calls(node, name)), None)
        if found is not None and not _calls_within(found, name):
            self._bind(found)
        self._code = compile(ast.fix_missing_locations(tree), "<call>", "eval")

    def made(self) -> Any:
        """What the expression gives."""
        return eval(self._code, self._namespace)  # noqa: S307 - in a sandbox, what it is for

    def _bind(self, call: ast.Call) -> None:
        call.args = [self._bound_starred(each) for each in call.args]
        for keyword in call.keywords:
            keyword.value = self._bound(keyword.value)

    def _bound_starred(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Starred):
            node.value = self._bound(node.value)
            return node
        return self._bound(node)

    def _bound(self, node: ast.expr) -> ast.expr:
        name = _ARGUMENT % len(self.arguments)
        code = compile(ast.fix_missing_locations(ast.Expression(body=node)), "<argument>", "eval")
        self._namespace[name] = value = eval(code, self._namespace)  # noqa: S307 - as above
        self.arguments.append(value)
        return ast.copy_location(ast.Name(id=name, ctx=ast.Load()), node)


def observed(module: Any, name: str, call: str, setup: str, around: Any) -> dict[str, Any]:
    """Make a call in a copy of a module's namespace.

    Args:
        module: The module.
        name: Of the function under study, without its class.
        call: The expression.
        setup: Statements that come first.
        around: A context manager around the call alone.
    """
    namespace = dict(vars(module))
    try:
        exec(compile(setup, "<setup>", "exec"), namespace)  # noqa: S102 - in a sandbox, what it is for
        prepared = Prepared(call, name, namespace)
    except BaseException as error:  # noqa: BLE001 - arguments that cannot be made are told
        return {"outcome": "refused", "exception": type_name(type(error)), "message": _message(error)}
    before = [canonical(argument) for argument in prepared.arguments]
    told = _made(prepared, around, "vars" if name == "__init__" else "str")
    after = [canonical(argument) for argument in prepared.arguments]
    told["changed"] = before != after
    if told["changed"]:
        told["after"] = [_text(argument) for argument in prepared.arguments]
    return told


def signature(told: dict[str, Any]) -> str:
    """What a test of the call could assert of it, as one text."""
    printed = told["printed"] if told.get("canonical") == "None" else ""
    parts = (told["outcome"], told.get("canonical"), told.get("exception"), told.get("after"), printed)
    return repr(parts)


def _made(prepared: Prepared, around: Any, first: str) -> dict[str, Any]:
    told: dict[str, Any] = {"outcome": "returned"}
    printed = Printed()
    sys.stdout = sys.stderr = printed  # type: ignore[assignment]
    started = time.process_time()
    try:
        with around:
            value = prepared.made()
    except BaseException as error:  # noqa: BLE001 - whatever it raises is what is told
        told.update(outcome="raised", exception=type_name(type(error)), message=_message(error))
    else:
        told.update(canonical=canonical(value), type=type_name(type(value)))
        # That an instance equals one that is made alike says nothing of how it is made.
        shown = _shown(value, first) if first == "vars" else {}
        written = None if shown else source_of(value)
        if written is not None:
            told.update(value=written.text, imports=written.imports)
        else:
            told.update(shown or _shown(value, first))
        if hasattr(value, "cr_frame"):
            value.close()  # a coroutine that nobody awaits would complain
    told.update(printed=printed.text(), cpu_s=time.process_time() - started)
    return told


def _message(error: BaseException) -> str:
    try:
        return str(error)[:MAX_MESSAGE]
    except BaseException:  # noqa: BLE001 - an exception's own text may raise
        return ""


def _shown(value: Any, first: str) -> dict[str, Any]:
    """What a value that cannot be written shows of itself: its text, or its attributes."""
    for name in dict.fromkeys((first, "str", "vars")):
        try:
            written = source_of(_described(value) if name == "str" else vars(value))
        except Exception:  # noqa: BLE001 - a value's own methods may do anything
            written = None
        if written is not None and written.text not in ("None", "{}", "''"):
            return {"shown_by": name, "shown": written.text, "shown_imports": written.imports}
    return {}


def _described(value: Any) -> Any:
    """The text of a value whose class says how it is written; None for others."""
    kind = type(value)
    if isinstance(value, type) or callable(value) or kind.__module__ == "builtins":
        return None
    if isinstance(value, BaseException):
        return str(value)
    if kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__:
        return None
    text = str(value)
    return None if " at 0x" in text else text


def _text(value: object) -> str | None:
    written = source_of(value)
    return None if written is None else written.text


def _calls(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return getattr(node.func, "id", None) == name or getattr(node.func, "attr", None) == name


def _calls_within(call: ast.Call, name: str) -> bool:
    inner = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(_calls(node, name) for each in inner for node in ast.walk(each))
