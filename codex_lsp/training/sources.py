"""Where the corpus comes from: installed distributions and fetched archives, each with version, licence and files.

A package's files are read when they are asked for and not before: a list of packages costs no memory.
"""

import csv
import email.parser
import importlib.metadata
import json
import platform
import re
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Any, cast

from codex_lsp.errors import TrainingError
from codex_lsp.training.archives import members
from codex_lsp.training.copyright import Copyright, read_copyright
from codex_lsp.training.filters import MAX_FILE_BYTES, Rejection
from codex_lsp.training.licences import LicenceVerdict, judge_licence, judge_npm
from codex_lsp.training.packages import ListedPackage
from codex_lsp.training.source_files import SourceFile, not_written_here, printable, source_file, within_limit

STANDARD_LIBRARY = "python"
_STDLIB_LEFT_OUT = frozenset({"site-packages", "dist-packages", "lib2to3", "idlelib", "turtledemo", "__pycache__"})
_METADATA = {
    "pypi": re.compile(r"[^/]+\.dist-info/METADATA"),
    "npm": re.compile(r"[^/]+/package\.json"),
    "debian": re.compile(r"usr/share/doc/[^/]+/copyright"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One distribution.

    Attributes:
        name: What it is called in its ecosystem.
        version: The exact version read.
        ecosystem: `pypi`, `npm` or `debian`.
        verdict: The licence, and why it is refused if it is.
        heldout: Whether no model may learn from it; None leaves that to a draw by name.
        read: Opens its source files.
    """

    name: str
    version: str
    ecosystem: str = "pypi"
    verdict: LicenceVerdict
    heldout: bool | None = None
    read: Callable[[], Iterator[SourceFile]]


def standard_library() -> Package:
    """The Python source of the running interpreter's standard library."""
    root = Path(sysconfig.get_path("stdlib"))
    files = [
        (path, path.relative_to(root).as_posix())
        for path in sorted(root.rglob("*.py"))
        if _STDLIB_LEFT_OUT.isdisjoint(path.relative_to(root).parts)
    ]
    return Package(
        name=STANDARD_LIBRARY,
        version=platform.python_version(),
        verdict=LicenceVerdict(licence="PSF-2.0"),
        heldout=False,
        read=partial(_files_on_disk, files),
    )


def distributions(site_packages: Path, only: Sequence[str] | None = None) -> Iterator[Package]:
    """The distributions installed in one `site-packages` folder, by name; what cannot be read comes refused.

    Args:
        site_packages: The folder to read.
        only: Names to take; None takes all of them.

    Raises:
        TrainingError: The folder does not exist.
    """
    if not site_packages.is_dir():
        raise TrainingError(f"{site_packages}: no such folder; name a site-packages folder with --site-packages")
    wanted = None if only is None else {normalise(name) for name in only}
    found = {package.name: package for package in map(_installed, _metadata_folders(site_packages))}
    for name in sorted(found):
        if wanted is None or name in wanted:
            yield found[name]


def archived(listed: ListedPackage, archive: Path) -> Package:
    """The package of a fetched archive; a licence that cannot be read refuses it.

    Raises:
        TrainingError: The archive is damaged.
    """
    text = _metadata(listed, archive)
    verdict, refuses = _judged(listed.ecosystem, text)
    return Package(
        name=listed.name,
        version=listed.version,
        ecosystem=listed.ecosystem,
        verdict=verdict,
        heldout=listed.heldout,
        read=partial(_archived_files, listed, archive, refuses),
    )


def normalise(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _metadata_folders(site_packages: Path) -> list[Path]:
    return sorted(path for path in site_packages.iterdir() if path.suffix in {".dist-info", ".egg-info"})


def _installed(folder: Path) -> Package:
    """The distribution whose metadata lie in `folder`, which names it where they cannot be read."""
    dist = importlib.metadata.Distribution.at(folder)
    named, _, version = folder.stem.partition("-")
    text = _metadata_on_disk(dist)
    verdict, _ = _judged("pypi", text)
    headers = _headers(text or "")
    files: list[tuple[Path, str]] = []
    try:
        listed = dist.files or []
        files = [(Path(str(dist.locate_file(file))), file.as_posix()) for file in listed if _is_source(file.as_posix())]
    except (OSError, ValueError, TypeError, csv.Error):
        # What a record that is no record makes the standard library raise.
        verdict = LicenceVerdict(licence=verdict.licence, refusal=verdict.refusal or "its RECORD cannot be read")
    return Package(
        name=normalise(headers.get("Name") or named),
        version=headers.get("Version") or version,
        verdict=verdict,
        read=partial(_files_on_disk, sorted(files, key=lambda pair: pair[1])),
    )


def _metadata_on_disk(dist: importlib.metadata.Distribution) -> str | None:
    """The text in which a distribution names its licence, or None where it has none that can be read."""
    try:
        return dist.read_text("METADATA") or dist.read_text("PKG-INFO") or dist.read_text("")
    except (OSError, ValueError):
        return None


def _is_source(relative: str) -> bool:
    parts = relative.split("/")
    return relative.endswith(".py") and not relative.startswith("/") and not {"..", "__pycache__"} & set(parts)


def _files_on_disk(files: Sequence[tuple[Path, str]]) -> Iterator[SourceFile]:
    for path, relative in files:
        data = not_written_here("pypi", relative) or _data_on_disk(path)
        yield SourceFile(path=printable(relative), language="python", data=data)


def _data_on_disk(path: Path) -> bytes | Rejection:
    """The bytes of an ordinary file; a pipe would be waited for, a device or a large file would fill the memory."""
    try:
        if not path.is_file():
            return Rejection.NOT_UTF8
        return Rejection.TOO_LARGE if path.stat().st_size > MAX_FILE_BYTES else path.read_bytes()
    except (OSError, ValueError):
        # ValueError: a name that no file can have.
        return Rejection.NOT_UTF8


def _archived_files(listed: ListedPackage, archive: Path, refuses: Callable[[str], bool]) -> Iterator[SourceFile]:
    found = (source_file(listed.ecosystem, member.path, member.data) for member in members(archive))
    chosen = (file for file in found if file and (not listed.only or file.path.startswith(listed.only)))
    for file in within_limit(chosen):
        refused = refuses(file.path) and not isinstance(file.data, Rejection)
        yield SourceFile(path=file.path, language=file.language, data=Rejection.LICENCE) if refused else file


def _metadata(listed: ListedPackage, archive: Path) -> str | None:
    """The text in which a package names its licence, or None where it has none."""
    for member in members(archive):
        if _METADATA[listed.ecosystem].fullmatch(member.path):
            return None if member.data is None else member.data.decode(errors="replace")
    return None


def _judged(ecosystem: str, text: str | None) -> tuple[LicenceVerdict, Callable[[str], bool]]:
    """The verdict on a package, and what tells whether one of its files is refused all the same."""
    if text is None:
        return LicenceVerdict(licence="", refusal="brings no file that names its licence"), _nothing
    if ecosystem == "debian":
        copyright_file: Copyright = read_copyright(text)
        return copyright_file.verdict, copyright_file.refuses
    if ecosystem == "npm":
        return _judged_npm(text), _nothing
    return _judged_python(_headers(text)), _nothing


def _headers(text: str) -> Message:
    return email.parser.Parser().parsestr(text, headersonly=True)


def _judged_npm(text: str) -> LicenceVerdict:
    try:
        manifest: Any = json.loads(text)
    except (ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict):
        return LicenceVerdict(licence="", refusal="its package.json cannot be read")
    return judge_npm(cast("dict[str, Any]", manifest))


def _judged_python(metadata: Message) -> LicenceVerdict:
    return judge_licence(
        metadata.get("License-Expression"), metadata.get_all("Classifier") or [], metadata.get("License")
    )


def _nothing(_path: str) -> bool:
    return False
