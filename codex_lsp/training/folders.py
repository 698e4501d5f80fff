"""Folders that are whole or absent: each is written beside its place and moved there when all of it stands."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(out: Path) -> Generator[Path]:
    """An empty folder that takes the place of `out` at the end; where the block fails, `out` stays as it was.

    Raises:
        OSError: A folder cannot be made or moved.
    """
    partial = out.with_name(out.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        shutil.rmtree(out, ignore_errors=True)
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
