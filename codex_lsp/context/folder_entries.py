"""What a folder holds, by name."""

import os
from pathlib import Path


def entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """Its entries in order; none where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []
