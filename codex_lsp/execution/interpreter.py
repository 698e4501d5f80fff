"""Where this interpreter lives: what a job must be able to read so that Python runs in it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from codex_lsp.execution.sandbox import ENVIRONMENT


def interpreter_paths() -> tuple[Path, ...]:
    """The environment's and the interpreter's folders, by the names used and by their real ones.

    Whoever mounts them gives packages away, never settings or secrets; a package installed as a link to a project
    (`pip install -e`) is not among them.
    """
    folders = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent.parent]
    return tuple(dict.fromkeys(path for folder in folders for path in (folder, folder.resolve()) if _harmless(path)))


def python_environment(interpreter: Path | None = None) -> Mapping[str, str]:
    """Variables by which `python` means an interpreter; this one where None."""
    return {"PATH": f"{(interpreter or Path(sys.executable)).parent}:{ENVIRONMENT['PATH']}"}


def home_folder() -> Path:
    """Of the caller; a path that is nowhere where the system knows none, as in some containers."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises there


def _harmless(folder: Path) -> bool:
    """Never the whole machine nor a home folder, whatever an odd interpreter calls its prefix."""
    return folder.is_absolute() and folder != Path("/") and not home_folder().is_relative_to(folder)
