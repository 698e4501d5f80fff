"""The measurement of what a model is strong enough for: judged by running, with a scripted model; one real one."""

import os
import shutil

import pytest

from codex_lsp.assist.kind import AssistKind
from codex_lsp.config import Settings
from codex_lsp.evaluation.assist_capability import MEASURED, capability_tasks, is_right, measure_capability
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.registry import open_model
from codex_lsp.models.scripted import ScriptedModel
from tests.benches import bench_of


def test_ten_tasks_of_each_kind_that_a_model_is_needed_for() -> None:
    tasks = capability_tasks()
    assert [sum(task.kind is kind for task in tasks) for kind in MEASURED] == [10] * len(MEASURED)
    assert all(compile(task.source, task.name, "exec") for task in tasks)
    assert all(task.says for task in tasks if task.kind is AssistKind.EXPLAIN)


def test_explanations_are_judged_by_what_they_must_and_must_not_say() -> None:
    task = next(task for task in capability_tasks([AssistKind.EXPLAIN]) if task.name == "largest")
    assert is_right("Gives the LARGEST number.", task)
    assert not is_right("Gives a number.", task)
    assert not is_right("Gives the largest or smallest number.", task)
    assert not is_right("", task)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
async def test_shares_are_of_tasks_that_were_done(sandbox: Sandbox) -> None:
    tasks = [
        task for task in capability_tasks() if task.name in ("double", "evens", "clamp") and task.kind != "docstring"
    ]
    told: list[str] = []
    model = ScriptedModel(("    return x * 2\n", "  return Math.max(low, Math.min(value, high));\n"))
    figures = await measure_capability(tasks, bench_of(model, sandbox), seed=0, tell=told.append)
    report = figures.report()
    assert report["shares"] == {"explain": 0.0, "translate": 0.0, "solve": 0.5}
    assert [entry["done"] for entry in report["tasks"]] == [False, False, True, False]
    assert len(told) == len(tasks)


async def test_a_real_model(sandbox: Sandbox) -> None:
    model = open_model(Settings(model="embedded-s"), environment=os.environ, in_process=True)
    tasks = [task for task in capability_tasks([AssistKind.SOLVE]) if task.name == "double"]
    try:
        figures = await measure_capability(tasks, bench_of(model, sandbox), seed=0, tell=lambda _: None)
    finally:
        await model.close()
    assert figures.shares == {"solve": 1.0}
