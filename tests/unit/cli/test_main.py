"""The command line as a person meets it: help, exit codes, one-line errors."""

import subprocess
import sys

import pytest

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
