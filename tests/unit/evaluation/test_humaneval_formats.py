"""HumanEval's format and those that grew from it, on tasks of ours: what becomes of a row, and what is no row."""

import json
from collections.abc import Callable, Iterable
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


def mini_check(folder: Path, entry_point: str) -> Callable[[object], None]:
    """What the rows in Mini's form become, as a function that raises."""
    [task] = [task for task in benchmark_of(HUMANEVAL_PLUS, folder, MINI_ROWS).tasks if task.entry_point == entry_point]
    names: dict[str, Any] = {}
    exec(task.test, names)  # noqa: S102 - rows of ours
    return names["check"]


def test_mini_compares_with_the_reference_within_a_tolerance(tmp_path: Path) -> None:
    def nearly(values: list[float]) -> list[float]:
        return [value / 2 + 1e-8 for value in values]

    def wrong(values: list[float]) -> list[float]:
        return [value / 2 + 0.01 for value in values]

    def other_kind(values: list[float]) -> tuple[float, ...]:
        return tuple(value / 2 for value in values)

    check = mini_check(tmp_path, "halved")
    check(nearly)
    with pytest.raises(AssertionError, match=r"gave \[0.51, 1.01\]"):
        check(wrong)
    with pytest.raises(AssertionError):
        check(other_kind)


def test_a_candidate_cannot_change_what_the_reference_is_given(tmp_path: Path) -> None:
    def emptying(words: list[str]) -> str | None:
        longest = max(words, key=len) if words else None
        words.clear()
        return longest

    mini_check(tmp_path, "longest")(emptying)


def test_any_root_will_do(tmp_path: Path) -> None:
    def nearly(xs: list[float]) -> float:
        return -xs[0] / xs[1] + 1e-6

    check = mini_check(tmp_path, "find_zero")
    check(nearly)
    with pytest.raises(AssertionError):
        check(max)


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


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_a_file_without_tasks(tmp_path: Path, kind: Format) -> None:
    with pytest.raises(UsageError, match="no task"):
        benchmark_of(kind, tmp_path, [])


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
