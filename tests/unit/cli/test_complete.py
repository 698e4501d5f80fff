"""`codex-lsp complete`: real files, a scripted model, and every input that cannot be."""

import asyncio
import json
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.cli import project
from codex_lsp.cli.complete import MAX_FILE_BYTES, context_at
from codex_lsp.cli.main import main
from codex_lsp.config import Settings
from codex_lsp.errors import DocumentError, ModelUnavailable
from codex_lsp.models import registry
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow
from codex_lsp.types import Capabilities

ROWS = (
    ScriptedRow.of("a + b", -0.5),
    ScriptedRow.of("a - b\n\n\ndef g(", -2.0),
    ScriptedRow.of("a  +  b", -3.0),
    ScriptedRow.of("\n", -0.1),
)


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the person who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    return opened(ScriptedModel(ROWS), monkeypatch)


def opened(model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    def open_model(settings: Settings, *, environment: Mapping[str, str], in_process: bool) -> ScriptedModel:
        assert in_process
        assert environment is os.environ
        assert isinstance(settings, Settings)
        return model

    monkeypatch.setattr(registry, "open_model", open_model)
    return model


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "src" / "add.py"
    path.parent.mkdir()
    path.write_text("def add(a, b):\n    return \n", encoding="utf-8")
    return path


def completed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["complete", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["complete", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    return captured.err


@pytest.mark.usefixtures("model")
def test_json_is_ranked_distinct_and_not_blank(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = completed(capsys, f"{file}:2:12")
    assert sorted(report) == ["candidates", "latency_ms", "model"]
    assert report["model"] == "scripted"
    assert report["latency_ms"] > 0
    assert report["candidates"] == [
        {"text": "a + b", "mean_logprob": -0.5, "finish_reason": "stop", "marks": []},
        {"text": "a - b", "mean_logprob": -2.0, "finish_reason": "stop", "marks": []},
    ]


def test_the_model_is_asked_at_the_place(file: Path, model: ScriptedModel, capsys: pytest.CaptureFixture[str]) -> None:
    completed(capsys, "src/add.py:2:5", "--n", "2", "--seed", "11")
    request = model.requests[0]
    assert request.prompt.header is not None
    assert (request.prompt.header.path, request.prompt.header.language) == ("src/add.py", "python")
    assert (request.prompt.prefix, request.prompt.suffix) == ("def add(a, b):\n    ", "return \n")
    assert (request.params.n, request.params.seed) == (2, 11)
    assert model.closed
    assert file.exists()


@pytest.mark.usefixtures("model")
def test_trace_is_enough_to_compute_the_mean_again(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = completed(capsys, f"{file}:2:12", "--trace")
    assert report["prompt_token_ids"] is None
    assert report["seed"] == 0
    for candidate in report["candidates"]:
        begins = [0, *(token["end"] for token in candidate["tokens"][:-1])]
        counted = [
            token["logprob"]
            for begin, token in zip(begins, candidate["tokens"], strict=True)
            if begin < candidate["kept"]
        ]
        assert sum(counted) / len(counted) == candidate["mean_logprob"]
        assert len(candidate["text"]) == candidate["kept"]


def test_prompt_token_ids_of_a_model_that_tells(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Telling(ScriptedModel):
        async def prompt_token_ids(self, prompt: object) -> tuple[int, ...]:
            assert prompt is self.requests[0].prompt
            return (1, 2, 3)

    opened(Telling(ROWS), monkeypatch)
    assert completed(capsys, f"{file}:2:12", "--trace")["prompt_token_ids"] == [1, 2, 3]


@pytest.mark.usefixtures("model")
def test_people_see_the_winner_marked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["complete", f"{file}:2:12"]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "* 1. mean log-probability -0.500",
        "     | a + b",
        "  2. mean log-probability -2.000",
        "     | a - b",
    ]
    assert captured.err.splitlines()[1].startswith("scripted, ")


def test_unknown_log_probabilities(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(ScriptedModel([ScriptedRow.of("a", None)]), monkeypatch)
    assert main(["complete", f"{file}:2:12"]) == 0
    assert capsys.readouterr().out.startswith("* 1. mean log-probability unknown\n")


def test_nothing_to_suggest(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    opened(ScriptedModel(["\n"]), monkeypatch)
    assert main(["complete", f"{file}:2:12"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "loading the model\nnothing to suggest here\n")


def test_a_failing_model_is_one_line_and_exit_1(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(ScriptedModel(ROWS, failure=ModelUnavailable("scripted: gone; start it")), monkeypatch)
    assert main(["complete", f"{file}:2:12"]) == 1
    assert capsys.readouterr().err == "loading the model\ncodex-lsp: scripted: gone; start it\n"


def test_loading_shows(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Loading(ScriptedModel):
        async def health(self) -> Health:
            self.told.set()
            return Health(state=HealthState.LOADING, percent=40, detail="weights")

        async def capabilities(self) -> Capabilities:
            if not hasattr(self, "told"):
                self.told = asyncio.Event()
                await self.told.wait()
            return await super().capabilities()

    monkeypatch.setattr("codex_lsp.cli.complete._PROGRESS_AFTER_S", 0.0)
    opened(Loading(ROWS), monkeypatch)
    assert main(["complete", f"{file}:2:12"]) == 0
    assert "loading the model: 40 % weights\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("src/add.py", "FILE:LINE:COL"),
        ("src/add.py:2", "FILE:LINE:COL"),
        ("src/add.py:two:1", "FILE:LINE:COL"),
        ("src/add.py:2:²", "FILE:LINE:COL"),
        ("src/add.py:2:" + "9" * 5000, "FILE:LINE:COL"),
        (":2:1", "FILE:LINE:COL"),
        ("src/add.py:0:1", "count from 1"),
        ("src/add.py:1:0", "count from 1"),
        ("src/add.py:4:1", "src/add.py: has 3 lines, not 4"),
        ("src/add.py:2:13", "src/add.py: line 2 has no column 13; give a column from 1 to 12"),
        ("no/such.py:1:1", "no/such.py: cannot be read"),
        ("no\0such.py:1:1", "cannot be read"),
        ("src:1:1", "src: is a folder"),
        ("/dev/null:1:1", "/dev/null: is no ordinary file"),
    ],
)
@pytest.mark.usefixtures("file")
def test_no_such_place(place: str, named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert named in refused(capsys, place)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\x7fELF\0\0", "is a binary file"),
        (b"caf\xe9", "is not UTF-8 (byte 3)"),
        (b"x" * (MAX_FILE_BYTES + 1), "larger than 5 MB"),
    ],
)
def test_no_text(data: bytes, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "data.py"
    path.write_bytes(data)
    assert f"{path}: {named}" in refused(capsys, f"{path}:1:1")


@pytest.mark.parametrize("n", ["0", "1000", "-1", "many"])
def test_wrong_n(n: str, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert n in refused(capsys, f"{file}:1:1", f"--n={n}")


@pytest.mark.usefixtures("model")
def test_a_wrong_setting_elsewhere_is_told_and_the_rest_applies(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEX_LSP_COMPLETION_TOP_P", "7")
    assert main(["complete", f"{file}:2:12"]) == 0
    assert "completion.top_p" in capsys.readouterr().err


def test_a_place_is_split_at_the_last_two_colons(tmp_path: Path) -> None:
    path = tmp_path / "od:d:7.py"
    path.write_text("é😋 = 1\n", encoding="utf-8-sig")
    context = context_at(f"{path}:1:3")
    assert (context.prefix, context.suffix) == ("é😋", " = 1\n")
    assert context.path == "od:d:7.py"


def test_the_end_of_a_file_and_odd_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "odd.py"
    path.write_bytes(b"a\x0cb\r\nc")
    assert context_at(f"{path}:1:4").prefix == "a\x0cb"
    assert context_at(f"{path}:2:2").suffix == ""
    with pytest.raises(DocumentError):
        context_at(f"{path}:3:1")


def test_progress_shows_before_a_model_is_opened(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []

    def open_model(settings: Settings, *, environment: Mapping[str, str], in_process: bool) -> ScriptedModel:
        del settings, environment, in_process
        shown.append(capsys.readouterr().err)
        return ScriptedModel(ROWS)

    monkeypatch.setattr(registry, "open_model", open_model)
    assert main(["complete", f"{file}:2:12"]) == 0
    assert shown == ["loading the model\n"]


def test_slower_rows_are_waited_for(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[Settings] = []

    def open_model(settings: Settings, *, environment: Mapping[str, str], in_process: bool) -> ScriptedModel:
        del environment, in_process
        seen.append(settings)
        return ScriptedModel(ROWS)

    monkeypatch.setattr(registry, "open_model", open_model)
    assert len(completed(capsys, f"{file}:2:12")["candidates"]) == 2
    assert seen[0].completion.late_row_ms == seen[0].completion.timeout_ms


@pytest.mark.parametrize(
    ("name", "setting", "reason"),
    [
        (".env", ("CODEX_LSP_MODEL", "embedded"), "excluded file"),
        ("a.py", ("CODEX_LSP_ENABLED", "false"), "disabled"),
    ],
)
def test_a_held_place_says_why_and_loads_nothing(
    name: str,
    setting: tuple[str, str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def open_model(*_: object, **__: object) -> ScriptedModel:
        raise AssertionError("no model is needed")

    monkeypatch.setattr(registry, "open_model", open_model)
    monkeypatch.setenv(*setting)
    path = tmp_path / name
    path.write_text("x = 1\n", encoding="utf-8")
    assert main(["complete", f"{path}:1:5", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"model": "embedded", "latency_ms": 0.0, "candidates": []}
    assert captured.err == f"nothing to suggest here: {reason}\n"


def test_reading_the_project_is_no_part_of_the_latency(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read: list[object] = []
    model = ScriptedModel(ROWS)
    remembering = replace(asyncio.run(model.capabilities()), snippets=False, remembers=True)

    def open_model(*_: object, **__: object) -> ScriptedModel:
        return ScriptedModel(ROWS, capabilities=remembering)

    def index_of(*_: object, **__: object) -> None:
        read.append(None)

    monkeypatch.setattr(registry, "open_model", open_model)
    monkeypatch.setattr(project, "index_of", index_of)
    # A clock that runs only while files are read.
    monkeypatch.setattr(time, "perf_counter", lambda: float(len(read)))
    report = completed(capsys, f"{file}:2:12")
    assert len(read) == 1
    assert report["latency_ms"] == 0.0
