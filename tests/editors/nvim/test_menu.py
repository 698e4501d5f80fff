"""Completion items in the popup menu of Neovim, on a version with ghost text and on one without."""

from pathlib import Path
from typing import Any

import pytest

from tests.editors.figures import wait_for_figures
from tests.editors.nvim import install
from tests.editors.nvim.conftest import OpenFile
from tests.editors.nvim.session import Session, as_lua

RELEASES = pytest.mark.parametrize("release", [install.CURRENT, install.OLD], ids=["current", "old"])
PLACES = {
    "cart.py": ("/item. for<CR>f.s.", "        return sum(item. for item in self.items)"),
    "summary.py": ("GAre", "    re"),
}
NAMES = pytest.mark.parametrize("name", PLACES)
REPLY_TIMEOUT_MS = 60000
ASK = (
    "(function() local reply = vim.lsp.buf_request_sync(0, 'textDocument/completion', "
    "vim.lsp.util.make_position_params(0, vim.lsp.get_clients({ name = 'codex_lsp' })[1].offset_encoding), "
    f"{REPLY_TIMEOUT_MS}) local _, answer = next(reply) return answer.result.items or answer.result end)()"
)


def inserting(open_file: OpenFile, options: dict[str, Any], release: install.Release, name: str) -> Session:
    """Insert mode at that file's place to complete, with something typed."""
    keys, line = PLACES[name]
    session = open_file(name, options, release=release, before="vim.opt.completeopt = { 'menuone', 'noselect' }")
    session.wait_attached()
    session.type(keys)
    session.wait_for(f"vim.api.nvim_get_mode().mode == 'i' and vim.api.nvim_get_current_line() == {as_lua(line)}")
    return session


def open_menu(session: Session) -> list[dict[str, Any]]:
    session.type("<C-x><C-o>")
    session.wait_for("vim.fn.pumvisible() == 1")
    return session.lua("vim.fn.complete_info({ 'items' }).items")


def documentation(item: dict[str, Any]) -> str:
    value = item["documentation"]
    return value if isinstance(value, str) else value["value"]


@RELEASES
def test_items_stand_in_rank_order_with_the_whole_text_as_documentation(
    open_file: OpenFile, options: dict[str, Any], release: install.Release
) -> None:
    session = inserting(open_file, options, release, "cart.py")
    answered = session.lua(ASK)
    assert answered
    assert [item["sortText"] for item in answered] == sorted(item["sortText"] for item in answered)
    for item in answered:
        assert item["textEdit"]["newText"] in documentation(item)

    shown = open_menu(session)
    assert [item["info"] for item in shown] == [documentation(item) for item in answered]


@RELEASES
@NAMES
def test_an_accepted_item_is_inserted_whole(
    open_file: OpenFile, workspace: Path, options: dict[str, Any], release: install.Release, name: str
) -> None:
    session = inserting(open_file, options, release, name)
    before = session.lines()
    items = session.lua(ASK)
    longest = max(range(len(items)), key=lambda index: len(items[index]["textEdit"]["newText"]))
    edit = items[longest]["textEdit"]
    open_menu(session)
    session.type("<C-n>" * (longest + 1) + "<C-y>")
    session.wait_for("vim.fn.pumvisible() == 0")
    session.save()

    row, start, end = edit["range"]["start"]["line"], edit["range"]["start"], edit["range"]["end"]
    line = before[row]
    before[row] = line[: start["character"]] + edit["newText"] + line[end["character"] :]
    assert (workspace / name).read_text() == "\n".join(before) + "\n"


@RELEASES
def test_an_accepted_item_is_counted(
    open_file: OpenFile, home: Path, options: dict[str, Any], release: install.Release
) -> None:
    session = inserting(open_file, options, release, "cart.py")
    before = session.lua("vim.api.nvim_get_current_line()")
    open_menu(session)
    session.type("<C-n><C-y>")
    session.wait_for("vim.fn.pumvisible() == 0")
    found = wait_for_figures(home / "data", lambda found: found["accepted"] == 1)
    grown = len(session.lua("vim.api.nvim_get_current_line()")) - len(before)
    # The menu puts its text in key by key; the first of them may look like one that was typed.
    assert grown - 1 <= found["accepted_characters"] <= grown
