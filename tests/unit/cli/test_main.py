"""The command line as a person meets it: help, exit codes, one-line errors."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import codex_lsp as package
from codex_lsp import __version__
from codex_lsp.cli.main import COMMANDS


def codex_lsp(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "codex_lsp", *arguments], capture_output=True, text=True, check=False)


def test_version() -> None:
    assert codex_lsp("--version").stdout == f"codex-lsp {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    run = codex_lsp(command, "--help")
    assert run.returncode == 0
    assert f"codex-lsp {command}" in run.stdout.split("example", 1)[1]


def test_an_unknown_command_is_a_usage_error() -> None:
    run = codex_lsp("compleet")
    assert run.returncode == 2
    assert "compleet" in run.stderr


def test_a_known_failure_is_one_line_and_exit_2() -> None:
    run = codex_lsp("complete", "no/such/file.py:1:1")
    assert run.returncode == 2
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1
    assert run.stderr.startswith("codex-lsp: no/such/file.py")


def test_a_truncated_checkpoint_is_one_line_and_exit_2(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(Path(package.__file__).parent / "weights", folder)
    weights = next(folder.glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    source = tmp_path / "a.py"
    source.write_text("x = 1\n", encoding="utf-8")
    run = codex_lsp("complete", f"{source}:1:1", "--model", str(folder))
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith(f"codex-lsp: {folder}: {weights.name} is truncated")
    assert "Traceback" not in run.stderr
