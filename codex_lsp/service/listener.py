"""Where an engine listens: a Unix socket that only its owner reaches, or TCP."""

import logging
import os
import socket
import stat
from pathlib import Path
from types import TracebackType

from codex_lsp.errors import UsageError
from codex_lsp.models.remote.private_folder import MAX_SOCKET_PATH_BYTES, checked_private

logger = logging.getLogger(__name__)

# More clients may come at once than are taken in one turn of the event loop; a full queue refuses them.
BACKLOG = 1024
OWNER_ONLY = 0o600
PROBE_TIMEOUT_S = 1.0


class Listener:
    """A bound socket and its public name; leaving it closes the socket and removes its file."""

    def __init__(self, bound: socket.socket, name: str, path: Path | None) -> None:
        """Take over `bound`; `path` is the file of a Unix socket."""
        self.socket = bound
        self.name = name
        self._path = path
        self._identity = None if path is None else _identity(path)

    def __enter__(self) -> "Listener":
        """The listener itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close, and remove the file unless another engine has put its own there."""
        self.socket.close()
        if self._path is not None and self._path.exists() and _identity(self._path) == self._identity:
            self._path.unlink()


def unix_listener(path: Path) -> Listener:
    """Listen on a Unix socket (mode 0600) in a folder of one's own (mode 0700); a stale one is replaced.

    Raises:
        UsageError: The folder is not private, the path too long or taken.
    """
    if len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES:
        raise UsageError(f"{path}: longer than {MAX_SOCKET_PATH_BYTES} bytes, which no socket may be; shorten it")
    checked_private(path.parent)
    _remove_stale(path)
    bound = socket.socket(socket.AF_UNIX)
    try:
        bound.bind(str(path))
        # The folder keeps others out while the mode is not set yet.
        path.chmod(OWNER_ONLY)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise UsageError(f"{path}: cannot listen there ({error.strerror})") from error
    return Listener(bound, str(path), path)


def tcp_listener(host: str, port: int) -> Listener:
    """Listen on TCP.

    Raises:
        UsageError: The address is unknown or taken.
    """
    try:
        bound = socket.create_server((host, port), family=_family(host), backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{host}:{port}: cannot listen there ({error})") from error
    shown = f"[{host}]" if ":" in host else host
    return Listener(bound, f"http://{shown}:{bound.getsockname()[1]}/v1", None)


def _identity(path: Path) -> tuple[int, int]:
    """What tells a file from another one that took its place: numbers of files are used again."""
    status = path.stat()
    return status.st_ino, status.st_ctime_ns


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _remove_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise UsageError(f"{path}: there is a file that is no socket; choose another path")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(PROBE_TIMEOUT_S)
        try:
            probe.connect(str(path))
        except OSError:
            logger.info("%s: removing the socket of an engine that is gone", path)
            path.unlink()
            return
    raise UsageError(f"{path}: another engine listens there; use it, or choose another path")
