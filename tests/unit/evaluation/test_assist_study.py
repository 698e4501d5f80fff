"""Generated tests measured on references: figures, false alarms, and a run that goes on."""

import json
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.assist_run import RESULTS, AssistRun
from codex_lsp.evaluation.assist_study import figures_of_tests, measured_row
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.sandbox import Sandbox
from tests.benches import bench_of

MANIFEST = {"kind": "assists tests", "run": {"data_sha256": "1"}}
TASK = Task(
    task_id="T/0", prompt='def half(n):\n    """half(4) == 3"""\n', reference="    return n / 2\n", entry_point="half"
)
HELD = Task(task_id="T/1", prompt="", reference="", entry_point="gone")


def row(**given: Any) -> dict[str, Any]:
    return {"task_id": "T/9", "seconds": 1.0, "tests": 1, "alarms": [], **given}


def test_figures_tell_false_alarms_from_examples_that_are_wrong() -> None:
    wrong = "`median([-10, 4, 6, 1000, 10, 20])` should be 15.0; it is 8.0"
    rows = [
        row(mutants=4.0, mutants_killed=3.0, branches=1.0),
        row(
            mutants=6.0,
            mutants_killed=3.0,
            branches=None,
            seconds=3.0,
            task_id="HumanEval/47",
            alarms=[wrong, "`f(1)`"],
        ),
        row(tests=0, seconds=9.0, refused="no"),
    ]
    found = figures_of_tests(rows)
    assert (found["with_test"], found["tests"]) == (2 / 3, 2)
    assert (found["mutants_killed"], found["mutants_killed_share"], found["branches"]) == (6, 0.6, 1.0)
    assert (found["false_alarms"], found["wrong_examples"]) == (1, 1)
    assert (found["p50_s"], found["p95_s"]) == (3.0, 9.0)
    assert found["without_test"] == [{"task_id": "T/9", "why": "no"}]
    assert figures_of_tests([])["with_test"] is None


@pytest.fixture
def begun(tmp_path: Path) -> AssistRun:
    """A run that has measured one task."""
    tmp_path.chmod(0o755)
    study = AssistRun(folder=tmp_path / "run", manifest=MANIFEST)
    study.begin()
    (study.folder / RESULTS).write_text(json.dumps(row(task_id="T/1")) + "\n")
    return study


async def test_a_run_goes_on_where_it_was_ended(tmp_path: Path, sandbox: Sandbox, begun: AssistRun) -> None:
    told: list[str] = []
    work, bench = tmp_path / "work", bench_of(None, sandbox)
    held, measured = await begun.measure((HELD, TASK), lambda task: measured_row(task, work, bench), told.append)
    assert held["task_id"] == "T/1"
    assert measured["alarms"] == ["`half(4)` should be 3; it is 2.0"]
    assert measured["tests"] >= 1
    assert "functions: 1 of 2 were there" in told[0]
    for other in ({**MANIFEST, "run": {}}, {**MANIFEST, "kind": "assists solve"}):
        with pytest.raises(UsageError, match="holds another run"):
            AssistRun(folder=tmp_path / "run", manifest=other).begin()
