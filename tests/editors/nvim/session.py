"""A real Neovim that the tests type into and look at, over its own remote interface."""

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLUGIN = Path(__file__).resolve().parents[3] / "nvim-client"
CALL_TIMEOUT_S = 150
WAIT_TIMEOUT_S = 120
POLL_S = 0.02
GHOST_NAMESPACE = "nvim.lsp.inline_completion"

# Blocks inside Neovim, which goes on handling its events, until the condition holds.
WAIT = "vim.wait({timeout_ms}, function() return not not ({condition}) end, 20)"
MARKS = f"vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_create_namespace('{GHOST_NAMESPACE}'), 0, -1, {{details=true}})"
ATTACHED = (
    "#vim.tbl_filter(function(client) return client.attached_buffers[vim.api.nvim_get_current_buf()] end, "
    "vim.lsp.get_clients({ name = 'codex_lsp' })) > 0"
)


class RemoteError(AssertionError):
    """Neovim does not answer, or cannot evaluate what it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ghost:
    """Ghost text as Neovim draws it: from byte `col` of line `row` (both from 0), all lines of it."""

    row: int
    col: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A running Neovim."""

    binary: Path
    socket: Path

    def lua(self, expression: str) -> Any:
        """The value of a Lua expression in that Neovim."""
        quoted = expression.replace("'", "''")
        return json.loads(self._remote("--remote-expr", f"json_encode(luaeval('{quoted}'))"))

    def type(self, keys: str) -> None:
        """Type keys, written as in a mapping (`<Tab>`, `<CR>`)."""
        self._remote("--remote-send", keys)

    def wait_for(self, condition: str) -> None:
        """Wait until a Lua condition holds; fails with the messages that Neovim has shown."""
        if not self.lua(WAIT.format(timeout_ms=WAIT_TIMEOUT_S * 1000, condition=condition)):
            state = "{ vim.api.nvim_get_mode().mode, vim.api.nvim_buf_get_lines(0, 0, -1, false) }"
            message = f"never came true: {condition}\nmessages: {self.messages()}\nstate: {self.lua(state)}"
            raise AssertionError(message)

    def wait_attached(self) -> None:
        """Wait until codex-lsp serves the current buffer."""
        self.wait_for(ATTACHED)

    def wait_ghost(self) -> Ghost:
        """Wait for ghost text and read it."""
        self.wait_for(f"#{MARKS} > 0")
        _, row, col, details = self.lua(MARKS)[0]
        first = "".join(chunk[0] for chunk in details["virt_text"])
        below = ["".join(chunk[0] for chunk in line) for line in details.get("virt_lines", [])]
        return Ghost(row=row, col=col, text="\n".join([first, *below]))

    def lines(self) -> list[str]:
        """The lines of the current buffer."""
        return self.lua("vim.api.nvim_buf_get_lines(0, 0, -1, false)")

    def messages(self) -> str:
        """What Neovim has said so far."""
        return self.lua("vim.fn.execute('messages')")

    def save(self) -> None:
        """Leave insert mode and write the file."""
        self.type("<Esc>:write<CR>")
        self.wait_for("not vim.bo.modified")

    def wait_until_it_answers(self) -> None:
        """Wait for a Neovim that has just been started."""
        deadline = time.monotonic() + WAIT_TIMEOUT_S
        while True:
            try:
                self._remote("--remote-expr", "1")
            except RemoteError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_S)
            else:
                return

    def _remote(self, action: str, argument: str) -> str:
        done = subprocess.run(
            [str(self.binary), "--clean", "--server", str(self.socket), action, argument],
            capture_output=True,
            text=True,
            timeout=CALL_TIMEOUT_S,
            check=False,
        )
        # Some versions tell an error of the expression on stderr and exit with 0.
        if done.returncode or done.stderr.strip():
            message = f"exit {done.returncode}: {done.stderr.strip()}"
            raise RemoteError(message)
        return done.stdout


def write_config(home: Path, init: str) -> dict[str, str]:
    """A configuration folder with that `init.lua`, and the environment in which Neovim and the server see only it."""
    config = home / "config" / "nvim"
    config.mkdir(parents=True)
    (config / "init.lua").write_text(init)
    names = {"CONFIG": "config", "DATA": "data", "STATE": "state", "CACHE": "cache"}
    return {f"XDG_{name}_HOME": str(home / folder) for name, folder in names.items()}


def as_lua(value: Any) -> str:
    """A Lua literal."""
    if value is None:
        return "nil"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"[{as_lua(key)}] = {as_lua(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "{ " + ", ".join(as_lua(entry) for entry in value) + " }"
    return json.dumps(value)


def init_lua(options: Mapping[str, Any] | None, *, before: str = "") -> str:
    """What a person writes into `init.lua` to use the plugin; without options, no `setup()` at all."""
    setup = "" if options is None else f"require('codex_lsp').setup({as_lua(options)})"
    return f"{before}\nvim.opt.runtimepath:prepend({as_lua(str(PLUGIN))})\n{setup}\n"
