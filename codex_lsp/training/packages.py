"""The list of packages to learn from: chosen by hand, each by name and exact version, best first.

The list is a TOML file with one table for each ecosystem (`pypi`, `npm`, `debian`) and one entry for each package::

    [pypi]
    "requests" = { version = "2.34.2" }
    "click" = { version = "8.5.1", heldout = true }

`heldout = true` keeps a package from every model; `only` takes the files below some folders alone.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Any, cast

from codex_lsp.errors import TrainingError

ECOSYSTEMS = ("pypi", "npm", "debian")
MAX_PACKAGES = 200
COMMITTED_LIST = Path(__file__).with_name("packages.toml")
_NAME = {
    "pypi": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*"),
    "npm": re.compile(r"(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*"),
    "debian": re.compile(r"[a-z0-9][a-z0-9.+-]+"),
}
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+~:!-]*")
_KEYS = frozenset({"version", "heldout", "only"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPackage:
    """One entry of the list; `only` names folders below which files are taken, none means everywhere."""

    ecosystem: str
    name: str
    version: str
    heldout: bool
    only: tuple[str, ...]


def read_list(path: Path) -> list[ListedPackage]:
    """The packages of a list, the ecosystems interleaved so that every beginning of it holds all of them.

    Raises:
        TrainingError: The file is missing, damaged, empty or too long, or an entry is not exact.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"{path}: {error.strerror}; name a package list with --packages") from error
    except ValueError as error:
        raise TrainingError(f"{path}: not a package list ({error})") from error
    unknown = set(tables) - set(ECOSYSTEMS)
    if unknown:
        raise TrainingError(f"{path}: unknown ecosystem {sorted(unknown)[0]}; use {', '.join(ECOSYSTEMS)}")
    listed = {ecosystem: list(_entries(path, ecosystem, tables.get(ecosystem, {}))) for ecosystem in ECOSYSTEMS}
    count = sum(map(len, listed.values()))
    if not 0 < count <= MAX_PACKAGES:
        raise TrainingError(f"{path}: names {count} packages; name between 1 and {MAX_PACKAGES}")
    return _interleaved(listed)


def _interleaved(listed: dict[str, list[ListedPackage]]) -> list[ListedPackage]:
    placed = ([((at + 0.5) / len(entries), entry) for at, entry in enumerate(entries)] for entries in listed.values())
    return [entry for _, entry in merge(*placed, key=lambda pair: pair[0])]


def _entries(path: Path, ecosystem: str, table: Any) -> Iterator[ListedPackage]:
    if not isinstance(table, dict):
        raise TrainingError(f"{path}: [{ecosystem}] is not a table of packages")
    for name, entry in cast("dict[str, Any]", table).items():
        where = f"{path}: {ecosystem} package {name}"
        if not _NAME[ecosystem].fullmatch(name):
            raise TrainingError(f"{where}: not a package name")
        if not isinstance(entry, dict) or not entry.keys() <= _KEYS:
            raise TrainingError(f"{where}: takes {', '.join(sorted(_KEYS))} alone")
        fields = cast("dict[str, Any]", entry)
        version = fields.get("version")
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise TrainingError(f'{where}: name its exact version, as in version = "1.2.3"')
        heldout, only = fields.get("heldout", False), fields.get("only", [])
        if not isinstance(heldout, bool):
            # Whoever wrote "yes" meant it: a package that should be held out must not be learned from.
            raise TrainingError(f"{where}: write heldout = true or heldout = false")
        if not isinstance(only, list) or not all(isinstance(folder, str) for folder in cast("list[Any]", only)):
            raise TrainingError(f'{where}: name folders as a list, as in only = ["src"]')
        yield ListedPackage(
            ecosystem=ecosystem,
            name=name,
            version=version,
            heldout=heldout,
            only=tuple(folder.strip("/") + "/" for folder in cast("list[str]", only)),
        )
