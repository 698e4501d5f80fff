"""MBPP: a sentence, three assertions, and a function to write (Austin et al. 2021)."""

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from codex_lsp.evaluation.humaneval import unique_tasks
from codex_lsp.evaluation.json_lines import Line
from codex_lsp.evaluation.line_fields import name_of, texts_of
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.checks import CallCheck, Check, ProgramCheck
from codex_lsp.execution.limits import Limits

# MBPP names none; these end what begins another part of a file, but not a second function, which references have.
STOP = ("\nclass", "\nassert", '\n"""', "\nprint", "\nif")
LIMITS = Limits(wall_s=4.0)
"""Where references are not timed; the slowest of them takes 2.6 s of an idle core."""
_PROGRAM = "candidate.py"
_REPORT = "every assertion held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mbpp:
    """Tasks of MBPP; a sample is the whole function, after a docstring that says what it does and shows its tests.

    Where the assertions build objects of classes that the candidate defines, or give it types, these cannot cross to a
    checker: the few tasks are graded as programs, which a candidate that prints the report and exits can fool.

    Attributes:
        name: As the command line says.
        tasks: In the order of the file.
        setups: What runs after a candidate, by task; only of those that are graded as programs.
    """

    name: str
    tasks: tuple[Task, ...]
    setups: Mapping[str, str]

    def checks(self, task: Task, completion: str) -> tuple[Check, ...]:
        """What a completion is held against: its three assertions, in one check."""
        program = f"{task.prompt}{completion}\n"
        if task.task_id not in self.setups:
            return (CallCheck(program=program, entry_point=task.entry_point, test=task.test, limits=task.limits),)
        whole = f"{program}\n{self.setups[task.task_id]}\nprint({_REPORT!r})\n"
        return (
            ProgramCheck(
                command=(sys.executable, _PROGRAM),
                files={_PROGRAM: whole.encode()},
                stdout=f"{_REPORT}\n",
                limits=task.limits,
            ),
        )

    @property
    def conventions(self) -> tuple[str, ...]:
        """What a result has to say beside its figures, since MBPP leaves it open."""
        return (
            "prompt: the description and its tests as one docstring, no examples of other tasks",
            "tests: test_list; challenge_test_list is not graded",
            f"{len(self.setups)} tasks graded as programs: their tests hand over more than plain values",
        )


def read_mbpp(lines: Iterable[Line], name: str) -> Mbpp:
    """MBPP: `task_id`, `text` (or `prompt`), `code`, `test_list` (or `test`), `test_setup_code`, `test_imports`.

    Raises:
        UsageError: A line is no task of this form.
    """
    setups: dict[str, str] = {}

    def read(line: Line) -> Task:
        task, setup = _task(line)
        if setup is not None:
            setups[task.task_id] = setup
        return task

    tasks = unique_tasks(lines, read)
    return Mbpp(name=name, tasks=tasks, setups=setups)


def _task(line: Line) -> tuple[Task, str | None]:
    """The task of a line, and what runs after a candidate where that has to be graded as a program."""
    setup = _unix("\n".join((*texts_of(line, "test_imports"), line.text("test_setup_code", "")))).strip()
    tests = [_unix(test).strip() for test in texts_of(line, "test_list", "test")]
    description = line.text("text" if "text" in line.value else "prompt").strip()
    reference = _unix(line.text("code", ""))
    entry_point, foreign = _entry_point(line, setup, tests, reference)
    task = Task(
        task_id=f"MBPP/{name_of(line, 'task_id')}",
        prompt=docstring("\n".join((description, *tests))),
        entry_point=entry_point,
        reference=reference,
        test=_check(entry_point, setup, tests),
        stop=STOP,
        limits=LIMITS,
    )
    return task, "\n".join((setup, *tests)) if foreign else None


def docstring(text: str) -> str:
    r"""A module's docstring that reads as the text does; raw where it holds backslashes.

    >>> print(docstring("Match \\d once.\nassert f('7')"), end="")
    r'''
    Match \d once.
    assert f('7')
    '''
    """
    marks = "'''" if '"""' in text else '"""'
    raw = "r" if "\\" in text else ""
    return f"{raw}{marks}\n{text.replace(marks, marks[:2])}\n{marks}\n"


def _check(entry_point: str, setup: str, tests: list[str]) -> str:
    """`check(candidate)` with the assertions as its body."""
    lines = (f"{entry_point} = candidate", *tests)
    body = "\n".join(f"    {line}" for text in lines for line in text.splitlines())
    return f"{setup}\ndef check(candidate):\n{body}\n"


def _entry_point(line: Line, setup: str, tests: list[str], reference: str) -> tuple[str, frozenset[str]]:
    """The function that the tests call, and what else they take from the candidate.

    It is the first that the reference defines among the names the tests call, or, without a reference, the first that
    neither Python nor the setup knows. What else they take are mostly classes whose objects they build.

    Raises:
        UsageError: The tests do not parse, or call nothing.
    """
    try:
        tree = ast.parse("\n".join(tests))
        prepared = ast.parse(setup)
    except (SyntaxError, ValueError) as error:
        raise line.error(f"its tests are no Python ({error})") from error
    known = set(vars(builtins)) | _bound(prepared) | _bound(tree)
    defined = _defined(reference)
    called = [name for name in _called(tree) if name in defined or (not defined and name not in known)]
    if not called:
        raise line.error("its tests call no function of a candidate's")
    used = {node.id for node in (*ast.walk(tree), *ast.walk(prepared)) if isinstance(node, ast.Name)}
    return called[0], frozenset(used - known - {called[0]}) | _handed_over(tree, called[0])


def _handed_over(tree: ast.AST, function: str) -> frozenset[str]:
    """Types and functions of Python that the tests give to a function: no plain values either."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    given = (one for call in calls if isinstance(call.func, ast.Name) and call.func.id == function for one in call.args)
    return frozenset(one.id for one in given if isinstance(one, ast.Name) and one.id in vars(builtins))


def _called(tree: ast.AST) -> Iterator[str]:
    """Names that are called, in the order of the text."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(call.func, ast.Name):
            yield call.func.id


def _defined(source: str) -> frozenset[str]:
    """Functions and classes at the top of a source; empty where it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return frozenset()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds))


def _bound(tree: ast.Module) -> set[str]:
    """Names that a source binds at its top."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


def _unix(text: str) -> str:
    """With Unix line ends: some rows have Windows' own."""
    return text.replace("\r\n", "\n")
