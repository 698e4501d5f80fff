"""Folders and names for Unix sockets that nobody but their owner can reach."""

import os
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


def shared_socket_path(name: str) -> Path:
    """The path of the socket `name`: the same for every process of one person, in a folder that is theirs alone.

    That is the person's runtime folder, or one in the folder for temporary files where that cannot be.

    Raises:
        UsageError: There is no place for it.
    """
    with warnings.catch_warnings():
        # A runtime folder that others could write to is passed over, which is all that matters here.
        warnings.simplefilter("ignore")
        folders = [Path(platformdirs.user_runtime_dir("codex-lsp", appauthor=False))]
    own = f"codex-lsp-{os.geteuid()}"
    # The folder for temporary files is the person's own unless its path is too long, as it can be on macOS.
    folders += [Path(tempfile.gettempdir()) / own, Path("/tmp") / own]  # noqa: S108 - it is checked like the others
    for folder in folders:
        path = folder / f"{name}{SUFFIX}"
        if len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES:
            continue
        try:
            checked_private(folder)
        except UsageError:
            continue
        return path
    raise UsageError(f"{folders[-1]}: not a folder of yours alone; set XDG_RUNTIME_DIR to one that is")
