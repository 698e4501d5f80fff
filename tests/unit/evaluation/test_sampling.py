"""Sampling as the paper does it: what a model is asked, what comes of its rows, and that a resumed run is the same."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.config import EngineSettings
from codex_lsp.errors import ModelRefused, UsageError
from codex_lsp.evaluation.benchmark_data import read_benchmark
from codex_lsp.evaluation.formats import HUMANEVAL, INFILLING
from codex_lsp.evaluation.harness_run import SAMPLES, RunFolder
from codex_lsp.evaluation.humaneval import STOP
from codex_lsp.evaluation.samples_file import Sample
from codex_lsp.evaluation.sampling import SamplingPlan, batches, sampled, seed_of
from codex_lsp.evaluation.task import Task
from codex_lsp.models.local import LocalModel
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow, everything
from codex_lsp.types import Priority, Prompt
from tests.unit.evaluation.own_rows import HUMANEVAL_ROWS, INFILLING_ROWS

WEIGHTS = Path(__file__).resolve().parents[3] / "codex_lsp" / "weights"


def tasks_of(folder: Path, *, infilling: bool = False) -> list[Task]:
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in (INFILLING_ROWS if infilling else HUMANEVAL_ROWS)))
    return list(read_benchmark(INFILLING if infilling else HUMANEVAL, "all", path, "data").benchmark.tasks)


async def drawn(
    model: ScriptedModel | LocalModel, tasks: list[Task], plan: SamplingPlan, known: set[tuple[str, int]] | None = None
) -> list[Sample]:
    found: list[Sample] = []
    await sampled(model, batches(tasks, plan), plan, known or set(), found.append)
    return found


async def test_the_request_is_the_papers(tmp_path: Path) -> None:
    model = ScriptedModel(["    return x\n\nprint(1)"])
    tasks = tasks_of(tmp_path)
    [first, *_] = await drawn(model, tasks, SamplingPlan(n=1, temperatures=(0.2,)))
    params = model.requests[0].params
    assert (params.top_p, params.temperature, params.stop, params.max_tokens) == (0.95, 0.2, STOP, 300)
    assert params.priority is Priority.BACKGROUND
    # The dataset's own prompt, with the line end that it ends in, and nothing before it.
    assert model.requests[0].prompt == Prompt(header=None, prefix=HUMANEVAL_ROWS[0]["prompt"])
    assert (first.completion, first.finish_reason) == ("    return x\n", "stop")


async def test_what_a_row_comes_to(tmp_path: Path) -> None:
    rows = [ScriptedRow(pieces=("    return", " x"), logprobs=(-1.0, -3.0)), ScriptedRow(pieces=())]
    plan = SamplingPlan(n=2, temperatures=(0.8,), max_tokens=2)
    found = sorted(await drawn(ScriptedModel(rows), tasks_of(tmp_path)[:1], plan), key=lambda sample: sample.index)
    assert [(each.completion, each.tokens, each.mean_logprob) for each in found] == [
        ("    return x", 2, -2.0),
        ("", 0, None),
    ]
    assert [each.finish_reason for each in found] == ["length", "stop"]


async def test_samples_are_numbered_on_over_temperatures_in_batches(tmp_path: Path) -> None:
    model = ScriptedModel(["    pass"])
    plan = SamplingPlan(n=5, temperatures=(0.0, 0.2, 0.8), batch=2)
    found = await drawn(model, tasks_of(tmp_path)[:1], plan)
    assert sorted(each.index for each in found) == list(range(plan.samples_per_task)) == list(range(11))
    # At temperature 0 all rows are equal, so that there is one.
    assert [request.params.n for request in model.requests] == [1, 2, 2, 1, 2, 2, 1]
    assert len({request.params.seed for request in model.requests}) == 7


async def test_gaps_are_filled_to_the_models_own_end(tmp_path: Path) -> None:
    tasks = tasks_of(tmp_path, infilling=True)
    model = ScriptedModel(["\ndef"])
    assert [each.completion for each in await drawn(model, tasks, SamplingPlan(n=1, temperatures=(0.2,)))] == [
        "\ndef",
        "\ndef",
        "",
    ]
    assert model.requests[0].prompt.suffix == INFILLING_ROWS[0]["suffix"]
    # Who does not fill in goes on after the prefix, and needs a stop.
    blind = ScriptedModel(["\ndef"], capabilities=everything("blind", fim=False))
    assert (await drawn(blind, tasks[:1], SamplingPlan(n=1, temperatures=(0.2,))))[0].completion == ""


async def test_a_refusal_names_the_task(tmp_path: Path) -> None:
    model = ScriptedModel(["x"], failure=ModelRefused("the prompt is too long"))
    with pytest.raises(ModelRefused, match=r"own/0: the prompt is too long"):
        await drawn(model, tasks_of(tmp_path), SamplingPlan(n=1, temperatures=(0.2,)))


def test_seeds_follow_from_task_and_place() -> None:
    assert seed_of(0, "t/1", 3) == seed_of(0, "t/1", 3)
    assert len({seed_of(0, "t/1", 3), seed_of(1, "t/1", 3), seed_of(0, "t/2", 3), seed_of(0, "t/1", 4)}) == 4


async def test_requests_at_once_draw_the_same(tmp_path: Path) -> None:
    tasks, plan = tasks_of(tmp_path), SamplingPlan(n=3, temperatures=(0.2, 0.8), batch=2)
    running = 0
    both = asyncio.Event()

    async def until_another_runs(_: int) -> None:
        nonlocal running
        running += 1
        if running > 1:
            both.set()
        await both.wait()

    found: list[Sample] = []
    model = ScriptedModel(["    pass"], before_step=until_another_runs)
    await sampled(model, batches(tasks, plan), plan, set(), found.append, at_once=2)
    assert sorted(each.key for each in found) == sorted(
        each.key for each in await drawn(ScriptedModel(["x"]), tasks, plan)
    )


@pytest.fixture
async def embedded() -> AsyncIterator[LocalModel]:
    model = LocalModel("embedded", WEIGHTS, EngineSettings(threads=1))
    yield model
    await model.close()


async def test_an_interrupted_run_ends_as_an_uninterrupted_one(embedded: LocalModel, tmp_path: Path) -> None:
    tasks = tasks_of(tmp_path)[:2]
    plan = SamplingPlan(n=4, temperatures=(0.2, 0.8), max_tokens=12, batch=3)
    manifest = {"kind": "harness", "run": {"n": 4}}
    whole = RunFolder(path=tmp_path / "whole")
    whole.begin(manifest)
    samples = await whole.sample(embedded, tasks, plan, lambda _: None)
    assert len(samples) == 16
    assert len({sample.completion for sample in samples}) > 4
    # Killed while a line was written, at several places of a batch.
    lines = (whole.path / SAMPLES).read_bytes().splitlines(keepends=True)
    for kept in (0, 1, 4, 11):
        resumed = RunFolder(path=tmp_path / f"resumed-{kept}")
        resumed.begin(manifest)
        (resumed.path / SAMPLES).write_bytes(b"".join(lines[:kept]) + lines[kept][:-7])
        await resumed.sample(embedded, tasks, plan, lambda _: None)
        assert (resumed.path / SAMPLES).read_bytes() == b"".join(lines)


def test_a_folder_holds_one_run(tmp_path: Path) -> None:
    folder = RunFolder(path=tmp_path / "run")
    manifest = {"kind": "harness", "run": {"benchmark": "humaneval", "sampling": {"n": 4}}}
    folder.begin(manifest)
    folder.begin({**manifest, "date": "later"})
    with pytest.raises(UsageError, match=r"holds a run with sampling.n = 4, not 5; name another folder with --out"):
        folder.begin({"kind": "harness", "run": {"benchmark": "humaneval", "sampling": {"n": 5}}})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("")
    with pytest.raises(UsageError, match="not empty"):
        RunFolder(path=tmp_path / "other").begin(manifest)
    (folder.path / "manifest.json").write_text("{")
    with pytest.raises(UsageError, match="damaged"):
        folder.begin(manifest)
    with pytest.raises(UsageError, match="cannot be written"):
        RunFolder(path=Path("/proc/run")).begin(manifest)


def test_plans_differ_where_they_differ() -> None:
    plan = SamplingPlan(n=2, temperatures=(0.0, 0.8))
    assert (plan.samples_per_task, replace(plan, n=5).samples_per_task) == (3, 6)
