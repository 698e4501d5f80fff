import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from codex_lsp.cli.main import main
from codex_lsp.cli.train.step import training_extra
from codex_lsp.training.problem import write_problems
from tests.unit.training.exercises import FAMILIES, PROBLEMS
from tests.unit.training.packages import add_distribution, stdlib_package

CODEX = ("--preset", "tiny", "--no-compile", "--threads", "1")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for name in ("email", "json", "logging", "unittest"):
        add_distribution(folder, f"{name}-x", stdlib_package(name), "License-Expression: MIT")
    add_distribution(folder, "held2", stdlib_package("importlib"), "License-Expression: MIT")
    return folder


@pytest.mark.parametrize("step", [[], ["corpus"], ["tokenizer"], ["codex"], ["problems"], ["codex-s"], ["codex-d"]])
def test_help_shows_an_example(step: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", *step, "--help"])
    assert ended.value.code == 0
    assert "example" in capsys.readouterr().out


def build(site: Path, out: Path) -> None:
    names = ["email-x", "json-x", "logging-x", "unittest-x", "held2"]
    corpus = ["--site-packages", str(site), "--heldout-share", "0.3", "--distributions", *names]
    assert main(["train", "corpus", "--out", str(out / "corpus"), *corpus]) == 0
    tokenizer = ["--corpus", str(out / "corpus"), "--vocabulary-size", "512"]
    assert main(["train", "tokenizer", "--out", str(out / "tokenizer"), *tokenizer]) == 0


def codex(out: Path, *more: str) -> list[str]:
    folders = ["--corpus", str(out / "corpus"), "--tokenizer", str(out / "tokenizer"), "--out", str(out / "run")]
    return ["train", "codex", *folders, *CODEX, *more]


def test_corpus_tokenizer_codex_and_export(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(site, tmp_path)
    model = str(tmp_path / "model")
    capsys.readouterr()
    assert main(codex(tmp_path, "--max-tokens", "1024", "--export", model, "--heldout-cursors", "2", "--json")) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["outcome"]["finished"]
    assert "tokens/s" in said.err
    assert json.loads((tmp_path / "model" / "manifest.json").read_text())["evaluation"]["manifest"]["cursors"] == 2


@pytest.mark.parametrize("member", ["codex-s", "codex-d"])
def test_a_member_of_the_family_learns_from_problems(
    member: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_problems(tmp_path / "problems.jsonl", PROBLEMS)
    run, model = tmp_path / "run", tmp_path / "model"
    command = ["train", member, "--problems", str(tmp_path), "--out", str(run), "--threads", "1"]
    assert main([*command, "--max-tokens", "1", "--export", str(model), "--json"]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert (manifest["outcome"]["finished"], manifest["outcome"]["step"]) == (True, 1)
    assert f"fine-tuned ({member})" in (model / "README.md").read_text()
    # What is held out are tasks for `evaluate tasks`.
    assert {json.loads(line)["family"] for line in (run / "heldout.jsonl").read_text().splitlines()} < set(FAMILIES)
    assert main([*command, "--mix", "0.5"]) == 2
    assert "--corpus" in capsys.readouterr().err
    assert main([*command, "--export-only"]) == 2
    assert main(["train", member, "--problems", str(tmp_path / "absent"), "--out", str(tmp_path / "other")]) == 1
    assert "absent: cannot be read" in capsys.readouterr().err


def test_a_term_signal_ends_a_run_with_a_checkpoint(site: Path, tmp_path: Path) -> None:
    build(site, tmp_path)
    command = [sys.executable, "-m", "codex_lsp", *codex(tmp_path, "--max-tokens", "100000000")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            if "tokens/s" in line:
                process.send_signal(signal.SIGTERM)
                break
        rest = process.stderr.read()
    assert process.wait() == 0, rest
    assert "run the same command to continue" in rest
    assert list((tmp_path / "run").glob("checkpoint-*"))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["corpus", "--site-packages", "/nowhere/at/all", "--distributions", "x"], 1, "no such folder"),
        (["tokenizer", "--corpus", "/nowhere/at/all"], 1, "/nowhere/at/all"),
        (["codex", "--corpus", "/nowhere", "--tokenizer", "/nowhere"], 1, "codex-lsp train corpus"),
        (["codex", "--corpus", "/tmp", "--tokenizer", "/nowhere"], 1, "codex-lsp train tokenizer"),
        (["codex", "--corpus", "/nowhere", "--tokenizer", "/nowhere", "--export-only"], 2, "--export"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *arguments, "--out", str(tmp_path / "out")]) == code
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_fault_of_ours_is_no_missing_extra() -> None:
    with pytest.raises(ImportError, match="nothing"), training_extra():
        from codex_lsp.training.problem import nothing  # type: ignore[attr-defined]  # noqa: F401
