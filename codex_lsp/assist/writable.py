"""Whether a file can be written where it belongs."""

import errno
import os
from pathlib import Path

from codex_lsp.context.regular_file import exists, is_folder
from codex_lsp.errors import AssistRefused


def check_writable(file: Path, root: Path) -> None:
    """Do nothing where a file of tests can be changed, or made with the folders it needs.

    Args:
        file: The one.
        root: Of its project, real: a link in it may lead anywhere.

    Raises:
        AssistRefused: It cannot, or does not lie in the project; the line names what is in the way.
    """
    if _is_too_long(file):
        raise AssistRefused(f"`{file.name[:40]}…` is too long for a file of tests; give the module a shorter name")
    real = Path(os.path.realpath(file))
    if not real.is_relative_to(root):
        raise AssistRefused(f"{file} leads out of the project, to {real}; put a real folder or file there")
    if exists(file):
        place = file
    else:
        place = next(folder for folder in file.parents if exists(folder))
        if not is_folder(place):
            raise AssistRefused(f"{place} is no folder, and the tests belong below it; rename it")
    if not os.access(place, os.W_OK):
        raise AssistRefused(f"{place} cannot be written, and the tests belong there; make it writable")


def _is_too_long(file: Path) -> bool:
    try:
        os.lstat(file)
    except OSError as error:
        return error.errno == errno.ENAMETOOLONG
    return False
