"""One engine child: its process, its socket and its log."""

import asyncio
import logging
import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import platformdirs

import codex_lsp
from codex_lsp.errors import ModelUnavailable, UsageError
from codex_lsp.models.remote.private_folder import new_socket_path, remove_socket

logger = logging.getLogger(__name__)

LOG_NAME = "engine.log"
MAX_LOG_BYTES = 1024 * 1024
END_TIMEOUT_S = 3.0
CONNECT_TIMEOUT_S = 1.0


class Child:
    """A running engine. It reads end-of-file on its standard input when this process ends, however it ends."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start `command` with a socket of its own.

        Raises:
            ModelUnavailable: It cannot be started.
        """
        try:
            self.socket = new_socket_path()
            self.log, log_file = _opened_log(self.socket.parent)
        except (OSError, UsageError) as error:
            raise ModelUnavailable(f"the engine has no place for its socket ({error})") from error
        with log_file:
            self._log_start = log_file.tell()
            try:
                self.process = subprocess.Popen(
                    [*command, "--socket", str(self.socket), "--exit-with-parent"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=log_file,
                    env=dict(environment),
                    # `python -m` looks in its working folder first: that must be where this package is, and not a
                    # workspace that may hold a module of the same name as one of ours.
                    cwd=Path(codex_lsp.__file__).parents[1],
                    # Ctrl-C in a terminal is for this process; the child then ends with it.
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                remove_socket(self.socket)
                reason = error.strerror if isinstance(error, OSError) else error
                raise ModelUnavailable(f"{command[0]}: the engine cannot be started ({reason})") from error
        logger.info("engine %d started, log in %s", self.process.pid, self.log)

    def running(self) -> bool:
        """Whether the process is alive."""
        return self.process.poll() is None

    def listening(self) -> bool:
        """Whether it takes connections."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(CONNECT_TIMEOUT_S)
            try:
                probe.connect(str(self.socket))
            except OSError:
                return False
            return True

    def last_line(self) -> str:
        """The last line of its log, or how it ended where it wrote none."""
        with self.log.open("rb") as log_file:
            log_file.seek(self._log_start)
            lines = log_file.read().decode("utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[-1] if said else f"exit code {self.process.poll()}"

    async def died(self, *, within_s: float) -> bool:
        """Whether the process is dead, or found dead within so many seconds."""
        try:
            await asyncio.to_thread(self.process.wait, within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self, *, at_once: bool = False) -> None:
        """End the process, politely (unless `at_once`) and then not, and remove its socket; a few seconds at most."""
        if at_once:
            self.process.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        remove_socket(self.socket)


def _opened_log(fallback: Path) -> tuple[Path, BinaryIO]:
    """The engine's log in the person's log folder, or beside the socket where that cannot be written."""
    folder = Path(platformdirs.user_log_dir("codex-lsp", appauthor=False))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _opened(folder / LOG_NAME)
    except OSError:
        return _opened(fallback / LOG_NAME)


def _opened(path: Path) -> tuple[Path, BinaryIO]:
    if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
        path.unlink()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return path, os.fdopen(descriptor, "ab")
