"""The local engine that all processes of one person share, each as long as it wants.

Whoever uses an engine holds a shared lock on the file beside its socket; the engine waits for that lock alone, and ends
when it has it: when its last user is gone, however that ended. Engines of another version, model or number format
have other names, so nobody joins one that would answer differently.
"""

import asyncio
import hashlib
import json
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import codex_lsp
from codex_lsp.errors import ModelUnavailable, UsageError
from codex_lsp.models.remote.engine_log import EngineLog
from codex_lsp.models.remote.file_lock import FileLock, locked
from codex_lsp.models.remote.private_folder import shared_socket_path

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 1.0
DEATH_TIMEOUT_S = 3.0
START_TIMEOUT_S = 60.0
POLL_S = 0.02
USERS_SUFFIX = ".users"
START_SUFFIX = ".start"
NAME_DIGITS = 16
# What of the environment decides how an engine computes.
_TELLING = ("CODEX_LSP_ADAPTERS", "CODEX_LSP_ENGINE_", "CUDA_", "HF_", "OMP_", "TORCH")
# macOS: `struct ucred` has no number for it in the standard library (sys/un.h).
_SOL_LOCAL, _LOCAL_PEERPID = 0, 2


class SharedEngine:
    """An engine that runs, in use by this process until `leave`."""

    def __init__(self, path: Path, users: FileLock, log: EngineLog, process: subprocess.Popen[bytes] | None) -> None:
        """Take over the lock of a user.

        Args:
            path: Its socket.
            users: Held while it is used.
            log: What it writes.
            process: It, where this process started it.
        """
        self.socket = path
        self.log = log
        self.process = process
        self._users = users
        self._dead = False

    def listening(self) -> bool:
        """Whether it takes connections."""
        return _peer(self.socket) is not None

    def running(self) -> bool:
        """Whether it has not ended, as far as can be told at no cost."""
        return not self._dead and (self.process is None or self.process.poll() is None)

    def last_line(self) -> str:
        """The last line of its log, or how it ended where it wrote none."""
        exit_code = None if self.process is None else self.process.poll()
        return self.log.last_line() or f"exit code {exit_code}"

    async def died(self, *, within_s: float) -> bool:
        """Whether it takes no connections any more, or stops to within so many seconds."""
        deadline = asyncio.get_running_loop().time() + within_s
        while self.listening():
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(POLL_S)
        self._dead = True
        return True

    async def leave(self, *, kill: bool = False) -> None:
        """Use it no more; `kill` one that does not answer, whoever else waits for it."""
        pid = _peer(self.socket) if kill else None
        try:
            if pid:
                os.kill(pid, signal.SIGKILL)
                # Nobody must join it while the system takes it apart.
                await self.died(within_s=DEATH_TIMEOUT_S)
        finally:
            self._users.release()


async def joined(command: Sequence[str], environment: Mapping[str, str]) -> SharedEngine:
    """The engine of a command line, started where it does not run; it listens.

    Args:
        command: The engine's command line, to which `--shared` and the socket are added.
        environment: Of the engine, if it is started.

    Raises:
        ModelUnavailable: It cannot be started.
    """
    try:
        path = shared_socket_path(_name(command, environment))
        log = EngineLog(path.parent)
        # An engine that is ending holds this one alone until it is gone.
        users = await locked(path.with_suffix(USERS_SUFFIX), shared=True)
    except (OSError, UsageError) as error:
        raise ModelUnavailable(f"the engine has no place for its socket ({error})") from error
    try:
        starting = await locked(path.with_suffix(START_SUFFIX), shared=False)
        try:
            if _peer(path) is not None:
                logger.info("joining the engine at %s", path)
                return SharedEngine(path, users, log, None)
            engine = SharedEngine(path, users, log, _started(command, environment, path, log))
            await _until_listening(engine)
            return engine
        finally:
            starting.release()
    except BaseException:
        users.release()
        raise


def _name(command: Sequence[str], environment: Mapping[str, str]) -> str:
    told = {name: value for name, value in environment.items() if name.startswith(_TELLING)}
    parts = [codex_lsp.__version__, codex_lsp.__file__, *command, json.dumps(told, sort_keys=True)]
    data = json.dumps(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:NAME_DIGITS]


def _started(
    command: Sequence[str], environment: Mapping[str, str], path: Path, log: EngineLog
) -> subprocess.Popen[bytes]:
    try:
        with log.opened() as log_file:
            process = subprocess.Popen(
                [*command, "--socket", str(path), "--shared"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log_file,
                env=dict(environment),
                # `python -m` looks in its working folder first: that must be where this package is, and not a
                # workspace that may hold a module of the same name as one of ours.
                cwd=Path(codex_lsp.__file__).parents[1],
                # Ctrl-C in a terminal is for this process; the engine may have other users.
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelUnavailable(f"{command[0]}: the engine cannot be started ({reason})") from error
    # It may outlive its use here; somebody has to take note of its end.
    threading.Thread(target=process.wait, name="engine-end", daemon=True).start()
    logger.info("engine %d started, log in %s", process.pid, log.path)
    return process


async def _until_listening(engine: SharedEngine) -> None:
    deadline = asyncio.get_running_loop().time() + START_TIMEOUT_S
    while not engine.listening():
        if not engine.running():
            raise ModelUnavailable(f"{engine.last_line()} (log: {engine.log.path})")
        if asyncio.get_running_loop().time() > deadline:
            if engine.process is not None:
                engine.process.kill()
            raise ModelUnavailable(f"the engine did not start in {START_TIMEOUT_S:g} s (log: {engine.log.path})")
        await asyncio.sleep(POLL_S)


def _peer(path: Path) -> int | None:
    """The process that listens at a socket, 0 where the system does not tell; None where there is none."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(CONNECT_TIMEOUT_S)
        try:
            probe.connect(str(path))
            if sys.platform == "linux":
                return struct.unpack("3i", probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
            return probe.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID)
        except BlockingIOError:
            # So many wait to be taken that no more may: it listens, and may stand still.
            return 0
        except OSError:
            return None
