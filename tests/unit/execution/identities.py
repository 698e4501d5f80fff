"""Starting a command as root and as a plain user, wherever the interpreter is installed."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PLAIN_UID = 4711


def as_plain_user(command: list[str]) -> list[str]:
    """The command, run by root, as a user with no powers.

    Root's home folder is closed to others, and Python may be installed in it: such folders are replaced, for this
    command alone, by ones that hold the way to what it needs and nothing else.
    """
    user = str(PLAIN_UID)
    become = ["/usr/bin/setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--", *command]
    return ["bwrap", "--dev-bind", "/", "/", *_opened(_needed()), "--", *become]


def _needed() -> list[Path]:
    paths = (ROOT, Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1])
    return sorted({path for each in paths for path in (each, each.resolve())})


def _opened(needed: list[Path]) -> Iterator[str]:
    made: set[Path] = set()
    for path in needed:
        closed = next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 1), None)
        if closed is None:
            continue
        if closed not in made:
            made.add(closed)
            yield from ("--perms", "0755", "--tmpfs", str(closed))
        for folder in reversed(path.parents):
            if folder.is_relative_to(closed) and folder not in made:
                made.add(folder)
                yield from ("--perms", "0755", "--dir", str(folder))
        yield from ("--ro-bind", str(path), str(path))


def plain_environment() -> dict[str, str]:
    """What a plain user's command finds."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
