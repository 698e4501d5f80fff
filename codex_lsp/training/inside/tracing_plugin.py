"""A plugin of pytest that tells what the functions of a package are called with, and what they return.

Settings come as JSON in the variable `TRACING`: `root`, the folder whose modules count; `left_out`, parts of paths that
do not; `calls`, how many of each function are told; `bytes`, how large one may be. Every told call is a frame on the
descriptor 3: the length in four bytes, then the encoding of `(path, name, arguments, keyword arguments, result)`.

Only functions that stand at the top of their module count, and only calls whose values are plain. A call's arguments
are encoded before it begins, so that what it does to them does not show.
"""

import dis
import inspect
import json
import os
import sys
from collections.abc import Generator
from types import CodeType, FrameType, FunctionType
from typing import Any

import encoding  # pyright: ignore[reportMissingImports] - laid beside this file in the sandbox
import pytest

_CHANNEL = 3
_PLAIN = (type(None), bool, int, float, str, bytes)
_CONTAINERS = (list, tuple, set, frozenset)
_NOT_FUNCTIONS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_VARARGS
_RETURNS = {dis.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in dis.opmap}


def _plain(value: Any, depth: int = 0) -> bool:
    """Whether a value is of exactly the types that have a literal, all the way down."""
    kind = type(value)
    if kind in _PLAIN:
        return True
    if depth > 5:  # noqa: PLR2004 - deeper ones make no readable check
        return False
    if kind in _CONTAINERS:
        return len(value) <= 100 and all(_plain(item, depth + 1) for item in value)  # noqa: PLR2004 - as above
    if kind is dict:
        return len(value) <= 100 and all(_plain(part, depth + 1) for item in value.items() for part in item)  # noqa: PLR2004
    return False


class Tracer:
    """What `sys.setprofile` is given while a test runs."""

    def __init__(self, settings: dict[str, Any]) -> None:
        """Tell what the settings ask for."""
        self._settings = settings
        self._paths: dict[CodeType, str | None] = {}
        self._told: dict[CodeType, set[bytes]] = {}
        self._open: dict[FrameType, bytes] = {}
        self._last: dict[CodeType, bytes] = {}

    def __call__(self, frame: FrameType, event: str, result: Any) -> None:
        """Take note of a function that begins or ends."""
        code = frame.f_code
        if event == "call":
            path = self._paths[code] if code in self._paths else self._path(frame)
            if path is not None and len(self._told.setdefault(code, set())) < self._settings["calls"]:
                self._begin(frame, code, path)
        elif event == "return" and frame in self._open:
            begun = self._open.pop(frame)
            if self._returned(frame) and _plain(result):
                self._tell(code, begun, result)

    def _path(self, frame: FrameType) -> str | None:
        """Of the module that a function stands in, below the root; None where its calls do not count."""
        code = frame.f_code
        function = frame.f_globals.get(code.co_name)
        stands = type(function) is FunctionType and function.__code__ is code and not code.co_flags & _NOT_FUNCTIONS
        path = os.path.relpath(os.path.realpath(code.co_filename), self._settings["root"])
        outside = path.startswith("..") or any(part in path for part in self._settings["left_out"])
        self._paths[code] = path if stands and not outside else None
        return self._paths[code]

    def _begin(self, frame: FrameType, code: CodeType, path: str) -> None:
        positional = code.co_varnames[: code.co_argcount]
        by_name = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        values = [frame.f_locals.get(name) for name in positional]
        if code.co_flags & inspect.CO_VARKEYWORDS and frame.f_locals.get(code.co_varnames[-1]):
            return
        kwargs = {name: frame.f_locals.get(name) for name in by_name}
        if _plain(values) and _plain(kwargs):
            self._open[frame] = self._encoded((path, code.co_name, tuple(values), kwargs))

    def _returned(self, frame: FrameType) -> bool:
        """Whether a frame that ends does so by returning: an exception shows as None."""
        code = frame.f_code
        if code not in self._last:
            self._last[code] = code.co_code
        return self._last[code][frame.f_lasti] in _RETURNS

    def _tell(self, code: CodeType, begun: bytes, result: Any) -> None:
        told = self._told[code]
        data = self._encoded((begun, result))
        if 0 < len(data) <= self._settings["bytes"] and begun not in told:
            told.add(begun)
            os.write(_CHANNEL, len(data).to_bytes(4, "big") + data)

    def _encoded(self, value: object) -> bytes:
        try:
            return encoding.encode(value)
        except ValueError:
            return b""


class Plugin:
    """Traces while a test itself runs, not its preparation."""

    def __init__(self) -> None:
        """Read the settings."""
        self._tracer = Tracer(json.loads(os.environ["TRACING"]))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        """Trace a test."""
        sys.setprofile(self._tracer)
        try:
            return (yield)
        finally:
            sys.setprofile(None)


def pytest_configure(config: pytest.Config) -> None:
    """Register the tracer."""
    config.pluginmanager.register(Plugin())
