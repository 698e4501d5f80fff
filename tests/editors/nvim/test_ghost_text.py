"""Ghost text in a real Neovim: type, see it, accept it, save, and compare the file with what was shown."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.editors.figures import wait_for_figures
from tests.editors.nvim import install
from tests.editors.nvim.conftest import ROOT, OpenFile
from tests.editors.nvim.session import Ghost, Session, as_lua, init_lua, write_config
from tests.editors.nvim.terminal import Terminal, picture
from tests.editors.pictured import INDENT, TYPED, unfinished_cart

# Neither the search nor the bracket under the cursor is to colour the ghost text in the picture.
PLAIN_LOOK = "vim.opt.number = true; vim.opt.hlsearch = false; vim.g.loaded_matchparen = 1"
PICTURE = ROOT / "docs" / "images" / "neovim-ghost-text.png"


def assert_holds_what_was_shown(before: list[str], ghost: Ghost, saved: str) -> None:
    """The saved file is the text before it with the ghost text at its place.

    Ghost text may take the place of what follows it on the line (a closing bracket), and of nothing else.
    """
    line = before[ghost.row]
    head = "\n".join([*before[: ghost.row], line[: ghost.col] + ghost.text])
    assert saved.startswith(head)
    rest, *following = saved.removeprefix(head).removesuffix("\n").split("\n")
    assert line[ghost.col :].endswith(rest)
    assert following == before[ghost.row + 1 :]


@pytest.mark.parametrize(
    ("name", "keys", "line"),
    [
        ("cart.py", "/item. for<CR>f.s.", "        return sum(item. for item in self.items)"),
        ("summary.py", "GAre", "    re"),
    ],
    ids=["middle of a line", "body of a function"],
)
def test_typed_seen_accepted_and_saved(
    open_file: OpenFile, workspace: Path, options: dict[str, Any], name: str, keys: str, line: str
) -> None:
    session = open_file(name, options)
    session.wait_attached()
    session.type(keys)
    ghost = session.wait_ghost()
    before = session.lines()
    assert before[ghost.row] == line
    assert ghost.text

    session.type("<Tab>")
    session.wait_for(f"vim.fn.getline({ghost.row + 1}) ~= {as_lua(before[ghost.row])}")
    session.save()
    assert_holds_what_was_shown(before, ghost, (workspace / name).read_text())


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    install.nvim()
    terminal = Terminal(tmux=install.tmux(), socket=home / "tmux.sock")
    yield terminal
    terminal.end()


def test_seen_and_accepted_in_a_terminal(
    terminal: Terminal, home: Path, workspace: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    path = workspace / "cart.py"
    lines = unfinished_cart(workspace)
    path.write_text("\n".join(lines), encoding="utf-8")
    session = Session(binary=install.nvim(), socket=home / "nvim.sock")
    environment = write_config(home, init_lua(options, before=PLAIN_LOOK))
    environment |= {"COLORTERM": "truecolor", "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    terminal.start([str(session.binary), "-n", "--listen", str(session.socket), "cart.py"], environment, workspace)
    terminal.wait_for("@dataclass")
    session.wait_until_it_answers()
    session.wait_attached()

    terminal.type(f"{lines.index(INDENT) + 1}GA{TYPED}")
    ghost = session.wait_ghost()
    before = session.lines()
    shown = (before[ghost.row][: ghost.col] + ghost.text).split("\n")
    for line in shown:
        terminal.wait_for(line.rstrip())
    save_picture(terminal.screen(colours=True), tmp_path)

    terminal.press("Tab")
    session.wait_for(f"vim.fn.getline({ghost.row + 1}) ~= {as_lua(before[ghost.row])}")
    terminal.press("Escape")
    terminal.wait_for(shown[-1].rstrip())
    terminal.type(":write")
    terminal.press("Enter")
    session.wait_for("not vim.bo.modified")
    assert_holds_what_was_shown(before, ghost, path.read_text(encoding="utf-8"))


def save_picture(screen: str, tmp_path: Path) -> None:
    """A picture of the screen: into the documentation when asked to, where a browser can draw it."""
    update = os.environ.get("CODEX_LSP_UPDATE_SCREENSHOTS") == "1"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium is not None or not update, "CODEX_LSP_UPDATE_SCREENSHOTS needs chromium on PATH"
    if chromium is None:
        return
    drawn = tmp_path / PICTURE.name
    picture(screen, Path(chromium), drawn)
    assert drawn.read_bytes().startswith(b"\x89PNG")
    if update:
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(drawn, PICTURE)


def test_typing_on_into_ghost_text_and_accepting_at_once(
    open_file: OpenFile, workspace: Path, options: dict[str, Any]
) -> None:
    session = open_file("summary.py", options)
    session.wait_attached()
    session.type("GAre")
    ghost = session.wait_ghost()
    before = session.lines()
    first = ghost.text[0].replace("<", "<lt>")
    session.type(f"{first}<Tab>")
    line = before[ghost.row]
    expected = (line[: ghost.col] + ghost.text).split("\n")
    session.wait_for(f"vim.startswith(vim.fn.getline({ghost.row + 1}), {as_lua(expected[0])})")
    session.save()
    assert_holds_what_was_shown(before, ghost, (workspace / "summary.py").read_text())


def test_what_is_accepted_is_counted(open_file: OpenFile, home: Path, options: dict[str, Any]) -> None:
    session = open_file("summary.py", options)
    session.wait_attached()
    session.type("GAre")
    ghost = session.wait_ghost()
    session.type("<Tab>")
    found = wait_for_figures(home / "data", lambda found: found["accepted"] == 1)
    assert found["accepted_characters"] == len(ghost.text)
    assert found["by"]["language"]["python"]["shown"] >= 1
    assert found["partly_accepted"] == 0


@pytest.mark.parametrize(
    ("before", "typed"),
    [
        ("vim.opt.expandtab = true; vim.opt.shiftwidth = 4; vim.opt.softtabstop = 4", "x   y"),
        ("vim.keymap.set('i', '<Tab>', 'mine')", "xminey"),
        ("vim.keymap.set('i', '<Tab>', function() return 'mine' end, { expr = true })", "xminey"),
    ],
)
def test_tab_without_ghost_text_is_the_persons_own(
    open_file: OpenFile, options: dict[str, Any], before: str, typed: str
) -> None:
    session = open_file("cart.py", options | {"settings": {"enabled": False}}, before=before)
    session.wait_attached()
    session.wait_for("vim.fn.maparg('<Tab>', 'i', false, true).desc == 'codex-lsp: accept'")
    session.type("ggOx<Tab>y<Esc>")
    session.wait_for(f"vim.fn.getline(1) == {as_lua(typed)}")


def test_no_key_is_mapped_when_keys_are_off(open_file: OpenFile, options: dict[str, Any]) -> None:
    off = {"keys": {"accept": False, "next": False, "previous": False}}
    session = open_file("cart.py", options | off)
    session.wait_attached()
    session.wait_for("vim.lsp.inline_completion.is_enabled({ bufnr = 0 })")
    assert session.lua("vim.api.nvim_buf_get_keymap(0, 'i')") == []


def test_ghost_text_can_be_left_out(open_file: OpenFile, options: dict[str, Any]) -> None:
    session = open_file("cart.py", options | {"ghost_text": False})
    session.wait_attached()
    assert not session.lua("vim.lsp.inline_completion.is_enabled({ bufnr = 0 })")


@pytest.mark.parametrize(
    ("text", "line", "cursor_col", "end_col", "expected"),
    [
        ("item)", "f(it)", 4, 4, 4),  # typed on into it; the bracket was not part of it
        ("item)", "f(it)", 4, 5, 5),  # the item replaces the bracket that it brings
        ("item)", "f(ix)", 4, 4, None),  # typed something else
        ("item)", "f(", 1, 2, None),  # the cursor went back before it
        ("item", "f(i, x)", 3, 5, 3),  # a character was deleted: what follows is not the item's to replace
    ],
)
def test_range_of_ghost_text_follows_typing(
    bare: Callable[[str], Any], text: str, line: str, cursor_col: int, end_col: int, expected: int | None
) -> None:
    arguments = ", ".join(as_lua(value) for value in (text, line, cursor_col, 2, end_col))
    assert bare(f"require('codex_lsp.ghost_text').end_of_range({arguments})") == expected
