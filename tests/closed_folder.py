"""A folder that cannot be written, for root too."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def as_nobody(folder: Path) -> Generator[None]:
    """Within it, asking whether the folder may be written (`access(2)`, which asks for the real user) says no."""
    mode, user = folder.stat().st_mode, os.getuid()
    folder.chmod(0o555)
    if user == 0:
        os.setreuid(_NOBODY, -1)
    try:
        yield
    finally:
        if user == 0:
            os.setreuid(0, -1)
        folder.chmod(mode)
