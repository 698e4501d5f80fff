"""The import contracts of pyproject.toml hold, and what must start fast imports nothing heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "transformers", "starlette", "uvicorn")


def test_imports_go_down_only() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    "module", ["codex_lsp.cli.main", "codex_lsp.cli.serve", "codex_lsp.server.app", "codex_lsp.completion.pipeline"]
)
def test_light_modules_stay_light(module: str) -> None:
    code = f"import sys, {module}\n{module}\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_help_imports_no_heavy_part() -> None:
    code = (
        f"import sys, codex_lsp.cli.main as m\nm.parser()\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
