"""Times two versions of one function in turn, on the same inputs; told as lines of JSON on a descriptor of its own."""

import ast
import copy
import gc
import json
import os
import sys
import time
from typing import Any

_CHANNEL = 3
_PAIRS = 15
_LEAST_S = 0.002
"""Of one measurement: calls are repeated until the slower version takes so long."""
_MOST_REPEATS = 2000


def main(given: dict[str, Any]) -> None:
    """Load both, warm up, and measure pair by pair, each first in turn."""
    sys.path[:0] = given["import_from"]
    inputs = [ast.literal_eval(text) for text in given["inputs"]]
    versions = [_loaded(source, given) for source in given["sources"]]
    repeats = 1
    while repeats < _MOST_REPEATS and max(_seconds(each, inputs, repeats) for each in versions) < _LEAST_S:
        repeats *= 2
    for pair in range(_PAIRS):
        order = (0, 1) if pair % 2 else (1, 0)
        took = {number: _seconds(versions[number], inputs, repeats) for number in order}
        os.write(_CHANNEL, json.dumps([took[0], took[1]]).encode() + b"\n")


def _loaded(source: str, given: dict[str, Any]) -> Any:
    namespace: dict[str, Any] = {"__name__": given["module"], "__file__": given["path"]}
    exec(compile(source, given["path"], "exec"), namespace)  # noqa: S102 - in the sandbox
    return namespace[given["name"]]


def _seconds(function: Any, inputs: list[Any], repeats: int) -> float:
    """Of all calls; copies of the arguments are made before the clock runs."""
    calls = [copy.deepcopy(arguments) for _ in range(repeats) for arguments in inputs]
    gc.disable()
    begun = time.perf_counter()
    for arguments in calls:
        function(*arguments)
    took = time.perf_counter() - begun
    gc.enable()
    return took
