"""`codex-lsp evaluate replay`: real files, the embedded model in a real process, and every input that cannot be."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.cli.evaluate.replay_run import opening
from codex_lsp.cli.main import main
from codex_lsp.completion.pipeline import CompletionRequest
from codex_lsp.config import CompletionSettings, Settings
from codex_lsp.models import registry
from codex_lsp.models.scripted import ScriptedModel, everything
from codex_lsp.types import CursorContext, Trigger

PUBLIC = {
    "saved_ratio",
    "line_exact_match",
    "line_edit_similarity",
    "shown",
    "accepted",
    "p50_ms",
    "p95_ms",
    "model_calls_ratio",
    "reuse_share",
}
TEXT = "import os\n\n\ndef size(path: str) -> int:\n    return os.stat(path).st_size\n"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the person who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "size.py").write_text(TEXT)
    (folder / "other.py").write_text("value = 1\nprint(value)\n")
    return folder


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """A model that always says the same; gives the settings it was opened with."""
    opened: list[Settings] = []

    def open_model(settings: Settings, *, environment: Mapping[str, str], in_process: bool) -> ScriptedModel:
        assert environment is os.environ
        opened.append(settings)
        # Only in real time a model is asked as editors ask it.
        return ScriptedModel(["return 1"], capabilities=everything("in process" if in_process else "engine"))

    monkeypatch.setattr(registry, "open_model", open_model)
    monkeypatch.setattr("codex_lsp.cli.evaluate.replay_run.open_model", open_model)
    return opened


def measured(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["evaluate", "replay", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_two_real_runs_of_one_seed_give_the_same_bytes(source: Path) -> None:
    command = [sys.executable, "-m", "codex_lsp", "evaluate", "replay", str(source), "--lines", "2", "--seed", "4"]
    command += ["--compare", "completion.n=2", "--ranking", "2", "--json"]
    first, again = (subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    found = json.loads(first.stdout)
    assert set(found) > PUBLIC
    assert (found["p50_ms"], found["p95_ms"]) == (None, None)
    assert found["generations"] > 0
    assert found["comparisons"][0]["setting"] == "completion.n=2"
    assert found["ranking"]["cursors"] == 2
    made = found["manifest"]
    assert (made["kind"], made["model"], made["seed"]) == ("replay", "embedded", 4)
    assert made["command"] == (
        "codex-lsp evaluate replay project --seed 4 --files 24 --lines 2 --compare completion.n=2 --ranking 2 --json"
    )
    assert made["pace"]["step_ms"] > 0
    assert made["typist"]["median_gap_ms"] == 180.0
    assert made["settings"]["completion"]["n"] == 4
    assert str(source.parent) not in first.stdout


def test_settings_are_changed_by_their_names(
    source: Path, scripted: list[Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    found = measured(
        capsys,
        str(source),
        "--with-setting",
        "completion.n=3",
        "--without",
        "enabled",
        "--keys",
        "10",
        "--takes",
        "lines",
    )
    assert (scripted[0].completion.n, scripted[0].enabled) == (3, False)
    assert (found["shown"], found["generations"], found["files"]) == (0, 0, 1)
    assert found["manifest"]["reader"]["takes"] == "lines"


def test_tables_and_pictures(
    source: Path, scripted: list[Settings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "a" / "out"
    flags = ["--latencies", "0,200", "--compare", "completion.n=1", "--ranking", "3", "--output", str(output)]
    assert main(["evaluate", "replay", str(source), "--whole-files", "--wrong-look-share", "1", *flags]) == 0
    assert len(scripted) == 1
    shown = capsys.readouterr().out
    for title in ("keys saved, of all characters", "threshold", "added ms", "completion.n=1", "line exact match, n ="):
        assert title in shown
    pictures = {"precision.svg", "latency.svg", "latency-keys.svg", "ranking.svg"}
    assert {path.name for path in output.iterdir()} == {"replay.json", *pictures}
    assert json.loads((output / "replay.json").read_text())["latencies"][1]["added_ms"] == 200


def test_without_what_draws_nothing_is_measured_for_a_picture(
    source: Path, scripted: list[Settings], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def not_found(_name: str) -> None:
        return None

    monkeypatch.setattr(importlib.util, "find_spec", not_found)
    assert main(["evaluate", "replay", str(source), "--output", str(source.parent / "out")]) == 1
    assert capsys.readouterr().err == "codex-lsp: a plot needs matplotlib; run: pip install 'codex-lsp[plot]'\n"
    assert scripted == []


@pytest.mark.usefixtures("scripted")
def test_real_time_asks_as_editors_do(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(capsys, str(source), "--real-time", "--gap-ms", "3", "--with-setting", "completion.debounce_ms=0")
    assert found["manifest"]["model"] == "engine"
    assert found["manifest"]["pace"] is None
    assert found["shown"] > 0
    assert found["p50_ms"] >= 0


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--files", "0"), "--files 0: too few"),
        (("--lines", "0"), "--lines 0: too few"),
        (("--keys", "0"), "--keys 0: too few"),
        (("--ranking", "-1"), "--ranking -1: too few"),
        (("--gap-ms", "nan"), "--gap-ms nan: give 1 to 60000"),
        (("--wrong-look-share", "2"), "--wrong-look-share 2: give 0 to 1"),
        (("--pace", "1,2"), "--pace 1,2: give three numbers"),
        (("--pace", "1,x,2"), "--pace 1,x,2: give milliseconds"),
        (("--latencies", "-1"), "--latencies -1: give milliseconds"),
        (("--latencies", "inf"), "--latencies inf: give milliseconds"),
        (("--compare", "completion.m=1"), "`completion.m`: unknown setting; did you mean `completion.n`?"),
        (("--compare", "completion.n"), "completion.n: no value; give NAME=VALUE"),
        (("--compare", "engine.threads=1"), "is decided when the model is opened"),
        (("--without", "completion.n"), "`completion.n`: expected int"),
        (("--real-time", "--latencies", "1"), "--real-time types once"),
        (("--language", "go"), "--language go: no such file"),
    ],
)
def test_what_cannot_be_is_refused(
    source: Path, flags: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "replay", str(source), *flags]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err.splitlines()[-1]


@pytest.mark.usefixtures("scripted")
def test_an_output_that_cannot_be_written_is_told(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "replay", str(source), "--output", str(source / "size.py")]) == 2
    assert "cannot be written" in capsys.readouterr().err.splitlines()[-1]


def test_comments_alone_are_nothing_to_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("# nothing\n")
    assert main(["evaluate", "replay", str(tmp_path / "a.py")]) == 2
    assert "no line of code to type" in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["evaluate", "replay", "--help"])
    assert "--latencies 0,100,400" in capsys.readouterr().out


@pytest.mark.parametrize("remembers", [True, False])
async def test_the_memory_of_a_replay_is_the_folder_without_the_file_that_is_typed(
    tmp_path: Path,
    remembers: bool,  # noqa: FBT001
) -> None:
    for name in ("typed.py", "other.py", "private.py"):
        (tmp_path / name).write_text(f"def open_{name[:-3]}(): pass\n")
    model = ScriptedModel(["1"], capabilities=replace(everything("scripted"), remembers=True))
    settings = Settings(completion=CompletionSettings(memory=remembers), exclude=("private.py",))
    pipeline = opening(0)(model, settings, tmp_path)
    uri = (tmp_path / "typed.py").as_uri()
    context = CursorContext(uri=uri, path="typed.py", language="python", prefix="open_", suffix="")
    pipeline.document_changed(uri, "open_")
    request = CompletionRequest(context=context, version=0, trigger=Trigger.INVOKED, method="complete")
    await pipeline.complete(request)
    await pipeline.close()
    memory = model.requests[0].params.memory
    texts = [] if memory is None else [text.text for text in memory.texts]
    assert texts == (["def open_other(): pass\n"] if remembers else [])
