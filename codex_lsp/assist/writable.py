"""Whether a file can be written where it belongs."""

import os
from pathlib import Path

from codex_lsp.context.regular_file import exists, is_folder
from codex_lsp.errors import AssistRefused


def check_writable(file: Path) -> None:
    """Do nothing where a file of tests can be changed, or made with the folders it needs.

    Raises:
        AssistRefused: It cannot; the line names what is in the way.
    """
    if exists(file):
        place = file
    else:
        place = next(folder for folder in file.parents if exists(folder))
        if not is_folder(place):
            raise AssistRefused(f"{place} is no folder, and the tests belong below it; rename it")
    if not os.access(place, os.W_OK):
        raise AssistRefused(f"{place} cannot be written, and the tests belong there; make it writable")
