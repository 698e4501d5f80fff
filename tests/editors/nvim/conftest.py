"""Neovims with the plugin, a server and a copy of the example files, each in a home of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.editors.nvim import install
from tests.editors.nvim.session import PLUGIN, RemoteError, Session, as_lua, init_lua, write_config

ROOT = Path(__file__).resolve().parents[3]
SERVER = Path(sys.executable).parent / "codex-lsp"
END_TIMEOUT_S = 60
BARE_TIMEOUT_S = 30

OpenFile = Callable[..., Session]


@pytest.fixture
def home() -> Iterator[Path]:
    """A short-lived folder with a short path: a socket's path is at most about a hundred bytes long."""
    with tempfile.TemporaryDirectory(prefix="nvim-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def workspace(home: Path) -> Path:
    """A copy of the example files, which the tests edit."""
    return Path(shutil.copytree(ROOT / "examples", home / "examples"))


@pytest.fixture
def options() -> dict[str, Any]:
    """What the tests give to `setup()`: the command of this very environment."""
    return {"cmd": [str(SERVER), "serve"]}


@pytest.fixture
def bare(home: Path) -> Callable[[str], Any]:
    """Gives the value of a Lua expression in a Neovim that has the plugin and no server."""

    def evaluate(expression: str) -> Any:
        target = home / "value.json"
        code = f"vim.fn.writefile({{ vim.json.encode({expression}) }}, {as_lua(str(target))})"
        subprocess.run(
            [
                str(install.nvim()),
                "--clean",
                "--headless",
                "--cmd",
                f"set runtimepath^={PLUGIN}",
                "-c",
                f"lua {code}",
                "-c",
                "qall!",
            ],
            timeout=BARE_TIMEOUT_S,
            capture_output=True,
            check=True,
        )
        return json.loads(target.read_text())

    return evaluate


@pytest.fixture
def open_file(home: Path, workspace: Path) -> Iterator[OpenFile]:
    """Opens a file of the workspace in a headless Neovim with these options; all are ended afterwards."""
    with ExitStack() as running:

        def start(
            name: str,
            options: Mapping[str, Any] | None,
            *,
            release: install.Release = install.CURRENT,
            before: str = "",
        ) -> Session:
            session = Session(binary=install.nvim(release), socket=home / "nvim.sock")
            environment = os.environ | write_config(home, init_lua(options, before=before))
            process = subprocess.Popen(
                [str(session.binary), "-n", "--headless", "--listen", str(session.socket), name],
                cwd=workspace,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            running.callback(end, process, session)
            session.wait_until_it_answers()
            return session

        yield start


def end(process: subprocess.Popen[bytes], session: Session) -> None:
    """Let Neovim quit as a person would, so that it ends its server too."""
    if process.poll() is None:
        # It may be gone before it has answered; whether it ended is what the wait below tells.
        with suppress(RemoteError):
            session.type("<C-\\><C-n>:qall!<CR>")
    try:
        process.wait(END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
