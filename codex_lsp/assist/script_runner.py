"""What runs a project's tests of JavaScript and TypeScript: vitest or jest where the project has one, else node."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from codex_lsp.context.folder_entries import entries_of
from codex_lsp.context.regular_file import regular_bytes
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.program_paths import find_program, program_paths
from codex_lsp.execution.sandbox import WORK_FOLDER

NODE_TEST, VITEST, JEST = "node:test", "vitest", "jest"
REPORT = f"{WORK_FOLDER}/report.json"
"""Where a runner writes what its tests came to."""
REPORTER = "reporter.mjs"
_MAX_BYTES = 1 << 20
_OLDEST_NODE = (20,)
_STRIPS_TYPES = (22, 18)
_LOADS_SETTINGS_READ_ONLY = (3, 1)
"""From this version on, vitest reads its settings without writing a file beside them."""
_PROBE_S = 20.0
_CONFIGS = {VITEST: re.compile(r"vitest\.(?:config|workspace)\."), JEST: re.compile(r"jest\.config\.")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The `node` of this machine.

    Attributes:
        path: Of the program, real.
        version: Of it.
    """

    path: Path
    version: tuple[int, ...]

    @property
    def strips_types(self) -> bool:
        """It runs TypeScript by itself."""
        return self.version >= _STRIPS_TYPES and not (23,) <= self.version < (23, 6)

    @property
    def readable(self) -> tuple[Path, ...]:
        """What must be mounted for it; nothing where it is the system's."""
        return program_paths(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What runs tests.

    Attributes:
        name: `node:test`, `vitest` or `jest`.
        folder: Where it is started: what names it there are its settings.
        program: Its script; None where it is part of node, or is not installed.
        version: Of an installed one.
        environment: Variables that it needs.
    """

    name: str
    folder: Path
    program: Path | None = None
    version: tuple[int, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def is_installed(self) -> bool:
        """It can be started."""
        return self.name == NODE_TEST or self.program is not None

    def command(self, node: Node, file: Path | str) -> tuple[str, ...]:
        """What runs one file of tests and writes a report."""
        if self.name == NODE_TEST:
            reporter = f"--test-reporter={WORK_FOLDER}/{REPORTER}"
            return (str(node.path), "--test", reporter, f"--test-reporter-destination={REPORT}", str(file))
        program = (str(node.path), str(self.program))
        if self.name == VITEST:
            settings = ("--configLoader=runner",) if self.version >= _LOADS_SETTINGS_READ_ONLY else ()
            plain = ("--no-cache", "--coverage.enabled=false", "--no-file-parallelism", *settings)
            return (*program, "run", str(file), "--reporter=json", f"--outputFile={REPORT}", *plain)
        plain = ("--runInBand", "--ci", "--no-watchman", "--coverage=false", "--reporters=default")
        cache = f"--cacheDirectory={WORK_FOLDER}/cache"
        return (*program, f"^{re.escape(str(file))}$", *plain, cache, "--json", f"--outputFile={REPORT}")


def find_node() -> Node:
    """The program.

    Raises:
        AssistRefused: There is none, or it is too old.
    """
    found = find_program("node")
    if found is None:
        raise AssistRefused("there is no `node` here to run tests of JavaScript with; install Node.js")
    try:
        done = subprocess.run([found, "--version"], capture_output=True, timeout=_PROBE_S, check=False)
        version = _numbers(done.stdout.decode(errors="replace"))
    except (OSError, subprocess.TimeoutExpired):
        version = ()
    if version < _OLDEST_NODE:
        said = ".".join(map(str, version)) or "of no version"
        raise AssistRefused(f"{found} is {said}, too old to run tests with; install Node.js {_OLDEST_NODE[0]} or newer")
    return Node(path=Path(found).resolve(), version=version)


def runner_of(folders: Sequence[Path], *, reads: bool) -> Runner:
    """The runner that the nearest folder names by its settings, its `package.json` or, unread, what is installed.

    Args:
        folders: From the module's package up to the project's root.
        reads: Files may be read; else their names alone tell.
    """
    for folder in folders:
        name = _named(folder, reads=reads)
        if name is not None:
            return _installed(name, folder, reads=reads)
    return Runner(name=NODE_TEST, folder=folders[0])


def package_at(folder: Path) -> Mapping[str, Any]:
    """What its `package.json` says; nothing where there is none that can be read."""
    data = regular_bytes(folder / "package.json", max_bytes=_MAX_BYTES)
    try:
        said: object = json.loads(data or b"")
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else {}


def _named(folder: Path, *, reads: bool) -> str | None:
    package = package_at(folder) if reads else {}
    scripts = " ".join(map(str, _members(package, "scripts").values()))
    asked = {**_members(package, "dependencies"), **_members(package, "devDependencies")}
    names = [entry.name for entry in entries_of(folder)]
    for name, config in _CONFIGS.items():
        if re.search(rf"\b{name}\b", scripts) or any(config.match(each) for each in names):
            return name
    if JEST in package:
        return JEST
    there = asked if reads else [entry.name for entry in entries_of(folder / "node_modules")]
    return next((name for name in (VITEST, JEST) if name in there), None)


def _installed(name: str, folder: Path, *, reads: bool) -> Runner:
    place = next((each for up in (folder, *folder.parents) if (each := up / "node_modules" / name).is_dir()), None)
    if place is None or not reads:
        return Runner(name=name, folder=folder)
    package = package_at(place.resolve())
    said = package.get("bin")
    script = cast("Mapping[str, Any]", said).get(name) if isinstance(said, dict) else said
    if not isinstance(script, str) or not (program := (place / script).resolve()).is_file():
        return Runner(name=name, folder=folder)
    scripts = str(package_at(folder).get("scripts"))
    modules = "--experimental-vm-modules" in scripts
    return Runner(
        name=name,
        folder=folder,
        program=program,
        version=_numbers(str(package.get("version"))),
        environment=(("NODE_OPTIONS", "--experimental-vm-modules"),) if modules else (),
    )


def _members(package: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = package.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _numbers(version: str) -> tuple[int, ...]:
    found = re.search(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()
