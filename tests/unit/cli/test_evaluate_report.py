"""`evaluate report` and `evaluate ranking`, on runs written by hand."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.cli.main import main
from codex_lsp.evaluation.harness_run import KIND

TASKS = [
    {
        "task_id": f"own/{number}",
        "prompt": f'def times{number}(x):\n    """Multiply.\n\n    >>> times{number}(1)\n    {number}\n    """\n',
        "entry_point": f"times{number}",
        "canonical_solution": f"    return {number} * x\n",
        "test": f"def check(candidate):\n    assert candidate(3) == {3 * number}\n",
    }
    for number in (2, 3, 4)
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "tasks.jsonl"
    path.write_text("".join(json.dumps(task) + "\n" for task in TASKS), encoding="utf-8")
    return path


def write_run(data: Path, name: str, marks: str, temperatures: tuple[float, ...] = (0.2,), **fields: Any) -> Path:
    """A run in which the first samples of each task pass, as `marks` says."""
    folder = data.parent / name
    folder.mkdir()
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    made = {"benchmark": "tasks", "data": data.name, "data_sha256": digest, "model": {"name": "m"}, **fields}
    (folder / "manifest.json").write_text(json.dumps({"kind": KIND, "date": name, "run": made}), encoding="utf-8")
    rows = [
        {
            "task_id": task["task_id"],
            "index": at + len(marks) * hot,
            "completion": task["canonical_solution"] if mark == "+" else f"    return x  # <b>{at}</b>\n",
            "temperature": temperature,
            "mean_logprob": -0.1 if mark == "+" else -0.5,
            "tokens": 9,
            "outcome": "passed" if mark == "+" else "failed",
        }
        for hot, temperature in enumerate(temperatures)
        for task in TASKS
        for at, mark in enumerate(marks)
    ]
    (folder / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def test_a_report_of_two_runs_beside_each_other(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = write_run(data, "one", "++--"), write_run(data, "other", "+---", seed=1)
    out = data.parent / "report.html"
    where = ["--data", str(data), "--out", str(out), "--json"]
    assert main(["evaluate", "report", str(one), "--compare", str(other), *where]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [run["name"] for run in found["runs"]] == ["one", "other"]
    assert found["runs"][0]["bleu"]["overlap"]["value"] == 0.0
    assert found["runs"][0]["ranking"]["curves"]["mean_logprob"][-1]["value"] == 1.0
    (comparison,) = found["comparisons"]
    assert comparison["pass@1"]["difference"]["value"] == 0.25
    # Three tasks, all the same way: of eight flips two are as far apart.
    assert (comparison["pass@1"]["p_value"], comparison["pass@1"]["is_exact"]) == (0.25, True)
    assert comparison["warnings"] == ["run.seed: nothing against 1"]
    assert found["temperatures"] == {}
    page = out.read_text(encoding="utf-8")
    assert "&lt;b&gt;2&lt;/b&gt;" in page
    assert "<b>" not in page


def test_each_temperature_of_a_run_is_a_part_of_its_own(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(data, "warm", "+-", (0.2, 0.8))
    assert main(["evaluate", "report", str(run), "--data", str(data), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [part["name"] for part in found["runs"]] == ["warm, T = 0.2", "warm, T = 0.8"]
    assert [curve["temperature"] for curve in found["temperatures"]["warm"]["curves"]] == [0.2, 0.8]


def test_runs_are_compared_at_the_temperatures_that_both_have(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = write_run(data, "one", "+-", (0.2, 0.8)), write_run(data, "other", "+-", (0.8, 1.0))
    where = ["--data", str(data), "--json"]
    assert main(["evaluate", "report", str(one), "--compare", str(other), *where]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [comparison["one"] for comparison in found["comparisons"]] == ["one, T = 0.8"]
    hot = write_run(data, "hot", "+-", (1.0, 1.2))
    assert main(["evaluate", "report", str(one), "--compare", str(hot), *where]) == 2
    assert "one and hot: no temperature in common" in capsys.readouterr().err


def test_without_the_data_everything_else_is_there(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEX_LSP_BENCHMARKS", raising=False)
    run = write_run(data, "run", "+-")
    assert main(["evaluate", "report", str(run), "--json"]) == 0
    said = capsys.readouterr()
    assert "run: without BLEU: tasks: no data" in said.err
    assert json.loads(said.out)["runs"][0]["bleu"] is None
    data.write_text(json.dumps(TASKS[0]) + "\n", encoding="utf-8")
    assert main(["evaluate", "ranking", str(run), "--data", str(data), "--inputs", "0"]) == 0
    said = capsys.readouterr()
    assert "not the data that the run was made with" in said.err
    assert "mean_logprob" in said.out
    assert "back_translation: no docstring model has read the samples" in said.out


@pytest.mark.parametrize("command", ["ranking", "report"])
def test_what_is_no_run_is_said(command: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--json"]
    assert main(["evaluate", command, str(data.parent / "missing"), *flags]) == 2
    assert "no run of the harness" in capsys.readouterr().err
    run = write_run(data, "empty", "")
    assert main(["evaluate", command, str(run), *flags]) == 2
    assert "nothing is graded yet" in capsys.readouterr().err


def test_a_report_that_goes_nowhere_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(data, "run", "+-")
    assert main(["evaluate", "report", str(run)]) == 2
    assert "--out" in capsys.readouterr().err
    assert main(["evaluate", "report", str(run), "--out", str(data.parent / "no" / "r.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("manifest", [{"kind": KIND}, {"kind": KIND, "run": []}, {"kind": KIND, "run": "x"}, [1]])
def test_a_foreign_manifest_is_no_run(data: Path, manifest: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(data, "foreign", "+")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert main(["evaluate", "report", str(folder), "--json"]) == 2
    assert "no run of the harness" in capsys.readouterr().err


def test_a_file_is_no_run(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "report", str(data), "--json"]) == 2
    assert "cannot be read (Not a directory); name another folder" in capsys.readouterr().err
