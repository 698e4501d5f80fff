"""Package archives, fetched by the ordinary package clients and never built, installed or run."""

import logging
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from codex_lsp.errors import TrainingError
from codex_lsp.training.packages import ListedPackage

log = logging.getLogger(__name__)

FETCH_TIMEOUT_S = 600
_UPDATE_TIMEOUT_S = 300
_MAX_REASON_CHARS = 160


class Fetcher:
    """Fetches archives into one folder, one subfolder for each package, and keeps them for the next run.

    `fetch` may be called from several threads for different packages.
    """

    def __init__(self, folder: Path) -> None:
        """Fetch into `folder`, which is created."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder.absolute()
        self._commands: dict[str, Callable[[ListedPackage, Path], list[str]]] = {
            "pypi": _pip,
            "npm": _npm,
            "debian": self._apt,
        }

    def missing_client(self, ecosystem: str) -> str | None:
        """Why packages of `ecosystem` cannot be fetched here, in one line, or None where they can."""
        client = {"pypi": "pip", "npm": "npm", "debian": "apt-get"}[ecosystem]
        found = find_spec("pip") if client == "pip" else shutil.which(client)
        return None if found else f"{client} is not installed here: {ecosystem} packages are left out"

    def prepare(self, ecosystem: str) -> None:
        """Get an ecosystem's client ready: `apt-get` needs lists of its own, the system's are left alone."""
        if ecosystem == "debian":
            for folder in ("lists/partial", "cache/archives/partial"):
                (self._apt_state() / folder).mkdir(parents=True, exist_ok=True)
            _run(["apt-get", *self._apt_options(), "update", "-q"], self._folder, _UPDATE_TIMEOUT_S)

    def fetch(self, package: ListedPackage) -> Path:
        """The archive of a package, fetched unless it is here already.

        Raises:
            TrainingError: The client could not fetch exactly this version.
        """
        folder = self._home(package)
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as temporary:
                into = Path(temporary) / folder.name
                into.mkdir()
                _run(self._commands[package.ecosystem](package, into), into, FETCH_TIMEOUT_S)
                _only_file(into)
                into.rename(folder)
        return _only_file(folder)

    def holds(self, package: ListedPackage) -> bool:
        """Whether the archive of a package is here already."""
        return self._home(package).is_dir()

    def _home(self, package: ListedPackage) -> Path:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", f"{package.name}-{package.version}")
        return self._folder / package.ecosystem / name

    def _apt(self, package: ListedPackage, _into: Path) -> list[str]:
        return ["apt-get", *self._apt_options(), "download", "-q", f"{package.name}={package.version}"]

    def _apt_state(self) -> Path:
        return self._folder / ".apt"

    def _apt_options(self) -> list[str]:
        state = self._apt_state()
        options = {
            "Dir::State::Lists": state / "lists",
            "Dir::Cache": state / "cache",
            "Debug::NoLocking": "1",
            "APT::Sandbox::User": "",
        }
        return [part for key, value in options.items() for part in ("-o", f"{key}={value}")]


def _only_file(folder: Path) -> Path:
    files = [path for path in folder.iterdir() if path.is_file()]
    if len(files) != 1:
        raise TrainingError(f"{folder}: holds {len(files)} archives instead of one; remove it and run again")
    return files[0]


def _pip(package: ListedPackage, into: Path) -> list[str]:
    # A wheel is data; to fetch a source distribution would run its build backend for its metadata.
    flags = ["--quiet", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--no-input"]
    return [sys.executable, "-m", "pip", "download", *flags, "--dest", str(into), f"{package.name}=={package.version}"]


def _npm(package: ListedPackage, into: Path) -> list[str]:
    flags = ["--silent", "--ignore-scripts", "--pack-destination", str(into)]
    return ["npm", "pack", *flags, f"{package.name}@{package.version}"]


def _run(command: list[str], cwd: Path, timeout_s: float) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as error:
        raise TrainingError(f"{command[0]} gave no answer within {timeout_s:.0f} s; is there a network?") from error
    except OSError as error:
        raise TrainingError(f"{command[0]} cannot be started ({error.strerror})") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace").splitlines()
        log.info("%s failed: %s", " ".join(command), " / ".join(said))
        raise TrainingError(_reason(said) or f"{command[0]} failed with {done.returncode}")


def _reason(lines: list[str]) -> str:
    """The line of a client's complaint that says why: the last that names an error."""
    telling = [line for line in lines if re.match(r"(npm )?(error|e:)|\w*Error: ", line, re.IGNORECASE)] or lines
    return telling[-1][:_MAX_REASON_CHARS].strip() if telling else ""
