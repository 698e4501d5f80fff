"""Solving measured: a scripted model, the real sandbox, and hidden tests that a body which passes may fail."""

from pathlib import Path
from typing import Any

import pytest

from codex_lsp.evaluation.remembered_model import RememberedModel
from codex_lsp.evaluation.solve_figures import figures_of_solve
from codex_lsp.evaluation.solve_study import SolveStudy
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow
from codex_lsp.types import Prompt, SamplingParams
from tests.benches import bench_of

DOUBLE = 'def double(n: int) -> int:\n    """Twice n.\n{}    """\n'
CHECK = "def check(candidate):\n    assert candidate(5) == 10\n"
ROWS = (
    ScriptedRow.of("    return 4\n", -0.1),
    ScriptedRow.of("    return n + 2\n", -0.9),
    ScriptedRow.of("    return n * 2\n", -0.8),
    ScriptedRow.of("    return n + n\n", -0.7),
)


def task(examples: str) -> Task:
    return Task(task_id="T/0", prompt=DOUBLE.format(examples), entry_point="double", test=CHECK)


async def rows(folder: Path, sandbox: Sandbox, *tasks: Task) -> list[dict[str, Any]]:
    with SandboxedGrader(2, sandbox=sandbox) as grader:
        study = SolveStudy(
            model=ScriptedModel(ROWS), bench=bench_of(None, sandbox, budget=4), grader=grader, work=folder / "work"
        )
        return [await study.row(each) for each in tasks]


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """One that the sandbox's user may look into."""
    tmp_path.chmod(0o755)
    return tmp_path


async def test_what_is_offered_stands_beside_the_choices_that_need_no_run(open_folder: Path, sandbox: Sandbox) -> None:
    weak, agreed, refused = await rows(
        open_folder, sandbox, task("    >>> double(2)\n    4\n"), task(""), Task(task_id="T/1", prompt="x = 1\n")
    )
    # The greedy sample and the likeliest passes the example, and is wrong; another one was right.
    assert (weak["oracle"], weak["passes"], weak["right"]) == (True, True, False)
    assert (weak["greedy"], weak["mean_logprob"], weak["samples"], weak["right_samples"]) == (False, False, 4, 2)
    # By what they do, the two that are right are the larger group.
    assert (agreed["oracle"], agreed["passes"], agreed["right"]) == (False, False, True)
    assert "in no function" in refused["refused"]
    assert (refused["right"], refused["samples"], refused["greedy"]) == (None, 0, False)

    found = figures_of_solve([weak, agreed, refused])
    assert [found["all"][name]["hits"] for name in ("offered", "solved", "any", "greedy")] == [2, 1, 2, 0]
    assert found["with_oracle"]["right_of_offered"]["value"] == 0.0
    assert found["without_oracle"]["tasks"] == 2
    assert found["wrong"] == ["T/0"]
    assert found["refused"][0]["task_id"] == "T/1"


def test_of_nothing_there_is_no_share() -> None:
    found = figures_of_solve([])
    assert found["all"]["solved"] == {"hits": 0, "of": 0, "value": None, "interval": None}
    assert found["p50_s"] is None


async def test_what_was_asked_to_its_end_is_not_asked_again() -> None:
    scripted = ScriptedModel(("a", "b"))
    model = RememberedModel(scripted)
    prompt, params = Prompt(header=None, prefix="x = "), SamplingParams(n=2)
    left = model.sample(prompt, params)
    await anext(left)
    await left.aclose()
    first = [delta async for delta in model.sample(prompt, params)]
    assert [delta async for delta in model.sample(prompt, params)] == first
    assert len(scripted.requests) == 2
