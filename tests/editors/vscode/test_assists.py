"""Assists in a real VS Code: chosen from the light bulb, previewed, applied, saved, and held against the file."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.peer import serving_peer
from tests.editors.assisted import ANSWER, SOLVED, TESTED
from tests.editors.vscode import code_server as vscode

IMAGES = vscode.ROOT / "docs" / "images"
RUN_TIMEOUT_S = 120


def picture(name: str, tmp_path: Path) -> str:
    """The images in the documentation are renewed on demand only."""
    renews = os.environ.get("CODEX_LSP_UPDATE_SCREENSHOTS") == "1"
    return str((IMAGES if renews else tmp_path) / name)


def project(tmp_path: Path, name: str, text: str) -> Path:
    folder = tmp_path / "sums"
    (folder / "tests").mkdir(parents=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def passes(folder: Path) -> str:
    """What pytest says of the tests of a project."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=RUN_TIMEOUT_S, check=False
    )
    assert run.returncode == 0, run.stdout
    return run.stdout


def test_generated_tests_are_previewed_applied_and_pass(extension: Path, tmp_path: Path) -> None:
    path = project(tmp_path, "clamping.py", TESTED)
    written = path.parent / "tests" / "test_clamping.py"
    with vscode.code_server(tmp_path, extension, vscode.codex_lsp_command()) as editor:
        editor.drive(
            editor.url(path, line=1, column=6),
            [
                {"do": "status", "text": "Codex LSP: ready"},
                {"do": "action", "title": "Generate tests for clamp"},
                {"do": "preview", "name": "tests/test_clamping.py", "text": "from clamping"},
                {"do": "screenshot", "path": picture("vscode-generate-tests.png", tmp_path)},
                {"do": "answer", "text": "Apply"},
                {"do": "tab", "name": "test_clamping.py"},
                {"do": "save"},
                {"do": "recorded", "path": str(written), "pattern": "def test_"},
            ],
        )
    assert "from clamping import clamp" in written.read_text(encoding="utf-8")
    assert "passed" in passes(path.parent)
    assert path.read_text(encoding="utf-8") == TESTED


async def test_a_solution_is_previewed_applied_and_passes(
    extension: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project(tmp_path, "totals.py", SOLVED)
    async with serving_peer() as peer:
        peer.rows = [
            ("    return numbers\n", -0.1),
            (f"    {ANSWER}\n", -0.4),
        ]
        monkeypatch.setenv("CODEX_LSP_ENDPOINT_URL", peer.url)
        with vscode.code_server(tmp_path, extension, vscode.codex_lsp_command()) as editor:
            await asyncio.to_thread(
                editor.drive,
                editor.url(path, line=7, column=5),
                [
                    {"do": "status", "text": "Codex LSP: ready"},
                    {"do": "command", "title": "Codex LSP: Solve with Tests"},
                    {"do": "preview", "name": "totals.py", "text": "sum(numbers"},
                    {"do": "screenshot", "path": picture("vscode-solve.png", tmp_path)},
                    {"do": "answer", "text": "Apply"},
                    {"do": "save"},
                    {"do": "recorded", "path": str(path), "pattern": "sum.numbers"},
                ],
            )
    saved = path.read_text(encoding="utf-8")
    assert saved == SOLVED.replace("raise NotImplementedError", ANSWER)


async def test_what_is_discarded_changes_nothing_and_an_explanation_is_a_page(
    extension: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project(tmp_path, "totals.py", SOLVED)
    async with serving_peer() as peer:
        peer.rows = [("    return numbers and [1, 3, 6]\n", -0.1)]
        monkeypatch.setenv("CODEX_LSP_ENDPOINT_URL", peer.url)
        with vscode.code_server(tmp_path, extension, vscode.codex_lsp_command()) as editor:
            await asyncio.to_thread(
                editor.drive,
                editor.url(path, line=1, column=6),
                [
                    {"do": "status", "text": "Codex LSP: ready"},
                    {"do": "action", "title": "Solve running_total with tests"},
                    {"do": "preview", "name": "totals.py", "text": "numbers and"},
                    {"do": "answer", "text": "Discard"},
                    {"do": "action", "title": "Explain running_total"},
                    {"do": "visible", "selector": ".tab", "text": "Preview explain-totals-1.md"},
                ],
            )
    assert path.read_text(encoding="utf-8") == SOLVED
