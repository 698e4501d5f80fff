"""`codex-lsp evaluate docstrings`: two models of ours, a real sandbox, and bad input."""

import json
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.cli.main import main
from codex_lsp.models import registry
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.types import Prompt, SamplingParams
from tests.unit.evaluation.own_rows import HUMANEVAL_ROWS


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings, data and runs of the person who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("CODEX_LSP_BENCHMARKS", raising=False)
    monkeypatch.chdir(tmp_path)


def answer(prompt: Prompt, _: SamplingParams) -> list[str]:
    """The same docstring for every function, and one body for every docstring."""
    return ['Twice the number.\n"""\n' if "__doc__" in prompt.prefix else "    return 2 * x\n"]


def command(path: Path, rows: list[dict[str, Any]], *more: str) -> list[str]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    models = ["--docstring-model", "org/d", "--model", "org/s"]
    return ["evaluate", "docstrings", *models, "--data", str(path), "--n", "2", "--out", "run", *more]


@pytest.mark.usefixtures("sandbox")
def test_a_run_tells_what_made_it_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    models: list[ScriptedModel] = []

    def opened(*_: object, **__: object) -> ScriptedModel:
        models.append(ScriptedModel(answer))
        return models[-1]

    monkeypatch.setattr(registry, "open_model", opened)
    rows = [dict(row) for row in HUMANEVAL_ROWS]
    assert main(command(tmp_path / "tasks.jsonl", rows, "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["tasks"], found["samples"], found["pass@1"]) == (3, 6, pytest.approx(1 / 3))
    made = found["manifest"]
    assert made["command"] == (
        "codex-lsp evaluate docstrings --docstring-model org/d --model org/s --data tasks.jsonl --n 2 "
        "--max-tokens 300 --seed 0 --json"
    )
    assert (made["run"]["docstring_model"]["name"], made["run"]["model"]["name"]) == ("org/d", "org/s")
    assert json.loads((tmp_path / "run" / "bodies" / "figures.json").read_text()) == found
    asked = sum(len(model.requests) for model in models)
    assert main(command(tmp_path / "tasks.jsonl", rows)) == 0
    assert "pass@2      33.33%" in capsys.readouterr().out
    assert all(model.closed for model in models)
    assert sum(len(model.requests) for model in models) == asked


def test_tasks_without_docstrings_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = {**HUMANEVAL_ROWS[0], "prompt": f"def {HUMANEVAL_ROWS[0]['entry_point']}(x):\n"}
    assert main(command(tmp_path / "bare.jsonl", [bare])) == 2
    assert "bare.jsonl: no task has both a docstring and a reference" in capsys.readouterr().err.splitlines()[-1]
