"""Folders and names for Unix sockets that nobody but their owner can reach."""

import os
import secrets
import shutil
import stat
import tempfile
import warnings
from pathlib import Path

import platformdirs

from codex_lsp.errors import UsageError

# Linux holds 107 bytes of a socket's path, macOS 103.
MAX_SOCKET_PATH_BYTES = 100
PRIVATE = 0o700
SUFFIX = ".sock"
# How the name of a folder begins that holds one socket and nothing of anybody else.
OWN_FOLDER = "codex-lsp-"


def checked_private(folder: Path) -> Path:
    """Make `folder` (mode 0700) or check the one that is there.

    Raises:
        UsageError: It cannot be made, is a link, is another user's, or is open to others.
    """
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise UsageError(f"{folder}: cannot be a socket's folder ({error.strerror})") from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise UsageError(f"{folder}: not a folder of yours; put the socket into one that is")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise UsageError(f"{folder}: open to other users; run: chmod 700 {folder}")
    return folder


def new_socket_path() -> Path:
    """A socket path nobody uses, in the person's runtime folder, or in a folder of its own where that cannot be.

    Raises:
        UsageError: There is no place for it.
    """
    name = f"{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
    with warnings.catch_warnings():
        # A runtime folder that others could write to is passed over, which is all that matters here.
        warnings.simplefilter("ignore")
        try:
            runtime = Path(platformdirs.user_runtime_dir("codex-lsp", appauthor=False))
            path = checked_private(runtime) / name
            _sweep(runtime)
        except (OSError, UsageError):
            path = None
    if path is None or len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES:
        # The folder is the person's temporary one unless that is too long, as it can be on macOS.
        parent = tempfile.gettempdir()
        parent = parent if len(os.fsencode(parent)) + len(name) + 24 <= MAX_SOCKET_PATH_BYTES else "/tmp"  # noqa: S108
        path = Path(tempfile.mkdtemp(prefix=OWN_FOLDER, dir=parent)) / name
    return path


def _sweep(folder: Path) -> None:
    """Remove sockets that processes left behind which were ended by force."""
    for path in folder.glob(f"*-*{SUFFIX}"):
        owner = path.name.partition("-")[0]
        if owner.isdecimal() and not _is_alive(int(owner)):
            path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def remove_socket(path: Path) -> None:
    """Remove what a socket leaves behind: itself, and the folder that was made for it alone."""
    path.unlink(missing_ok=True)
    if path.parent.name.startswith(OWN_FOLDER):
        shutil.rmtree(path.parent, ignore_errors=True)
