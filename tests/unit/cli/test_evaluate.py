"""`codex-lsp evaluate lines`: real files, the embedded model in a real process, and every input that cannot be."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.cli.evaluate.command import last_part
from codex_lsp.cli.evaluate.corpus import held_at
from codex_lsp.cli.evaluate.lines import distinct
from codex_lsp.cli.main import main
from codex_lsp.config import Settings
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.models import registry
from codex_lsp.models.scripted import ScriptedModel, everything
from codex_lsp.training.documents import Document, to_line
from codex_lsp.training.scores import read_result

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
QUICK = ("--cursors", "2", "--bytes", "600")


def test_columns_of_the_same_name_are_told_apart() -> None:
    assert distinct(["model", "model", "other", "model"]) == ["model", "model 2", "other", "model 3"]


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the person who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))


def corpus(folder: Path, **splits: list[Document]) -> Path:
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"kind": "corpus"}))
    for split, documents in splits.items():
        (folder / f"{split}-00000.jsonl").write_text("".join(map(to_line, documents)))
    return folder


def document(path: str, text: str, language: str = "python") -> Document:
    return Document(package="p", path=path, language=language, text=text)


def measured(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["evaluate", "lines", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    assert main(["evaluate", "lines", *arguments]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    last = captured.err.splitlines()[-1]
    assert last.startswith("codex-lsp: ")
    assert "Traceback" not in captured.err
    return last


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "lines", "--help"])
    assert ended.value.code == 0
    assert "--baseline-corpus corpus --json > result.json" in capsys.readouterr().out


def test_a_real_run_with_the_embedded_model(tmp_path: Path) -> None:
    learned = [document("m.py", (EXAMPLES / "cart.py").read_text()), document("n.py", "import os\n" * 30)]
    material = corpus(tmp_path / "corpus", train=learned, heldout=[document("summary.py", "x = 1\nprint(x)\n")])
    command = [sys.executable, "-m", "codex_lsp", "evaluate", "lines", str(EXAMPLES), *QUICK]
    command += ["--seed", "3", "--n", "2", "--combinations", "uniform_with_suffix", "--json"]
    command += ["--baseline-corpus", str(material), "--baseline-tokens", "400"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "embedded, uniform_with_suffix: 2 cursors" in run.stderr
    found = json.loads(run.stdout)
    assert set(found) == {
        "bits_per_byte",
        "line_exact_match",
        "line_edit_similarity",
        "by",
        "decode_ms",
        "baselines",
        "manifest",
    }
    assert 0.5 < found["bits_per_byte"] < 6
    assert 600 <= found["by"]["languages"]["python"]["bytes"] < 5000
    assert found["by"]["combinations"]["uniform_with_suffix"]["cursors"] == 2
    assert found["decode_ms"]["completion"]["p95"] > found["decode_ms"]["token"]["p50"] > 0
    assert set(found["baselines"]["kneser-ney-6-gram"]) == {*found} - {"baselines", "manifest"}
    made = found["manifest"]
    assert made["command"] == (
        "codex-lsp evaluate lines examples --cursors 2 --seed 3 --n 2 --combinations uniform_with_suffix --bytes 600 "
        "--baseline-corpus corpus --baseline-tokens 400 --json"
    )
    assert (made["model"], made["n"], made["seed"]) == ("embedded", 2, 3)
    assert {"codex-lsp", "python", "torch"} <= set(made["versions"])
    assert str(tmp_path) not in run.stdout


def scripted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Models that always say the same; gives the names of those that were opened."""
    opened: list[str] = []

    def open_model(settings: Settings, *, environment: Mapping[str, str], in_process: bool) -> ScriptedModel:
        assert in_process
        assert environment is os.environ
        opened.append(settings.model)
        return ScriptedModel(["1"], capabilities=everything(settings.model))

    monkeypatch.setattr(registry, "open_model", open_model)
    return opened


def test_a_corpus_is_measured_on_its_heldout_files_and_shown_as_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted(monkeypatch)
    held = [
        document("a.py", "value = 1\n"),
        document("b.go", "package main\n", "go"),
        document(".env", "KEY=1\n"),
        document("c.py", ""),
    ]
    folder = corpus(tmp_path / "corpus", heldout=held)
    assert held_at([folder], ()).files == (
        SourceFile(path="a.py", language="python", text="value = 1\n"),
        SourceFile(path="b.go", language="go", text="package main\n"),
    )
    result = tmp_path / "result.json"
    found = measured(capsys, str(folder), *QUICK, "--language", "go", "--combinations", "uniform_with_suffix")
    assert found["manifest"]["material"]["packages"] == ["p"]
    assert list(found["by"]["languages"]) == ["go"]
    assert list(found["by"]["combinations"]) == ["uniform_with_suffix"]
    result.write_text(json.dumps(found))
    assert read_result(result) == found
    one = ("--cursors", "1", "--combinations", "uniform_left_to_right", "--bytes", "0")
    assert main(["evaluate", "lines", str(folder), *one]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["embedded"]
    assert table[1].split() == ["bits", "per", "byte", "-"]
    assert table[2].startswith("uniform left to right: exact match")


def test_other_models_are_measured_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = scripted(monkeypatch)
    (tmp_path / "a.py").write_text("value = 1\n")
    flags = ("--cursors", "1", "--baseline-model", "/models/one", "--baseline-model", "org/two")
    found = measured(capsys, str(tmp_path / "a.py"), *flags)
    assert opened == ["/models/one", "org/two", "embedded"]
    assert list(found["baselines"]) == ["/models/one", "org/two"]
    for other in found["baselines"].values():
        assert (other["by"], other["bits_per_byte"]) == (found["by"], found["bits_per_byte"])
    assert found["manifest"]["command"].endswith("--baseline-model one --baseline-model org/two --json")


def test_a_model_that_names_no_tokenizer_has_no_ngram_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted(monkeypatch)
    folder = corpus(tmp_path / "corpus", **{split: [document("a.py", "value = 1\n")] for split in ("train", "heldout")})
    flags = ("--cursors", "1", "--baseline-corpus", str(folder))
    assert "names no tokenizer" in refused(capsys, str(folder), *flags)


@pytest.mark.parametrize(
    ("files", "arguments", "said"),
    [
        ({}, ["nowhere.py"], "nowhere.py: does not exist"),
        ({"folder/data.json": b"{}"}, ["folder"], "no source text"),
        ({"raw.py": b"\x00\x01"}, ["raw.py"], "raw.py: is a binary file"),
        ({"empty.py": b""}, ["empty.py"], "no source text"),
        ({"a.py": b"# only a comment\n"}, ["a.py"], "no line of code"),
        ({"a.py": b"x = 1\n"}, ["a.py", "--cursors", "0"], "--cursors 0"),
        ({"a.py": b"x = 1\n"}, ["a.py", "--cursors", "-3"], "--cursors -3"),
        ({"a.py": b"x = 1\n"}, ["a.py", "--bytes", "-1"], "--bytes -1"),
        ({"a.py": b"x = 1\n"}, ["a.py", "--n", "0"], "completion.n"),
        ({"a.py": b"x = 1\n"}, ["a.py", "--combinations", "uniform"], "no `uniform`"),
        ({"a.py": b"x = 1\n"}, ["a.py", "--language", "go"], "--language go"),
        ({"a.py": b"x = 1\n"}, ["a.py", "--model", "./nowhere"], "nowhere"),
        ({"a.py": b"x = 1\n"}, ["a.py", "--baseline-model", "./nowhere"], "nowhere"),
        ({"a.py": b"x = 1\n"}, ["a.py", "--baseline-tokens", "0", "--baseline-corpus", "c"], "--baseline-tokens 0"),
    ],
)
def test_what_cannot_be_is_one_line(
    files: dict[str, bytes],
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert said in refused(capsys, *arguments)


def test_a_model_that_is_named_is_meant_whatever_endpoint_the_settings_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "config" / "codex-lsp" / "codex-lsp.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[endpoint]\nurl = "http://127.0.0.1:9/v1"\n')
    (tmp_path / "a.py").write_text("x = 1\n")
    assert "nowhere" in refused(capsys, str(tmp_path / "a.py"), "--model", "./nowhere")


def test_corpora_that_cannot_be_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "a.py"
    source.write_text("x = 1\n")
    nothing_held = corpus(tmp_path / "learned", train=[document("a.py", "x = 1\n")])
    assert "no heldout shards" in refused(capsys, str(nothing_held), code=1)
    nothing_learned = corpus(tmp_path / "held", heldout=[document("a.py", "x = 1\n")])
    assert "no train shards" in refused(capsys, str(source), "--baseline-corpus", str(nothing_learned), code=1)
    assert "corpus folder" in refused(capsys, str(source), "--baseline-corpus", str(tmp_path), code=1)
    (nothing_learned / "heldout-00000.jsonl").write_text('{"path": \n')
    assert "line 1: not a document" in refused(capsys, str(nothing_learned), code=1)


def test_places_on_a_machine_are_told_by_their_last_part() -> None:
    assert last_part("./model") == "model"
    assert last_part("a/b/c") == "c"
    assert last_part("org/name") == "org/name"


def test_a_result_goes_into_the_card_of_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads((ROOT / "codex_lsp" / "weights" / "manifest.json").read_text())
    export = tmp_path / "export"
    export.mkdir()
    (export / "manifest.json").write_text(json.dumps(manifest))
    result = tmp_path / "result.json"
    times = {"p50": 1.0, "p95": 2.0}
    found = {
        "bits_per_byte": 1.5,
        "by": {"combinations": {}, "languages": {}},
        "decode_ms": {"first_token": times, "token": times, "completion": times},
        "baselines": {},
        "manifest": {
            "kind": "lines",
            "command": "codex-lsp evaluate lines corpus --json",
            "date": "2030-01-02T03:04:05+00:00",
            "versions": {"codex-lsp": "9"},
            "similarity": "s",
            "window_characters": 4096,
            "n": 4,
            "cursors": 300,
            "material": {"files": 12, "packages": []},
        },
    }
    result.write_text(json.dumps(found))
    assert main(["evaluate", "card", str(export), str(result)]) == 0
    assert "| bits per byte | 1.500 |" in (export / "README.md").read_text()
    assert json.loads((export / "manifest.json").read_text())["evaluation"] == found
    capsys.readouterr()
    assert main(["evaluate", "card", str(tmp_path), str(result)]) == 1
    assert main(["evaluate", "card", str(export), str(export / "manifest.json")]) == 1
    assert "no result of line completion" in capsys.readouterr().err
