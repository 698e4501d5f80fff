"""Times two versions of one function in turn, on the same inputs; told as lines of JSON on a descriptor of its own.

Each is timed twice over: one copy of it called again and again, and calls of which each has a copy of its own, made
from the module anew. What is fast because it remembers earlier calls is fast in the first way alone.
"""

import ast
import copy
import gc
import json
import os
import resource
import sys
import time
from types import CodeType
from typing import Any

_CHANNEL = 3
_PAIRS = 15
_LEAST_S = 0.002
"""Of one measurement: calls are repeated until the slower version takes so long."""
_MOST_REPEATS = 2000
_LOADING_S = 0.05
"""In which copies of a module are made for one measurement, and no fewer than `_LEAST_COPIES`."""
_LEAST_COPIES = 8
_MOST_COPIES = 4000


def main(given: dict[str, Any]) -> None:
    """Load both, warm up, and measure pair by pair, each first in turn."""
    sys.path[:0] = given["import_from"]
    inputs = [ast.literal_eval(text) for text in given["inputs"]]
    versions = [_Version(source, given, inputs) for source in given["sources"]]
    repeats = 1
    while repeats < _MOST_REPEATS and max(each.again(repeats) for each in versions) < _LEAST_S:
        repeats *= 2
    copies = _LEAST_COPIES
    most = min(_MOST_COPIES, int(_LOADING_S / max(each.load_s for each in versions)))
    while copies * 2 <= most and max(each.anew(copies) for each in versions) < _LEAST_S:
        copies *= 2
    for pair in range(_PAIRS):
        order = (0, 1) if pair % 2 else (1, 0)
        again = {number: versions[number].again(repeats) for number in order}
        anew = {number: versions[number].anew(copies) for number in order}
        os.write(_CHANNEL, json.dumps([[again[0], again[1]], [anew[0], anew[1]]]).encode() + b"\n")


class _Version:
    """One source of the module."""

    def __init__(self, source: str, given: dict[str, Any], inputs: list[Any]) -> None:
        self._code: CodeType = compile(source, given["path"], "exec")
        self._given = given
        self._inputs = inputs
        self._loaded()  # what it imports is imported before the clock runs
        begun = time.perf_counter()
        self._loaded()
        self.load_s = max(time.perf_counter() - begun, 1e-6)

    def again(self, repeats: int) -> float:
        """Seconds of calls of one copy with all inputs, so many times."""
        calls = [each for _ in range(repeats) for each in self._inputs]
        return _seconds([self._loaded()] * len(calls), calls)

    def anew(self, copies: int) -> float:
        """Seconds of so many calls, of a copy each; the last inputs, which are large ones, come first."""
        calls = [self._inputs[-1 - number % len(self._inputs)] for number in range(copies)]
        return _seconds([self._loaded() for _ in calls], calls)

    def _loaded(self) -> Any:
        namespace: dict[str, Any] = {"__name__": self._given["module"], "__file__": self._given["path"]}
        exec(self._code, namespace)  # noqa: S102 - in the sandbox
        return namespace[self._given["name"]]


def _seconds(functions: list[Any], calls: list[Any]) -> float:
    """Of all calls, in processor time; copies of the arguments are made before the clock runs."""
    copied = [copy.deepcopy(arguments) for arguments in calls]
    gc.disable()
    begun = _processor_s()
    for function, arguments in zip(functions, copied):  # noqa: B905 - a project's Python may be 3.9
        function(*arguments)
    took = _processor_s() - begun
    gc.enable()
    return took


def _processor_s() -> float:
    """Of this process with all its threads, and of those that it started and waited for.

    `time.process_time` counts by the kernel's ticks, milliseconds each, where processor time is limited.
    """
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in usages)
