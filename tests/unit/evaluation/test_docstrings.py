"""Docstrings are graded by what is written from them, in the real sandbox."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.docstring_layout import STOP
from codex_lsp.evaluation.docstrings import DocstringPlan, DocstringRun, docstring_tasks
from codex_lsp.evaluation.harness_run import KIND, RunFolder
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.types import Prompt, SamplingParams
from tests.unit.evaluation.test_sampling import tasks_of


def silent(_: str) -> None:
    pass


def a_body(prompt: Prompt, _: SamplingParams) -> Sequence[str]:
    """Reads the docstring alone: twice, the even ones, or nothing that it knows."""
    if "Twice" in prompt.prefix:
        return ["    return 2 * x\n"]
    return ["    return [v for v in values if v % 2 == 0]\n" if "even ones" in prompt.prefix else "    return None\n"]


def run_in(folder: Path, tasks: Sequence[Task]) -> DocstringRun:
    for name in ("docstrings", "bodies"):
        RunFolder(path=folder / name).begin({"kind": KIND, "run": {"n": 2}})
    plan = DocstringPlan(n=2)
    return DocstringRun(
        docstrings=RunFolder(path=folder / "docstrings"),
        bodies=RunFolder(path=folder / "bodies"),
        tasks=tasks,
        plan=plan,
    )


async def test_a_docstring_is_right_where_its_body_passes(tmp_path: Path, grader: SandboxedGrader) -> None:
    tasks = tasks_of(tmp_path)
    run = run_in(tmp_path / "run", tasks)
    writer = ScriptedModel(['Twice the even number.\n"""\nand more', 'Something else.\n"""\n'])
    docstrings = await run.write(writer, silent)
    assert [request.params.stop for request in writer.requests] == [STOP] * 3
    # The function alone is shown, and never the docstring that is asked for.
    assert writer.requests[0].prompt.prefix.endswith('    return 2 * x\n\n\ndoubled.__doc__ = """\n')
    assert "Twice" not in writer.requests[0].prompt.prefix
    assert {sample.completion for sample in docstrings} == {"Twice the even number.", "Something else."}
    reader = ScriptedModel(a_body)
    bodies = await run.read(reader, docstrings, silent)
    found = run.grade(docstrings, bodies, grader, silent)
    counts = {task: at[0]["c"] for task, at in found["by_task"].items()}
    # Right for one task is wrong for the others.
    assert counts == {"own/0": 1, "own/1": 0, "own/2": 0}
    assert found["pass@1"] == pytest.approx(1 / 6)
    assert found["pass@2"] == pytest.approx(1 / 3)
    assert found["own"] == pytest.approx(2 / 3)
    again = ScriptedModel()
    assert await run.write(again, silent) == docstrings
    assert not again.requests


def test_tasks_without_docstring_or_reference_are_left_out() -> None:
    documented = Task(task_id="a", prompt='def f():\n    """One."""\n', entry_point="f", reference="    return 1\n")
    bare = Task(task_id="b", prompt="def f():\n", entry_point="f", reference="    return 1\n")
    unsolved = Task(task_id="c", prompt='def f():\n    """One."""\n', entry_point="f")
    assert [task.task_id for task in docstring_tasks([documented, bare, unsolved])] == ["a"]


def test_another_run_is_refused(tmp_path: Path) -> None:
    run_in(tmp_path, [])
    with pytest.raises(UsageError, match="holds a run with n"):
        RunFolder(path=tmp_path / "bodies").begin({"kind": KIND, "run": {"n": 3}})
