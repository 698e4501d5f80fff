"""The files inside a package archive, read in place: nothing is unpacked to disk and nothing in it is ever run.

Wheels are zip files, npm packages gzipped tars, Debian packages `ar` files that hold a compressed tar. Only regular
files are given. Sizes are checked before anything is read, so that an archive bomb costs no memory and little time.
"""

import bz2
import gzip
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
from typing import IO, cast

from codex_lsp.errors import TrainingError

MAX_MEMBER_BYTES = 1_000_000
MAX_ARCHIVE_BYTES = 2_000_000_000
"""Of all members together, unpacked, whether they are read or not."""
_AR_MAGIC = b"!<arch>\n"
_AR_HEADER_BYTES = 60
_AR_NAME = slice(0, 16)
_AR_SIZE = slice(48, 58)
# A RuntimeError is what `zipfile` says of a password, and of a compression that it does not know.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


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
            with archive.open("rb") as file:
                yield from _tar_members(file)


@contextmanager
def _damage_named(archive: Path) -> Generator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise TrainingError(
            f"{archive}: cannot be read as a package ({type(error).__name__}: {str(error)[:200]}); "
            "remove it and run again"
        ) from error


def _zip_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as zipped:
        _check_size(sum(info.file_size for info in zipped.infolist()))
        for info in zipped.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.is_dir() or kind not in {0, stat.S_IFREG}:
                continue
            fits = info.file_size <= MAX_MEMBER_BYTES
            yield Member(path=info.filename, data=zipped.read(info) if fits else None)


def _tar_members(packed: IO[bytes]) -> Iterator[Member]:
    size = 0
    with _Unpacked(_decompressed(packed)) as plain, tarfile.open(fileobj=plain, mode="r:") as tar:
        for info in tar:
            size += info.size
            _check_size(size)
            if not info.isreg():
                continue
            file = tar.extractfile(info) if info.size <= MAX_MEMBER_BYTES else None
            yield Member(path=info.name.removeprefix("./"), data=None if file is None else file.read())


def _check_size(size: int) -> None:
    if size > MAX_ARCHIVE_BYTES:
        raise ValueError(f"holds more than {MAX_ARCHIVE_BYTES // 10**9} GB")


def _decompressed(packed: IO[bytes]) -> IO[bytes]:
    """A stream of what a compressed stream holds, by how that begins."""
    start = packed.tell()
    magic = packed.read(6)
    packed.seek(start)
    if magic.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=packed))
    if magic.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.BZ2File(packed))
    if magic == b"\xfd7zXZ\0":
        return cast("IO[bytes]", lzma.LZMAFile(packed))
    return packed


class _Unpacked(io.RawIOBase):
    """What `tarfile` reads from: it would believe a header that names gigabytes for a file's name."""

    def __init__(self, plain: IO[bytes]) -> None:
        super().__init__()
        self._plain = plain

    def read(self, size: int = -1, /) -> bytes:
        if not 0 <= size <= 2 * MAX_MEMBER_BYTES:
            raise ValueError(f"a header of {size} bytes")
        return self._plain.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._plain.seek(offset, whence)

    def tell(self) -> int:
        return self._plain.tell()


def _deb_members(archive: Path) -> Iterator[Member]:
    """The files that the package would install: the `data.tar.*` of its `ar` file."""
    with archive.open("rb") as file:
        name, size = _ar_member(file, "data.tar")
        if name.endswith(".zst"):
            raise ValueError("zstd is not read by this Python")
        _check_size(size)
        yield from _tar_members(io.BytesIO(file.read(size)))


def _ar_member(file: IO[bytes], prefix: str) -> tuple[str, int]:
    """Go to the first member whose name starts with `prefix`, and give its name and size in bytes."""
    if file.read(len(_AR_MAGIC)) != _AR_MAGIC:
        raise ValueError("not an ar file")
    while header := file.read(_AR_HEADER_BYTES):
        name, size = header[_AR_NAME].decode("ascii").rstrip(" /"), int(header[_AR_SIZE])
        if size < 0:
            # A step back would read the same header for ever.
            raise ValueError(f"{name}: {size} bytes")
        if name.startswith(prefix):
            return name, size
        file.seek(size + size % 2, io.SEEK_CUR)
    raise ValueError(f"holds no {prefix}")
