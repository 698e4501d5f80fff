"""MBPP: prompts, entry points, and our own tasks graded in the sandbox."""

import ast
from pathlib import Path

import pytest

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.grading import verdict_of
from codex_lsp.evaluation.json_lines import Line, objects_of
from codex_lsp.evaluation.mbpp import docstring, read_mbpp
from codex_lsp.execution.checks import CallCheck, ProgramCheck
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Outcome

OWN = Path(__file__).with_name("hand_written") / "mbpp.jsonl"


def line(**fields: object) -> Line:
    return Line(path="mbpp.jsonl", number=1, value={"task_id": 7, "text": "Say it.", "code": "", **fields})


def test_our_own_tasks(grader: SandboxedGrader) -> None:
    benchmark = read_mbpp(objects_of(OWN), "mbpp")
    assert [task.entry_point for task in benchmark.tasks] == ["digit_count", "bare_words", "total_length"]
    for task in benchmark.tasks:
        assert verdict_of(benchmark, task, task.reference, grader).passed
        assert verdict_of(benchmark, task, "", grader).outcome is Outcome.ERROR
    wrong = benchmark.tasks[0].reference.replace("abs(number)", "0")
    failed = verdict_of(benchmark, benchmark.tasks[0], wrong, grader)
    assert failed.outcome is Outcome.FAILED


def test_objects_of_the_candidates_classes_are_graded_as_programs() -> None:
    benchmark = read_mbpp(objects_of(OWN), "mbpp")
    kinds = [type(benchmark.checks(task, task.reference)[0]) for task in benchmark.tasks]
    assert kinds == [CallCheck, CallCheck, ProgramCheck]
    assert any("1 tasks graded as programs" in convention for convention in benchmark.conventions)


def test_a_program_that_leaves_before_its_assertions_does_not_pass(grader: SandboxedGrader) -> None:
    benchmark = read_mbpp(objects_of(OWN), "mbpp")
    task = benchmark.tasks[2]
    assert not verdict_of(benchmark, task, "import os\nos._exit(0)\n", grader).passed


@pytest.mark.parametrize(
    "text", ["Plain.", "A back\\slash \\N{", 'Its own """ marks', "Both \"\"\" and ''' marks", "ends in \\"]
)
def test_prompts_are_whole_docstrings(text: str) -> None:
    tree = ast.parse(docstring(text))
    found = ast.get_docstring(tree, clean=False)
    assert found is not None
    assert found.strip() == text.replace("'''", "''" if '"""' in text else "'''")


@pytest.mark.parametrize(
    ("tests", "code", "entry_point"),
    [
        (["assert set(pick([1])) == {1}"], "", "pick"),
        (["assert pick([1]) == [1]"], "def other(x):\n    return x\ndef pick(x):\n    return other(x)", "pick"),
        (["assert sorted(max(pick([1]))) == [1]"], "def pick(x):\n    return [x]", "pick"),
    ],
)
def test_the_entry_point_is_what_the_tests_call(tests: list[str], code: str, entry_point: str) -> None:
    assert read_mbpp([line(test_list=tests, code=code)], "mbpp").tasks[0].entry_point == entry_point


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"test_list": []}, "call no function"),
        ({"test_list": ["assert f("]}, "no Python"),
        ({"test_list": "assert f()"}, "`test_list` is not a list of texts"),
        ({"test_list": ["assert f() == 1"], "text": None, "prompt": 3}, "not a text"),
        ({"test_list": ["assert f() == 1"], "task_id": None}, "no `task_id`"),
    ],
)
def test_what_is_no_task_names_the_line(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(UsageError, match=rf"mbpp\.jsonl, line 1: .*{reason}"):
        read_mbpp([line(**fields)], "mbpp")


def test_releases_call_fields_differently() -> None:
    row = Line(path="f", number=1, value={"task_id": 2, "prompt": "Half.", "code": "", "test": ["assert half(2) == 1"]})
    task = read_mbpp([row], "mbpp").tasks[0]
    assert task.prompt == '"""\nHalf.\nassert half(2) == 1\n"""\n'
