"""Text that is on every machine: the standard library of the Python that runs."""

import sysconfig
from pathlib import Path


def folder() -> Path:
    """Its folder."""
    return Path(sysconfig.get_paths()["stdlib"])


def standard_library_file(name: str) -> Path:
    """One of its modules."""
    return folder() / name


def sources(limit: int) -> list[str]:
    """Its modules in order of their paths, about `limit` characters of them, tests left out."""
    found: list[str] = []
    room = limit
    for path in sorted(folder().rglob("*.py")):
        if not {"site-packages", "test", "tests"} & set(path.parts):
            found.append(path.read_text(encoding="utf-8", errors="ignore"))
            room -= len(found[-1])
        if room <= 0:
            break
    return found
