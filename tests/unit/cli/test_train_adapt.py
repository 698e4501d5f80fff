"""`codex-lsp train adapt` on the command line, with a tiny model."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from codex_lsp.cli.main import main
from tests.unit.decoding.tiny import gpt2, qwen3, save_checkpoint, set_config
from tests.unit.training.repositories import habitual


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_checkpoint(tmp_path_factory.mktemp("models") / "tiny", qwen3())
    set_config(folder, codex_template="codex")
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("CODEX_LSP_ENGINE_THREADS", "1")
    monkeypatch.setenv("CODEX_LSP_ENGINE_DEVICE", "cpu")
    return tmp_path


def command(repository: Path, model: Path, *more: str) -> list[str]:
    return ["train", "adapt", str(repository), "--model", str(model), "--cursors", "2", *more]


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "adapt", "--help"])
    assert ended.value.code == 0
    assert "codex-lsp train adapt ~/src/shop" in capsys.readouterr().out


def test_the_lines_for_the_settings_are_printed(home: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = habitual(home / "shop", files=5, entries=30)
    assert main(command(shop, model)) == 0
    said = capsys.readouterr()
    (adapter,) = (home / "data" / "codex-lsp" / "adapters").iterdir()
    assert adapter.name.startswith("shop-")
    assert tomllib.loads(said.out) == {"adapters": {str(shop): str(adapter)}}
    assert "bits per byte" in said.err
    assert "add this to" in said.err
    assert not (home / "config").exists()


def test_use_names_it_in_the_settings(home: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = habitual(home / "shop", files=5, entries=30)
    assert main(command(shop, model, "--use", "--json", "--out", str(home / "mine"))) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert (manifest["kept"], manifest["adapter"]) == (True, str(home / "mine"))
    file = home / "config" / "codex-lsp" / "codex-lsp.toml"
    assert tomllib.loads(file.read_text())["adapters"] == {str(shop): str(home / "mine")}


def test_bad_input_is_one_line(home: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = habitual(home / "shop", files=5, entries=30)
    few = habitual(home / "few", files=2)
    other = save_checkpoint(home / "gpt2", gpt2())
    for arguments, code, said in (
        (command(home / "missing", model), 2, "no such folder"),
        (command(few, model), 1, "too little to learn from"),
        (command(shop, home / "no-model"), 2, "no such folder"),
        (command(shop, other), 1, "none of the projections"),
        (command(shop, model, "--out", str(shop)), 2, "holds something else than an adapter"),
    ):
        assert main(arguments) == code
        last = capsys.readouterr().err.splitlines()[-1]
        assert last.startswith("codex-lsp: ")
        assert said in last
    assert not list((home / "data" / "codex-lsp" / "adapters").glob("*"))


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon"])
def test_a_budget_is_a_number_above_zero(home: Path, model: Path, seconds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(command(home, model, "--max-seconds", seconds))
    assert ended.value.code == 2


def test_a_term_signal_ends_the_learning_and_decides(home: Path, model: Path) -> None:
    # Many files, so that it would learn for long.
    shop = habitual(home / "shop", files=400, entries=60)
    arguments = [sys.executable, "-m", "codex_lsp", *command(shop, model, "--json", "--max-seconds", "9999")]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    assert process.stderr is not None
    assert any("tokens/s" in line for line in process.stderr)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert json.loads(out)["learned"]["stopped"]
    assert [path.name for path in (home / "data" / "codex-lsp" / "adapters").iterdir() if "partial" in path.name] == []


def test_an_endpoint_is_not_adapted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = home / "config" / "codex-lsp" / "codex-lsp.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[endpoint]\nurl = "http://127.0.0.1:9/v1"\n')
    shop = habitual(home / "shop", files=5, entries=30)
    assert main(["train", "adapt", str(shop)]) == 2
    assert "an endpoint, which cannot be adapted; name a local model with --model" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flag", [["--max-seconds", "inf"], ["--max-seconds", "soon"], ["--cursors", "0"], ["--seed", "-1"]]
)
def test_numbers_out_of_range_are_usage(home: Path, model: Path, flag: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(command(home, model, *flag))
    assert ended.value.code == 2
