"""The main job in a real VS Code: type, see ghost text of the embedded model, accept it with Tab, save, compare."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from tests.e2e.peer import serving_peer
from tests.editors.figures import wait_for_figures
from tests.editors.pictured import INDENT, TYPED, unfinished_cart
from tests.editors.vscode import code_server as vscode

SCREENSHOT = vscode.ROOT / "docs" / "images" / "vscode-ghost-text.png"


def screenshot_path(tmp_path: Path) -> Path:
    """The image in the documentation is renewed on demand only."""
    if os.environ.get("CODEX_LSP_UPDATE_SCREENSHOTS") == "1":
        SCREENSHOT.parent.mkdir(parents=True, exist_ok=True)
        return SCREENSHOT
    return tmp_path / SCREENSHOT.name


def test_ghost_text_is_what_tab_puts_into_the_file(extension: Path, workspace: Path, tmp_path: Path) -> None:
    path = workspace / "cart.py"
    lines = unfinished_cart(workspace)
    path.write_text("\n".join(lines), encoding="utf-8")
    number = lines.index(INDENT)
    sent = tmp_path / "sent.rpc"
    with vscode.code_server(tmp_path, extension, vscode.recorded(vscode.codex_lsp_command(), sent)) as editor:
        (shown,) = editor.drive(
            editor.url(path, line=number + 1, column=len(INDENT) + 1),
            [
                {"do": "status", "text": "Codex LSP: ready"},
                {"do": "type", "text": TYPED},
                {"do": "ghost", "line": INDENT + TYPED},
                {"do": "screenshot", "path": str(screenshot_path(tmp_path))},
                {"do": "accept"},
                # The server is told, and asked for what comes next without another key.
                {"do": "recorded", "path": str(sent), "pattern": "codex-lsp.accepted.*textDocument/inlineCompletion"},
                {"do": "save"},
            ],
        )
    assert shown["inserted"].strip()
    assert shown["line"].startswith(INDENT + TYPED)
    accepted = [shown["line"], *shown["below"]]
    assert path.read_text(encoding="utf-8").split("\n") == [*lines[:number], *accepted, *lines[number + 1 :]]


def test_inside_a_pair_of_brackets_the_file_gets_exactly_what_was_shown(
    extension: Path, workspace: Path, tmp_path: Path
) -> None:
    path = workspace / "cart.py"
    lines = path.read_text(encoding="utf-8").split("\n")
    number = lines.index("        self.items.append()")
    with vscode.code_server(tmp_path, extension, vscode.codex_lsp_command()) as editor:
        (shown,) = editor.drive(
            editor.url(path, line=number + 1, column=1),
            [
                {"do": "status", "text": "Codex LSP: ready"},
                {"do": "press", "key": "End"},
                {"do": "press", "key": "Enter"},
                # The editor indents the new line and closes the bracket by itself.
                {"do": "type", "text": "self.items.append("},
                {"do": "ghost", "line": "        self.items.append("},
                {"do": "accept"},
                {"do": "save"},
            ],
        )
    assert shown["inserted"].strip()
    accepted = [shown["line"], *shown["below"]]
    assert path.read_text(encoding="utf-8").split("\n") == [*lines[: number + 1], *accepted, *lines[number + 1 :]]
    # The bracket that the editor closed is there once: neither doubled nor eaten.
    assert "".join(accepted).count("(") == "".join(accepted).count(")")


async def test_what_is_accepted_word_by_word_and_whole_is_counted(
    extension: Path, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workspace / "summary.py"
    lines = path.read_text(encoding="utf-8").split("\n")
    async with serving_peer() as peer:
        peer.rows = [("eval(first) + second", -0.1)]
        monkeypatch.setenv("CODEX_LSP_ENDPOINT_URL", peer.url)
        with vscode.code_server(tmp_path, extension, vscode.codex_lsp_command()) as editor:
            await asyncio.to_thread(
                editor.drive,
                editor.url(path, line=len(lines) - 1, column=5),
                [
                    {"do": "status", "text": "Codex LSP: ready"},
                    {"do": "type", "text": "return "},
                    {"do": "ghost", "line": "    return "},
                    *[
                        step
                        for part in ("eval", "eval(", "eval(first", "eval(first) ")
                        for step in (
                            {"do": "press", "key": "Control+ArrowRight"},
                            {"do": "ghost", "line": f"    return {part}"},
                        )
                    ],
                    # What was taken so far is marked.
                    {"do": "visible", "selector": ".squiggly-warning", "text": ""},
                    {"do": "accept"},
                    {"do": "save"},
                ],
            )
            found = await asyncio.to_thread(wait_for_figures, tmp_path / "share", lambda found: found["accepted"] == 1)
    assert "    return eval(first) + second" in path.read_text(encoding="utf-8")
    assert found["partly_accepted"] == 0
    assert found["partly_accepted_characters"] == len("eval(first)")
    # The blank between them came alone, as a key's does.
    assert found["accepted_characters"] == len("+ second")


def test_a_missing_server_is_one_message_with_the_mend(extension: Path, workspace: Path, tmp_path: Path) -> None:
    with vscode.code_server(tmp_path, extension, ["no-such-codex-lsp"]) as editor:
        (message,) = editor.drive(
            editor.url(workspace / "cart.py", line=1, column=1),
            [
                {"do": "notification", "text": "Codex LSP"},
                {"do": "status", "text": "`no-such-codex-lsp` was not found on PATH"},
                {
                    "do": "clickUntil",
                    "selector": ".statusbar-item[aria-label*='Codex LSP'] a",
                    "visible": ".part.panel .view-line",
                    "text": "was not found on PATH",
                },
                {"do": "click", "selector": ".notification-toast a.monaco-button", "text": "Open Setting"},
                {"do": "visible", "selector": ".settings-editor .setting-item-label", "text": "Command"},
            ],
        )
    assert 'pip install "codex-lsp[local,assist]"' in message


def test_settings_and_the_api_key_reach_the_server(extension: Path, workspace: Path, tmp_path: Path) -> None:
    sent = tmp_path / "sent.rpc"
    key = "key-of-nobody-0123"
    # A repository may tune completion; where text is sent and what is run are not its to say.
    repository_settings = {
        "codex-lsp.completion.n": 2,
        "codex-lsp.endpoint.url": "http://127.0.0.1:9/v1",
        "codex-lsp.model": "/not/ours",
        "codex-lsp.server.command": ["/not/ours"],
    }
    repository_file = workspace / ".vscode" / "settings.json"
    with vscode.code_server(tmp_path, extension, vscode.recorded(vscode.codex_lsp_command(), sent)) as editor:
        editor.drive(
            editor.url(workspace / "cart.py", line=1, column=1),
            [
                {"do": "status", "text": "Codex LSP: ready"},
                {"do": "recorded", "path": str(sent), "pattern": r'"initializationOptions":\{"settings":\{\},'},
                {"do": "write", "path": str(repository_file), "text": json.dumps(repository_settings)},
                {"do": "recorded", "path": str(sent), "pattern": r'didChangeConfiguration.*\{"completion.n":2\}'},
                {"do": "command", "title": "Codex LSP: Set API Key"},
                {"do": "visible", "selector": ".quick-input-widget", "text": "API key of the endpoint"},
                {"do": "type", "text": key},
                {"do": "press", "key": "Enter"},
                # The key is in the environment of a server that was started anew, with the settings of now.
                {"do": "recorded", "path": str(sent), "pattern": key + r'.*"settings":\{"completion.n":2\},'},
                {"do": "status", "text": "Codex LSP: ready"},
            ],
        )
        assert sent.read_text(encoding="utf-8").count(key) == 1
        assert "/not/ours" not in sent.read_text(encoding="utf-8")
        assert key not in editor.extension_log()
