"""APPS: problems of programming contests, solved by a program that reads and prints, or by a function (2021)."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from codex_lsp.evaluation.apps_figures import apps_figures
from codex_lsp.evaluation.apps_public import is_public_call, is_public_run
from codex_lsp.evaluation.apps_verdict import PATIENCE, judged
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.humaneval import unique_tasks
from codex_lsp.evaluation.json_lines import Line
from codex_lsp.evaluation.line_fields import json_of, name_of
from codex_lsp.evaluation.mbpp import docstring
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.checks import CallCheck, Check, ProgramCheck
from codex_lsp.execution.grader import Grader
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.verdict import Verdict

LIMIT_S = 3.0
"""As the Codex paper has it; here for each test."""
MAX_PUBLIC = 3
_PROGRAM = "candidate.py"
_ENTRY = "judged_call"
# Solutions of contest sites are written for a judge that has imported these already.
_PRELUDE = """\
import bisect, collections, functools, heapq, itertools, math, operator, random, re, string, sys
from collections import Counter, OrderedDict, defaultdict, deque
from functools import cache, lru_cache, reduce
from itertools import accumulate, combinations, permutations, product
from math import ceil, floor, gcd, inf, sqrt
from typing import *
"""
# A method of the judge's class `Solution`, or a function of that name.
_AS_FUNCTION = """
def {entry}(*arguments):
    owner = globals().get("Solution")
    return (getattr(owner(), {name!r}) if hasattr(owner, {name!r}) else globals()[{name!r}])(*arguments)
"""
_CALL = """
def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return {{key: plain(item) for key, item in value.items()}} if isinstance(value, dict) else value

def check(candidate):
    got, wanted = plain(candidate(*{given!r})), plain({wanted!r})
    assert got == wanted or [got] == wanted, f"{{got!r}} instead of {{wanted!r}}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestTest:
    """One test of a problem: what goes in, what must come out, and whether the problem's text shows it.

    Attributes:
        given: Standard input, or the arguments of a call.
        wanted: Standard output, or what the call returns.
        public: Whether a solver has seen it; a filter may use it then.
    """

    given: Any
    wanted: Any
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Apps:
    """Problems of APPS, the public tests of each before its hidden ones.

    Attributes:
        name: As the command line says.
        tasks: In the order of the file; the level is part of a task's name.
        tests: Of each task, public ones first.
    """

    name: str
    tasks: tuple[Task, ...]
    tests: Mapping[str, tuple[ContestTest, ...]]

    def checks(self, task: Task, completion: str) -> tuple[Check, ...]:
        """One check for each test, public ones first."""
        program = f"{task.prompt}{completion}\n"
        tests = self.tests[task.task_id]
        if task.entry_point:
            program = f"{_PRELUDE}{program}{_AS_FUNCTION.format(entry=_ENTRY, name=task.entry_point)}"
            return tuple(
                CallCheck(program=program, entry_point=_ENTRY, test=_call(test), limits=task.limits) for test in tests
            )
        return tuple(
            ProgramCheck(
                command=(sys.executable, _PROGRAM),
                files={_PROGRAM: program.encode()},
                stdin=str(test.given).encode(),
                stdout=str(test.wanted),
                limits=task.limits,
            )
            for test in tests
        )

    def judge(self, task: Task, completion: str, grader: Grader) -> Verdict:
        """All tests; what passes too slowly is told apart from what does not pass.

        Raises:
            SandboxUnavailable: Nothing here runs it safely.
        """
        public = sum(test.public for test in self.tests[task.task_id])
        return judged(self.checks(task, completion), public, grader)

    def own_figures(self, graded: Sequence[GradedSample]) -> dict[str, Any]:
        """The paper's table: by level, raw and filtered, in time or not."""
        return {"apps": apps_figures(graded)}

    @property
    def conventions(self) -> tuple[str, ...]:
        """What a result has to say beside its figures."""
        return (
            "prompt: the problem as a docstring, its first public test as an example, starter code where there is some",
            f"public tests: at most {MAX_PUBLIC}, those that the problem's own text shows",
            f"time limit: {LIMIT_S:g} s for each test; a test that passes within {PATIENCE:g} times that is told apart",
            "output: lines are compared without trailing blanks, numbers not by value",
        )


def read_apps(lines: Iterable[Line], name: str) -> Apps:
    """APPS: `problem_id`, `question`, `input_output` and `solutions` (JSON as text), `starter_code`, `difficulty`.

    Problems without a test are left out: there is nothing to grade.

    Raises:
        UsageError: A line is no problem of this form.
    """
    tests: dict[int, tuple[ContestTest, ...]] = {}

    def graded() -> Iterator[Line]:
        for line in lines:
            tests[line.number] = _tests(line)
            if tests[line.number]:
                yield line

    by_name: dict[str, tuple[ContestTest, ...]] = {}

    def read(line: Line) -> Task:
        task = _task(line, tests[line.number])
        by_name[task.task_id] = tests[line.number]
        return task

    return Apps(name=name, tasks=unique_tasks(graded(), read), tests=by_name)


def _task(line: Line, tests: Sequence[ContestTest]) -> Task:
    function = _function(line)
    solutions = json_of(line, "solutions", list)
    return Task(
        task_id=f"APPS/{line.text('difficulty', 'unknown')}/{name_of(line, 'problem_id', 'id', 'task_id')}",
        prompt=_prompt(line.text("question"), tests, line.text("starter_code", ""), function),
        entry_point=function,
        reference=str(solutions[0]) if solutions else "",
        limits=Limits(wall_s=LIMIT_S),
    )


def _function(line: Line) -> str:
    """The function that a problem asks for; empty where it asks for a program."""
    function = json_of(line, "input_output", dict).get("fn_name") or ""
    if function and not (isinstance(function, str) and function.isidentifier()):
        raise line.error("`fn_name` is no name of a function")
    return function


def _call(test: ContestTest) -> str:
    return _CALL.format(given=test.given, wanted=test.wanted)


def _prompt(question: str, tests: Sequence[ContestTest], starter: str, function: str) -> str:
    """The problem as a docstring: one public test shows the format, as the paper's prompts did."""
    parts = [question.strip()]
    shown = next((test for test in tests if test.public), None)
    if function:
        parts.append(f"Starter code:\n{starter.strip()}" if starter.strip() else f"Write the function {function}.")
        if shown is not None:
            arguments = ", ".join(map(repr, shown.given))
            parts.append(f"Example:\n>>> {function}({arguments})\n{shown.wanted!r}")
    else:
        parts.append("Read standard input and write standard output.")
        if shown is not None:
            parts.append(f"Example input:\n{shown.given.strip()}\nExample output:\n{shown.wanted.strip()}")
    return docstring("\n\n".join(parts))


def _tests(line: Line) -> tuple[ContestTest, ...]:
    """The tests, public ones first.

    Raises:
        UsageError: Inputs and outputs are no lists of one length.
    """
    data, question, is_call = json_of(line, "input_output", dict), line.text("question"), bool(_function(line))
    inputs, outputs = data.get("inputs", []), data.get("outputs", [])
    if not isinstance(inputs, list) or not isinstance(outputs, list):
        raise line.error("`input_output` holds no lists `inputs` and `outputs`")
    given, wanted = cast("list[Any]", inputs), cast("list[Any]", outputs)
    if len(given) != len(wanted):
        raise line.error(f"{len(given)} inputs and {len(wanted)} outputs")
    found = [(_call_test if is_call else _run_test)(question, *pair) for pair in zip(given, wanted, strict=True)]
    public = [test for test in found if test.public]
    hidden = [test for test in found if not test.public]
    return (*public[:MAX_PUBLIC], *(replace(test, public=False) for test in public[MAX_PUBLIC:]), *hidden)


def _call_test(question: str, given: Any, wanted: Any) -> ContestTest:
    arguments = [_with_numbers(value) for value in (cast("list[Any]", given) if isinstance(given, list) else [given])]
    result = _with_numbers(wanted)
    return ContestTest(given=arguments, wanted=result, public=is_public_call(question, arguments, result))


def _run_test(question: str, given: Any, wanted: Any) -> ContestTest:
    text, result = _as_text(given), _as_text(wanted)
    return ContestTest(given=text, wanted=result, public=is_public_run(question, text, result))


def _as_text(value: Any) -> str:
    """Input or output as text; some rows hold lists of lines."""
    if isinstance(value, list):
        return "\n".join(map(str, cast("list[object]", value))) + "\n"
    return str(value)


def _with_numbers(value: Any) -> Any:
    """JSON's keys are texts; those that were numbers become so again."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {int(key) if key.isdecimal() else key: _with_numbers(item) for key, item in items}
    if isinstance(value, list):
        return [_with_numbers(item) for item in cast("list[Any]", value)]
    return value
