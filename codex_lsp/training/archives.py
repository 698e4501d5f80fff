"""The files inside a package archive, read in place: nothing is unpacked to disk and nothing in it is ever run.

Wheels are zip files, npm packages gzipped tars, Debian packages `ar` files that hold a compressed tar. Only regular
files are given; a member's size is checked before it is read, so that an archive bomb costs nothing.
"""

import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from codex_lsp.errors import TrainingError

MAX_MEMBER_BYTES = 1_000_000
_AR_MAGIC = b"!<arch>\n"
_AR_HEADER_BYTES = 60
_AR_NAME = slice(0, 16)
_AR_SIZE = slice(48, 58)
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive: its posix path, and its bytes or None where it is larger than is read."""

    path: str
    data: bytes | None


def members(archive: Path) -> Iterator[Member]:
    """The regular files of a wheel, an npm package or a Debian package, in the archive's order.

    Raises:
        TrainingError: The archive is damaged or of another kind.
    """
    with _damage_named(archive):
        if archive.suffix in {".whl", ".zip"}:
            yield from _zip_members(archive)
        elif archive.suffix == ".deb":
            yield from _deb_members(archive)
        else:
            with tarfile.open(archive) as tar:
                yield from _tar_members(tar)


@contextmanager
def _damage_named(archive: Path) -> Generator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise TrainingError(
            f"{archive}: cannot be read as a package ({type(error).__name__}: {error}); remove it and run again"
        ) from error


def _zip_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as zipped:
        for info in zipped.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.is_dir() or kind not in {0, stat.S_IFREG}:
                continue
            fits = info.file_size <= MAX_MEMBER_BYTES
            yield Member(path=info.filename, data=zipped.read(info) if fits else None)


def _tar_members(tar: tarfile.TarFile) -> Iterator[Member]:
    for info in tar:
        if not info.isreg():
            continue
        file = tar.extractfile(info) if info.size <= MAX_MEMBER_BYTES else None
        yield Member(path=info.name.removeprefix("./"), data=None if file is None else file.read())


def _deb_members(archive: Path) -> Iterator[Member]:
    """The files that the package would install: the `data.tar.*` of its `ar` file."""
    with archive.open("rb") as file:
        name, size = _ar_member(file, "data.tar")
        if name.endswith(".zst"):
            raise ValueError("zstd is not read by this Python")
        window = io.BytesIO(file.read(size))
        with tarfile.open(fileobj=window) as tar:
            yield from _tar_members(tar)


def _ar_member(file: IO[bytes], prefix: str) -> tuple[str, int]:
    """Go to the first member whose name starts with `prefix`, and give its name and size in bytes."""
    if file.read(len(_AR_MAGIC)) != _AR_MAGIC:
        raise ValueError("not an ar file")
    while header := file.read(_AR_HEADER_BYTES):
        name, size = header[_AR_NAME].decode("ascii").rstrip(" /"), int(header[_AR_SIZE])
        if name.startswith(prefix):
            return name, size
        file.seek(size + size % 2, io.SEEK_CUR)
    raise ValueError(f"holds no {prefix}")
