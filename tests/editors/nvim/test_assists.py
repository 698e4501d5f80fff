"""Assists in a real Neovim: asked for, shown as a difference first, applied or discarded, saved."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.peer import Peer, serving_peer
from tests.editors.assisted import ANSWER, SOLVED, TESTED
from tests.editors.nvim import install
from tests.editors.nvim.conftest import ROOT, OpenFile
from tests.editors.nvim.session import Session, as_lua, init_lua, write_config
from tests.editors.nvim.terminal import Terminal, picture
from tests.editors.nvim.test_ghost_text import terminal

__all__ = ["terminal"]

IMAGES = ROOT / "docs" / "images"
RUN_TIMEOUT_S = 120
OFFERED = """_G.offered = function(title)
  local params = vim.lsp.util.make_range_params(0, 'utf-8')
  params.context = { diagnostics = {} }
  for _, answer in pairs(vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 5000) or {}) do
    for _, action in ipairs(answer.result or {}) do
      if action.title == title then return true end
    end
  end
end""".replace("\n", " ")
PREVIEW = "vim.bo.filetype == 'diff'"
CHOOSE = "vim.lsp.buf.code_action({{ apply = true, filter = function(a) return a.title == {title} end }})"


@pytest.fixture
def options(options: dict[str, Any]) -> dict[str, Any]:
    """A person who trusts what they work on."""
    return options | {"trusted": True}


@pytest.fixture
async def peer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Peer]:
    """A model that answers wrongly first."""
    async with serving_peer() as serving:
        serving.rows = [("    return numbers\n", -0.1), (f"    {ANSWER}\n", -0.4)]
        monkeypatch.setenv("CODEX_LSP_ENDPOINT_URL", serving.url)
        yield serving


def choose(session: Session, title: str) -> None:
    """Choose an action, once the model has told what it is and the action is offered."""
    session.lua(f"(function() {OFFERED} end)()")
    session.wait_for(f"_G.offered({as_lua(title)})")
    session.type(f":lua {CHOOSE.format(title=as_lua(title))}<CR>")


@pytest.mark.parametrize("release", [install.CURRENT, install.OLD], ids=["current", "old"])
@pytest.mark.usefixtures("peer")
async def test_a_solution_is_shown_first_and_applied_by_a_key(
    open_file: OpenFile, workspace: Path, options: dict[str, Any], release: install.Release
) -> None:
    path = workspace / "totals.py"
    path.write_text(SOLVED)

    def drive() -> str:
        session = open_file("totals.py", options, release=release)
        session.wait_attached()
        choose(session, "Solve running_total with tests")
        session.wait_for(PREVIEW)
        shown = "\n".join(session.lines())
        session.type("a")
        session.wait_for(f"vim.fn.getline(7):find({as_lua(ANSWER)}, 1, true)")
        session.save()
        return shown

    shown = await asyncio.to_thread(drive)
    assert "# Solve running_total: Passes 1 example" in shown
    assert "-    raise NotImplementedError" in shown
    assert f"+    {ANSWER}" in shown
    assert path.read_text() == SOLVED.replace("raise NotImplementedError", ANSWER)


@pytest.mark.usefixtures("peer")
async def test_what_is_discarded_or_has_moved_on_changes_nothing(
    open_file: OpenFile, workspace: Path, options: dict[str, Any]
) -> None:
    (workspace / "totals.py").write_text(SOLVED)

    def drive() -> list[str]:
        session = open_file("totals.py", options)
        session.wait_attached()
        for leave in ("q", ":close<CR>"):
            session.type(":CodexLsp assist solve<CR>")
            session.wait_for(PREVIEW)
            session.type(leave)
            session.wait_for("vim.bo.filetype == 'python'")
        session.type(":CodexLsp assist solve<CR>")
        session.wait_for(PREVIEW)
        session.lua("vim.fn.setbufline('totals.py', 1, 'def other():')")
        session.type("a")
        session.wait_for("vim.fn.execute('messages'):find('has changed meanwhile', 1, true)")
        return session.lines()

    lines = await asyncio.to_thread(drive)
    assert lines == ["def other():", *SOLVED.split("\n")[1:-1]]


async def test_an_assist_can_be_cancelled(
    open_file: OpenFile, workspace: Path, options: dict[str, Any], peer: Peer
) -> None:
    (workspace / "totals.py").write_text(SOLVED)
    peer.released.clear()
    session = await asyncio.to_thread(open_file, "totals.py", options)
    await asyncio.to_thread(session.wait_attached)
    await asyncio.to_thread(session.type, ":CodexLsp assist solve<CR>")
    await peer.asked()
    await asyncio.to_thread(session.type, ":CodexLsp cancel<CR>")
    await peer.left()
    assert "totals" not in await asyncio.to_thread(session.messages)


@pytest.mark.usefixtures("peer")
async def test_a_solution_as_it_is_seen(
    terminal: Terminal, home: Path, workspace: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    (workspace / "totals.py").write_text(SOLVED)

    def drive() -> None:
        session = in_terminal(terminal, home, workspace, options, "totals.py")
        terminal.type(":CodexLsp assist solve")
        terminal.press("Enter")
        session.wait_for(PREVIEW)
        terminal.wait_for("a applies, q discards")
        save_picture(terminal.screen(colours=True), tmp_path, "neovim-solve.png")

    await asyncio.to_thread(drive)
    assert f"+    {ANSWER}" in terminal.screen()


def in_terminal(terminal: Terminal, home: Path, workspace: Path, options: dict[str, Any], name: str) -> Session:
    """Neovim with a file and its server, in a terminal."""
    session = Session(binary=install.nvim(), socket=home / "nvim.sock")
    environment = write_config(home, init_lua(options, before="vim.opt.number = true"))
    environment |= {"COLORTERM": "truecolor", "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    terminal.start([str(session.binary), "-n", "--listen", str(session.socket), name], environment, workspace)
    terminal.wait_for("def ")
    session.wait_until_it_answers()
    session.wait_attached()
    return session


def test_generated_tests_are_shown_first_and_pass(
    terminal: Terminal, home: Path, workspace: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    path = workspace / "clamping.py"
    path.write_text(TESTED)
    (workspace / "tests").mkdir()
    session = in_terminal(terminal, home, workspace, options, "clamping.py")

    terminal.type(":CodexLsp assist tests")
    terminal.press("Enter")
    session.wait_for(PREVIEW)
    terminal.wait_for("a applies, q discards, r shows the report")
    save_picture(terminal.screen(colours=True), tmp_path, "neovim-generate-tests.png")
    terminal.type("r")
    session.wait_for("vim.bo.filetype == 'markdown'")
    assert "# Tests of `clamp`" in session.lines()
    terminal.type(":quit")
    terminal.press("Enter")
    session.wait_for(PREVIEW)
    terminal.type("a")
    session.wait_for("vim.fn.bufname('%'):find('test_clamping.py', 1, true)")
    terminal.type(":wall")
    terminal.press("Enter")
    session.wait_for("not vim.bo.modified")

    written = workspace / "tests" / "test_clamping.py"
    assert "from clamping import clamp" in written.read_text()
    assert path.read_text() == TESTED
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(written)]
    run = subprocess.run(
        command,
        cwd=workspace,
        env=os.environ | {"PYTHONPATH": str(workspace)},
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_an_explanation_is_opened_and_the_command_completes_its_words(
    open_file: OpenFile, workspace: Path, options: dict[str, Any]
) -> None:
    (workspace / "clamping.py").write_text(TESTED)
    session = open_file("clamping.py", options)
    session.wait_attached()
    assert session.lua("vim.fn.getcompletion('CodexLsp ', 'cmdline')") == ["assist", "cancel"]
    assert session.lua("vim.fn.getcompletion('CodexLsp assist t', 'cmdline')") == ["tests", "translate"]
    session.type(":CodexLsp assist explain<CR>")
    session.wait_for("vim.bo.filetype == 'markdown'")
    assert "clamp" in "\n".join(session.lines())
    assert len(session.lua("vim.api.nvim_tabpage_list_wins(0)")) == 2
    session.type(":CodexLsp nothing<CR>")
    session.wait_for("vim.fn.execute('messages'):find(':CodexLsp assist', 1, true)")


def save_picture(screen: str, tmp_path: Path, name: str) -> None:
    """A picture of the screen: into the documentation when asked to, where a browser can draw it."""
    update = os.environ.get("CODEX_LSP_UPDATE_SCREENSHOTS") == "1"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium is not None or not update, "CODEX_LSP_UPDATE_SCREENSHOTS needs chromium on PATH"
    if chromium is None:
        return
    drawn = tmp_path / name
    picture(screen, Path(chromium), drawn)
    assert drawn.read_bytes().startswith(b"\x89PNG")
    if update:
        shutil.copyfile(drawn, IMAGES / name)
