"""The module and the function under study, as importing makes them. Runs under a project's own interpreter."""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import os
import signal
import sys
import types
from collections.abc import Callable
from typing import Any

_PATIENCE = 5.0
"""Seconds on the clock for one of processor time."""
_WRAPPED, _MOST_WRAPPED = ("__wrapped__", "__func__", "fget", "func"), 8
"""Where decorators keep the function: functools', properties, static and class methods."""


def imported(request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> tuple[Any, Any]:
    """The module under study and the function; ends the process where it cannot be had."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(2):
        os.dup2(null, stream)
    os.chdir(request["start_in"])
    sys.path[:0] = request["import_from"]
    sys.argv = [request["path"]]
    signal.setitimer(signal.ITIMER_PROF, request["import_timeout_s"])
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE * request["import_timeout_s"])
    try:
        module = _found(request["module"], request["path"])
    except BaseException as error:  # noqa: BLE001 - whatever it raises is why it cannot be studied
        tell({"error": f"importing it raises {type(error).__name__}: {error}"})
        os._exit(0)
    try:
        function = _resolved(module, request["qualname"])
    except BaseException:  # noqa: BLE001 - what is asked for attributes may raise anything
        tell({"error": f"importing it defines no `{request['qualname']}`"})
        os._exit(0)
    _import_before(request["setup"])
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return module, function


def _found(name: str, path: str) -> Any:
    """The module of that name, where it is the file's; else the file under that name."""
    module = sys.modules.get(name) or importlib.import_module(name)
    if _is_same(getattr(module, "__file__", None) or "", path):
        return module
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _import_before(setup: str) -> None:
    """What each call would import in a process of its own, once for all of them."""
    for node in ast.walk(ast.parse(setup)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            # What fails here fails where the call is made too, and is told of it there.
            with contextlib.suppress(BaseException):
                exec(compile(ast.Module(body=[node], type_ignores=[]), "<setup>", "exec"), {})  # noqa: S102 - in a sandbox


def _resolved(module: Any, qualname: str) -> Any:
    found = module
    for part in qualname.split("."):
        found = vars(found)[part] if part in vars(found) else getattr(found, part)
    return found


def definition(function: Any, name: str, path: str) -> dict[str, Any]:
    """Where the code of a function begins in the module, or which other one it is of; nothing where neither is seen."""
    for _ in range(_MOST_WRAPPED):
        inner = next((each for each in (_held(function, kept) for kept in _WRAPPED) if each is not None), None)
        if inner is None:
            break
        function = inner
    if isinstance(function, types.BuiltinFunctionType):
        return {"defined_in": str(function.__module__)}
    code = getattr(function, "__code__", None)
    if code is None or code.co_name != name:
        return {}
    if _is_same(code.co_filename, path):
        return {"first_line": int(code.co_firstlineno)}
    return {"defined_in": str(function.__module__)}


def _held(function: Any, name: str) -> Any:
    """What a decorator's object keeps of what it was given."""
    try:
        return getattr(function, name, None)
    except Exception:  # noqa: BLE001 - an object's own methods may do anything
        return None


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def executed(module: Any, source: str | bytes) -> Any:
    """A module like another one, made of another source, and known by its name from now on."""
    made = types.ModuleType(module.__name__)
    for name in ("__file__", "__package__", "__path__", "__spec__", "__loader__"):
        if hasattr(module, name):
            setattr(made, name, getattr(module, name))
    code = compile(source, module.__file__, "exec")
    sys.modules[module.__name__] = made
    parent, _, name = module.__name__.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], name, made)
    exec(code, made.__dict__)  # noqa: S102 - in a sandbox, what it is for
    return made
