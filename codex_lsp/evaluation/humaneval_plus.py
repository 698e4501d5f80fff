"""HumanEval+ (EvalPlus): HumanEval with many more inputs, in both of its forms.

*OriginFmt* rows have HumanEval's fields, with the expected results in `test`. *Mini* rows list `base_input` and
`plus_input`; what the reference answers on them is what is expected, floats within a tolerance.

Limits follow from the references' times (`reference_limits.py`).
"""

import json
from collections.abc import Iterable
from dataclasses import replace

from codex_lsp.evaluation.humaneval import CallBenchmark, call_task, unique_tasks
from codex_lsp.evaluation.json_lines import Line
from codex_lsp.evaluation.task import Task

_INVERTED = "assert _poly(*candidate(*inp), inp) <= 0.0001"
_ROOT = "assert abs(_poly(*inp, candidate(*inp))) <= 0.0001"
"""HumanEval/32 asks for any root: OriginFmt's own check of it calls the wrong function on the wrong argument."""

_ORACLE = """import copy
import json
import math


{reference}

_reference = {entry_point}
_inputs = json.loads({inputs!r})


def _agree(found, expected, atol):
    if found == expected:
        return True
    if isinstance(expected, (list, tuple)) and type(found) is type(expected):
        return len(found) == len(expected) and all(_agree(a, b, atol) for a, b in zip(found, expected))
    numbers = all(isinstance(value, (int, float)) for value in (found, expected))
    if not numbers or not (atol or isinstance(expected, float)):
        return False
    return math.isclose(found, expected, rel_tol=1e-7, abs_tol=atol or 1e-6)


def check(candidate):
    for arguments in _inputs:
        expected = _reference(*copy.deepcopy(arguments))
        found = candidate(*copy.deepcopy(arguments))
        assert {holds}, f"{{arguments!r}} gave {{found!r}}, not {{expected!r}}"
"""
_HOLDS = "_agree(found, expected, {atol!r})"
_HOLDS_ROOT = "abs(poly(*arguments, found)) <= 1e-4"
_ROOT_TASK = "find_zero"


def read_humaneval_plus(lines: Iterable[Line], name: str) -> CallBenchmark:
    """Tasks of either form."""
    return CallBenchmark(name=name, tasks=unique_tasks(lines, _task))


def _task(line: Line) -> Task:
    if "test" in line.value:
        task = call_task(line)
        return replace(task, test=task.test.replace(_INVERTED, _ROOT))
    return call_task(replace(line, value={**line.value, "test": _differential(line)}))


def _differential(line: Line) -> str:
    inputs: list[object] = []
    for field in ("base_input", "plus_input"):
        value = line.value.get(field)
        if not isinstance(value, list) or not all(isinstance(arguments, list) for arguments in value):
            raise line.error(f"no `test`, and `{field}` is not a list of arguments")
        inputs += value
    entry_point, atol = line.text("entry_point"), line.value.get("atol", 0)
    if not isinstance(atol, int | float):
        raise line.error("`atol` is not a number")
    return _ORACLE.format(
        reference=line.text("prompt") + line.text("canonical_solution"),
        entry_point=entry_point,
        inputs=json.dumps(inputs),
        holds=_HOLDS_ROOT if entry_point == _ROOT_TASK else _HOLDS.format(atol=atol),
    )
