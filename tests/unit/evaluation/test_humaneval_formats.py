"""HumanEval's format and those that grew from it, on tasks of ours: what becomes of a row, and what is no row."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.benchmark_data import read_benchmark
from codex_lsp.evaluation.benchmark_format import Format
from codex_lsp.evaluation.doctest_examples import examples_test
from codex_lsp.evaluation.formats import FORMATS, HUMANEVAL, HUMANEVAL_PLUS, INFILLING, TASKS
from codex_lsp.evaluation.humaneval import STOP, before_function
from codex_lsp.evaluation.task import Benchmark
from codex_lsp.execution.checks import CallCheck
from tests.unit.evaluation.own_rows import HUMANEVAL_ROWS, INFILLING_ROWS, MINI_ROWS


def benchmark_of(kind: Format, folder: Path, rows: Iterable[dict[str, Any]]) -> Benchmark:
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_benchmark(kind, next(iter(kind.sets)), path, path.name).benchmark


def test_humaneval(tmp_path: Path) -> None:
    benchmark = benchmark_of(HUMANEVAL, tmp_path, HUMANEVAL_ROWS)
    task = benchmark.tasks[2]
    assert (benchmark.name, len(benchmark.tasks), task.stop, task.limits.wall_s) == ("humaneval", 3, STOP, 3.0)
    [check] = benchmark.checks(task, task.reference)
    assert isinstance(check, CallCheck)
    assert check.program == task.prompt + task.reference
    # The test calls a function that the prompt defines before the one that is asked for.
    assert "def shifted" in check.helpers
    assert "def unshifted" not in check.helpers


def test_infilling_joins_three_parts_and_has_no_stop(tmp_path: Path) -> None:
    benchmark = benchmark_of(INFILLING, tmp_path, INFILLING_ROWS)
    task = benchmark.tasks[0]
    [check] = benchmark.checks(task, "GAP")
    assert isinstance(check, CallCheck)
    assert check.program == task.prompt + "GAP" + task.suffix
    assert [task.stop for task in benchmark.tasks] == [(), (), STOP]
    assert benchmark.name == "infilling single-line"


def test_mini_compares_with_the_reference_within_a_tolerance(tmp_path: Path) -> None:
    benchmark = benchmark_of(HUMANEVAL_PLUS, tmp_path, MINI_ROWS)
    tests: dict[str, Any] = {}
    for task in benchmark.tasks:
        names: dict[str, Any] = {}
        exec(task.test, names)  # noqa: S102 - rows of ours
        tests[task.entry_point] = names["check"]
    tests["halved"](lambda values: [value / 2 + 1e-8 for value in values])
    with pytest.raises(AssertionError, match=r"gave \[0.51, 1.01\]"):
        tests["halved"](lambda values: [value / 2 + 0.01 for value in values])
    with pytest.raises(AssertionError):
        tests["halved"](lambda values: tuple(value / 2 for value in values))
    # The candidate cannot change what the reference is given.
    tests["longest"](lambda words: max(words, key=len) if words else words.append("x"))
    with pytest.raises(AssertionError):
        tests["longest"](lambda words: min(words, key=len, default=None))
    # Any root will do.
    tests["find_zero"](lambda xs: -xs[0] / xs[1] + 1e-6)
    with pytest.raises(AssertionError):
        tests["find_zero"](lambda _: 7.0)


def test_the_inverted_check_of_the_original_format_is_mended(tmp_path: Path) -> None:
    row = {**HUMANEVAL_ROWS[0], "test": "def check(candidate):\n    assert _poly(*candidate(*inp), inp) <= 0.0001\n"}
    [task] = benchmark_of(HUMANEVAL_PLUS, tmp_path, [row]).tasks
    assert task.test.endswith("assert abs(_poly(*inp, candidate(*inp))) <= 0.0001\n")


def test_own_tasks_may_say_their_limit(tmp_path: Path) -> None:
    [task] = benchmark_of(TASKS, tmp_path, [{**HUMANEVAL_ROWS[0], "time_limit_s": 30}]).tasks
    assert (task.limits.wall_s, task.limits.cpu_s) == (30.0, 30.0)


ROW = HUMANEVAL_ROWS[0]


@pytest.mark.parametrize(
    ("kind", "row", "message"),
    [
        (HUMANEVAL, {**ROW, "prompt": 3}, "line 2: `prompt` is not a text"),
        (HUMANEVAL, {"task_id": "t/9"}, "line 2: no `prompt`"),
        (HUMANEVAL, {**ROW, "entry_point": "a b"}, "line 2: `entry_point` is no name"),
        (HUMANEVAL, HUMANEVAL_ROWS[1], "line 2: a second task `own/1`"),
        (TASKS, {**ROW, "time_limit_s": "long"}, "line 2: `time_limit_s` is not a number"),
        (INFILLING, ROW, "line 1: no `suffix`"),
        (HUMANEVAL_PLUS, {**MINI_ROWS[0], "base_input": 1}, "line 2: no `test`, and `base_input` is not a list"),
    ],
)
def test_what_is_no_row_is_named(tmp_path: Path, kind: Format, row: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        benchmark_of(kind, tmp_path, [HUMANEVAL_ROWS[1], row])
    assert message in str(refused.value)


def test_a_file_without_tasks(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no task"):
        benchmark_of(HUMANEVAL, tmp_path, [])


def test_names_and_sets_are_told_apart() -> None:
    assert len({kind.name for kind in FORMATS}) == len(FORMATS)
    assert HUMANEVAL.usual_temperatures(1) == (0.2,)
    assert HUMANEVAL.usual_temperatures(200) == (0.2, 0.8)


def test_what_stands_before_a_function() -> None:
    assert before_function("import re\n\n\n@cache\ndef f(x):\n", "f") == "import re\n\n\n"
    assert before_function("import re\n", "f") == "import re\n"
    assert before_function("def g():\n    return 1\n\ndef ", "f") == "def g():\n    return 1\n\n"


def test_examples_of_a_docstring() -> None:
    prompt = '''def f(x):
    """
    >>> f("#") # a comment
    'a'  # and another
    >>> f(1)
    Traceback (most recent call last):
    >>> f(2)
    >>> y = f(3)
    4
    >>> g(1)
    2
    """
'''
    assert examples_test(prompt, "f").splitlines()[2:] == ["    assert (f(\"#\")) == ('a')"]
    assert examples_test("def f(x):\n", "f") == ""
