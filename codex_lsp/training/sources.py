"""Where the corpus comes from: the standard library and installed distributions, each with version and licence."""

import importlib.metadata
import platform
import re
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import cast

from codex_lsp.errors import TrainingError
from codex_lsp.training.licences import LicenceVerdict, judge_licence

STANDARD_LIBRARY = "python"
_STDLIB_LEFT_OUT = frozenset({"site-packages", "dist-packages", "lib2to3", "idlelib", "turtledemo", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One distribution: its name, version, the licence judged, and its Python files.

    `files` pairs a path on disk with the relative posix path that the model is shown.
    """

    name: str
    version: str
    verdict: LicenceVerdict
    files: tuple[tuple[Path, str], ...]


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
        files=tuple(files),
    )


def distributions(site_packages: Path, only: Sequence[str] | None = None) -> Iterator[Package]:
    """The distributions installed in one `site-packages` folder, by name.

    Args:
        site_packages: The folder to read.
        only: Names to take; None takes all of them.

    Raises:
        TrainingError: The folder does not exist.
    """
    if not site_packages.is_dir():
        raise TrainingError(f"{site_packages}: no such folder; name a site-packages folder with --site-packages")
    wanted = None if only is None else {normalise(name) for name in only}
    found = {
        normalise(dist.metadata["Name"]): dist
        for dist in importlib.metadata.distributions(path=[str(site_packages)])
        if dist.metadata["Name"]
    }
    for name in sorted(found):
        if wanted is None or name in wanted:
            yield _package(name, found[name])


def normalise(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _package(name: str, dist: importlib.metadata.Distribution) -> Package:
    metadata = cast("Message", dist.metadata)
    verdict = judge_licence(
        metadata.get("License-Expression"), metadata.get_all("Classifier") or [], metadata.get("License")
    )
    listed = [] if verdict.refusal else (dist.files or [])
    files = [(Path(str(dist.locate_file(file))), file.as_posix()) for file in listed if _is_source(file.as_posix())]
    return Package(
        name=name, version=dist.version, verdict=verdict, files=tuple(sorted(files, key=lambda pair: pair[1]))
    )


def _is_source(relative: str) -> bool:
    return relative.endswith(".py") and not relative.startswith(("..", "/")) and "/__pycache__/" not in relative
