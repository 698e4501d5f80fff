"""What the plugin does around completion: options, messages, health."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.editors.nvim import install
from tests.editors.nvim.conftest import SERVER, OpenFile
from tests.editors.nvim.session import as_lua

Bare = Callable[[str], Any]


@pytest.mark.parametrize("release", [install.CURRENT, install.OLD], ids=["current", "old"])
def test_health_is_good(open_file: OpenFile, options: dict[str, Any], release: install.Release) -> None:
    session = open_file("cart.py", options, release=release)
    session.wait_attached()
    session.type(":checkhealth codex_lsp<CR>")
    session.wait_for("vim.bo.filetype == 'checkhealth'")
    report = "\n".join(session.lines())
    assert "ERROR" not in report
    assert str(SERVER) in report
    assert "completion items: yes" in report
    assert ("ghost text: yes" in report) or release is install.OLD


def test_works_without_setup_with_the_server_on_the_path(open_file: OpenFile) -> None:
    found = f"vim.env.PATH = {as_lua(str(SERVER.parent))} .. ':' .. vim.env.PATH"
    session = open_file("cart.py", None, before=found)
    session.wait_attached()
    assert session.lua("vim.lsp.get_clients({ name = 'codex_lsp' })[1].config.cmd") == ["codex-lsp", "serve"]


@pytest.mark.parametrize("release", [install.CURRENT, install.OLD], ids=["current", "old"])
def test_a_missing_server_is_told_once_with_the_mend(open_file: OpenFile, release: install.Release) -> None:
    session = open_file("cart.py", {"cmd": ["no-such-server", "serve"]}, release=release)
    session.wait_for("vim.fn.execute('messages'):find('no-such-server', 1, true)")
    session.lua("require('codex_lsp').start()")
    messages = session.messages()
    assert messages.count("`no-such-server` is not executable") == 1
    assert "pip install" in messages
    assert session.lua("vim.lsp.get_clients()") == []


def test_an_option_that_is_unknown_or_ill_typed_is_named_and_the_rest_applies(
    open_file: OpenFile, options: dict[str, Any]
) -> None:
    session = open_file("cart.py", options | {"comand": ["x"], "ghost_text": "yes"})
    session.wait_attached()
    assert "unknown option `comand`" in session.messages()
    assert "option `ghost_text`: expected boolean, got string" in session.messages()


def test_settings_may_be_set_again(open_file: OpenFile, options: dict[str, Any]) -> None:
    session = open_file("cart.py", options | {"settings": {"completion.n": 2}})
    session.wait_attached()
    params = "vim.lsp.get_clients({ name = 'codex_lsp' })[1].settings"
    assert session.lua(params) == {"codex-lsp": {"completion": {"menu": "always", "n": 2}}}
    session.lua("require('codex_lsp').setup({ settings = { completion = { n = 3, menu = 'never' } } })")
    assert session.lua(params) == {"codex-lsp": {"completion": {"menu": "never", "n": 3}}}


@pytest.mark.parametrize(
    ("settings", "tree"),
    [
        ({}, {"completion": {"menu": "always"}}),
        ({"completion.menu": "never"}, {"completion": {"menu": "never"}}),
        ({"disabled_languages": ["lua"]}, {"completion": {"menu": "always"}, "disabled_languages": ["lua"]}),
        ({"completion": {"n": 1}, "completion.top_p": 0.5}, {"completion": {"menu": "always", "n": 1, "top_p": 0.5}}),
    ],
)
def test_settings_are_sent_as_a_tree(bare: Bare, settings: dict[str, Any], tree: dict[str, Any]) -> None:
    assert bare(f"require('codex_lsp.options').settings_tree({as_lua(settings)})") == tree


@pytest.mark.parametrize(
    ("trusted", "root", "expected"),
    [
        (False, "/home/me/work", False),
        (True, None, True),
        (["/home/me"], "/home/me/work", True),
        (["/home/me/"], "/home/me", True),
        (["/home/me"], "/home/mean", False),
        (["/home/me"], None, False),
    ],
)
def test_trust_covers_the_folders_that_are_named(
    bare: Bare,
    trusted: object,
    root: str | None,
    expected: object,
) -> None:
    call = f"require('codex_lsp.options').is_trusted({as_lua(root)})"
    assert bare(f"(function() vim.g.codex_lsp = {as_lua({'trusted': trusted})} return {call} end)()") is expected
