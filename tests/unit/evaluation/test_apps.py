"""APPS: programs and functions, public and hidden tests, what passes too slowly, the paper's table."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from codex_lsp.cli.evaluate.apps_table import apps_table
from codex_lsp.errors import UsageError
from codex_lsp.evaluation.apps import read_apps
from codex_lsp.evaluation.apps_figures import apps_figures
from codex_lsp.evaluation.apps_verdict import is_slow_pass, judged, passes_public
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.json_lines import Line, objects_of
from codex_lsp.execution.checks import CallCheck, Check, ProgramCheck
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Outcome, Verdict

OWN = Path(__file__).with_name("hand_written") / "apps.jsonl"
PASSED = Verdict(outcome=Outcome.PASSED)


class Scripted:
    """A grader that gives verdicts by the program's name and how long it may take."""

    workers = 1

    def __init__(self, needed_s: Sequence[float], failing: int | None = None) -> None:
        self._needed_s = needed_s
        self._failing = failing
        self.runs = 0

    def grade(self, check: Check) -> Verdict:
        assert isinstance(check, ProgramCheck)
        self.runs += 1
        at = int(check.command[0])
        if self._needed_s[at] > check.limits.wall_s:
            return Verdict(outcome=Outcome.TIMED_OUT, wall_s=check.limits.wall_s)
        outcome = Outcome.FAILED if at == self._failing else Outcome.PASSED
        return Verdict(outcome=outcome, detail="wrong" * (at == self._failing), wall_s=self._needed_s[at])

    def close(self) -> None:
        pass


def checks(count: int) -> list[ProgramCheck]:
    return [ProgramCheck(command=(str(at),), limits=Limits(wall_s=3.0)) for at in range(count)]


def sample(task: str, outcome: Outcome, detail: str = "", index: int = 0) -> GradedSample:
    return GradedSample(task_id=task, index=index, completion="", outcome=outcome, detail=detail)


def test_our_own_tasks(grader: SandboxedGrader) -> None:
    benchmark = read_apps(objects_of(OWN), "apps")
    assert [type(benchmark.checks(task, "")[0]) for task in benchmark.tasks] == [ProgramCheck, CallCheck, ProgramCheck]
    for task in benchmark.tasks:
        assert benchmark.judge(task, task.reference, grader).passed
        assert not benchmark.judge(task, "", grader).passed
    sums = benchmark.tasks[0]
    by_heart = "print({'1 2': 3, '-4 4': 0}[input()])"
    seen = benchmark.judge(sums, by_heart, grader)
    assert seen.outcome is Outcome.ERROR
    assert seen.detail.startswith("hidden test 1: KeyError")


def test_what_the_text_shows_is_public_and_comes_first() -> None:
    benchmark = read_apps(objects_of(OWN), "apps")
    shown = [[test.public for test in benchmark.tests[task.task_id]] for task in benchmark.tasks]
    assert shown == [[True, True, False, False], [True, False, False], [False, False]]
    assert "Example input:\n1 2\nExample output:\n3" in benchmark.tasks[0].prompt
    assert ">>> largestGap([3, 9, 4])\n5" in benchmark.tasks[1].prompt


def test_problems_without_tests_are_left_out() -> None:
    rows = [*objects_of(OWN), Line(path="f", number=9, value={"id": 9, "question": "?", "input_output": ""})]
    assert len(read_apps(rows, "apps").tasks) == 3


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ("{", "`input_output` is not JSON"),
        ("[]", "`input_output` is not a dict"),
        (json.dumps({"inputs": ["1"], "outputs": []}), "1 inputs and 0 outputs"),
        (json.dumps({"inputs": "1", "outputs": "1"}), "no lists"),
        (json.dumps({"inputs": [], "outputs": [], "fn_name": "a b"}), "`fn_name` is no name"),
    ],
)
def test_what_is_no_problem_names_the_line(tests: str, reason: str) -> None:
    row = Line(path="apps.jsonl", number=4, value={"problem_id": 1, "question": "?", "input_output": tests})
    with pytest.raises(UsageError, match=rf"apps\.jsonl, line 4: .*{reason}"):
        read_apps([row], "apps")


def test_a_test_that_passes_after_its_limit_is_told_apart() -> None:
    found = judged(checks(3), 1, Scripted([0.1, 4.0, 0.1]))
    assert found.outcome is Outcome.TIMED_OUT
    assert found.detail == "passes, but too slowly: hidden test 1 took 4.0 s, more than 3 s"
    assert is_slow_pass(sample("t", found.outcome, found.detail))


def test_what_never_ends_or_fails_after_a_slow_test_is_no_slow_pass() -> None:
    endless = judged(checks(2), 1, Scripted([100.0, 0.1]))
    failing = judged(checks(2), 1, Scripted([4.0, 0.1], failing=1))
    assert (endless.outcome, endless.detail) == (Outcome.TIMED_OUT, "public test 1: ")
    assert (failing.outcome, failing.detail) == (Outcome.FAILED, "hidden test 1: wrong")
    assert not is_slow_pass(sample("t", endless.outcome, endless.detail))


def test_the_first_failure_ends_the_judging() -> None:
    grader = Scripted([0.1] * 4, failing=1)
    assert judged(checks(4), 2, grader).detail == "public test 2: wrong"
    assert grader.runs == 2


def test_the_papers_table() -> None:
    slow = "passes, but too slowly: public test 1 took 4.0 s, more than 3 s"
    graded = [
        sample("APPS/interview/1", Outcome.PASSED),
        sample("APPS/interview/1", Outcome.FAILED, "public test 1: wrong", 1),
        sample("APPS/interview/1", Outcome.FAILED, "hidden test 2: wrong", 2),
        sample("APPS/interview/1", Outcome.TIMED_OUT, slow, 3),
        sample("APPS/competition/2", Outcome.ERROR, "public test 1: NameError"),
        sample("APPS/competition/2", Outcome.TIMED_OUT, "hidden test 1: more than 9 s", 1),
    ]
    found = apps_figures(graded)
    assert [passes_public(one) for one in graded] == [True, False, True, True, False, True]
    assert found["interview"]["raw@1"] == {"in_time": 0.25, "any_time": 0.5}
    assert found["interview"]["raw@5"] is None
    assert found["interview"]["filtered@1"] == {"in_time": pytest.approx(1 / 3), "any_time": pytest.approx(2 / 3)}
    assert found["interview"]["filtered@5"] == {"in_time": 1.0, "any_time": 1.0}
    assert found["competition"]["filtered@1"] == {"in_time": 0.0, "any_time": 0.0}
    assert found["all"]["tasks"] == 2
    assert found["all"]["raw@1"] == {"in_time": 0.125, "any_time": 0.25}
    _, title, competition, interview, _ = apps_table(found)
    assert title.split() == ["level", "tasks", "raw@1", "raw@5", "raw@100", "raw@1000", "filtered@1", "filtered@5"]
    assert competition.split()[:4] == ["competition", "1", "0.00", "(0.00)"]
    assert interview.split()[:4] == ["interview", "1", "25.00", "(50.00)"]


def test_keys_that_were_numbers_are_numbers_again(grader: SandboxedGrader) -> None:
    data = {"fn_name": "f", "inputs": [[{"1": "a"}]], "outputs": [{"2": "b"}]}
    row = Line(path="f", number=1, value={"id": 1, "question": "?", "input_output": json.dumps(data)})
    benchmark = read_apps([row], "apps")
    program = "def f(given):\n    return {key + 1: 'b' for key in given}\n"
    assert benchmark.judge(benchmark.tasks[0], program, grader).passed
