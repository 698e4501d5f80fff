"""Bugs that are put into right solutions."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.humaneval import CallBenchmark
from codex_lsp.evaluation.probes.alignment_contexts import EXAMPLES, bugs, in_contexts
from codex_lsp.evaluation.probes.kept_bugs import kept_bugs
from codex_lsp.evaluation.probes.mutations import mutations
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.sandboxed_grader import SandboxedGrader


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    return a < b\n", ["    return a <= b\n"]),
        ("    return (a) == (b)\n", ["    return (a) != (b)\n"]),
        ("    return a not   in b\n", ["    return a in b\n"]),
        ("    return a and b and c\n", ["    return a or b and c\n"]),
        ("    return not a\n", ["    return a\n"]),
        ("    return True\n", ["    return False\n"]),
        ("    return a < b <= c\n", ["    return a <= b <= c\n", "    return a < b < c\n"]),
        ("    é = 'ü' + a\n", ["    é = 'ü' - a\n"]),
        ("    return a\n", []),
        ("    return a[\n", []),
    ],
)
def test_one_change_each(body: str, expected: list[str]) -> None:
    assert mutations("def f(a, b=0, c=1):\n", body) == expected


def test_the_prompt_stays() -> None:
    assert mutations("LIMIT = 3 + 4\n\n\ndef f(a=1):\n", "    return a\n") == []


NAMES = st.sampled_from(["a", "b", "2", "(a + 1)"])


@given(left=NAMES, right=NAMES, operator=st.sampled_from(["<", ">=", "+", "%", "and", "in", "=="]))
def test_every_change_is_a_program_and_another_one(left: str, right: str, operator: str) -> None:
    body = f"    if {left} {operator} {right}:\n        return {left}\n    return {right}\n"
    found = mutations("def f(a, b):\n", body)
    assert found
    for changed in found:
        assert ast.dump(ast.parse("def f(a, b):\n" + changed)) != ast.dump(ast.parse("def f(a, b):\n" + body))


def task(number: int, body: str, test: str) -> Task:
    return Task(
        task_id=f"own/{number}",
        prompt=f'def f{number}(a, b):\n    """Do it."""\n',
        entry_point=f"f{number}",
        reference=body,
        test=f"def check(candidate):\n    {test}\n",
    )


TASKS = (
    task(0, "    return a + b\n", "assert candidate(1, 2) == 3"),
    task(1, "    return a if a > b else b\n", "assert candidate(1, 2) == 2"),
    task(2, "    return [a] * 2 + [b]\n", "assert candidate(1, 2) == [1, 1, 2]"),
    task(3, "    return 2 * a - b\n", "assert candidate(5, 2) == 8"),
    task(4, "    return a\n", "assert candidate(5, 2) == 5"),
)


def test_bugs_are_kept_for_the_same_tasks_and_seed(tmp_path: Path) -> None:
    benchmark = CallBenchmark(name="own", tasks=TASKS)
    folder = tmp_path / "run"
    first = {"own/0": "    return a\n"}
    assert kept_bugs(folder, benchmark, 1, lambda: first) == first
    assert kept_bugs(folder, benchmark, 1, lambda: pytest.fail("made again")) == first
    assert kept_bugs(folder, benchmark, 2, dict[str, str]) == {}
    fewer = CallBenchmark(name="own", tasks=TASKS[:2])
    assert kept_bugs(folder, fewer, 2, lambda: first) == first
    (folder / "bugs.json").write_text('{"made_of"')
    assert kept_bugs(folder, fewer, 2, dict[str, str]) == {}
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="another --out"):
        kept_bugs(tmp_path / "file", fewer, 2, lambda: first)


def test_bugs_are_those_that_a_check_tells_and_contexts_leave_the_task_out(grader: SandboxedGrader) -> None:
    benchmark = CallBenchmark(name="own", tasks=TASKS)
    wrong = bugs(benchmark, grader, seed=1)
    for one in TASKS[:4]:
        (right,) = benchmark.checks(one, one.reference)
        assert grader.grade(right).passed
    for name, body in wrong.items():
        (check,) = benchmark.checks(next(one for one in TASKS if one.task_id == name), body)
        assert grader.grade(check).outcome == "failed"
    # `a > b` as `a >= b` fails no check, `return a` has nothing to change; what only raises is no subtle bug.
    assert set(wrong) == {"own/0", "own/3"} | (set(wrong) & {"own/2"})
    more = wrong | {"own/1": "    return b if a > b else a\n", "own/2": "    return [a, b]\n"}
    contexts = in_contexts(TASKS, more, seed=1)
    assert [one.task.task_id for one in contexts] == [one.task_id for one in TASKS]
    for one in contexts:
        assert one.good.count("def f") == one.buggy.count("def f") == EXAMPLES
        assert f"def {one.task.entry_point}(" not in one.good + one.buggy
        assert one.good != one.buggy
    assert in_contexts(TASKS, {"own/0": ""}, seed=1) == []
