"""Settings in the clients and in the reference page are those of config.py."""

import json
import subprocess
import sys
from pathlib import Path

from codex_lsp import config

ROOT = Path(__file__).resolve().parents[2]


def test_generated_files_are_in_step() -> None:
    command = [sys.executable, "scripts/generate_settings.py", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_what_a_workspace_may_not_set_is_machine_scoped_in_vscode() -> None:
    manifest = json.loads((ROOT / "vscode-client" / "package.json").read_text(encoding="utf-8"))
    properties = manifest["contributes"]["configuration"]["properties"]
    machine = {f"codex-lsp.{item.name}" for item in config.describe() if item.machine}
    assert machine == {name for name in machine if properties[name]["scope"] == "machine"}
    assert {"codex-lsp.endpoint.url", "codex-lsp.model"} <= machine
    assert properties["codex-lsp.server.command"]["scope"] == "machine"
