"""Installs the Neovims that the editor tests drive, from nothing and without touching the system.

A system `nvim` that is new enough is used as it is. Otherwise packages come from a newer suite of the Debian mirror
that apt already uses, through a private apt state, and are unpacked under `.editors/nvim`. Their binaries ask for a
newer C library than the system has, so their interpreter and library path are rewritten to the unpacked ones.
Run it as a command to install both; `nvim()` and `tmux()` are what the tests call.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EDITORS = ROOT / ".editors" / "nvim"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
INSTALL_TIMEOUT_S = 300
RECIPE = "3"  # raised when what is unpacked changes, so that an older installation is replaced


class InstallError(Exception):
    """Neovim cannot be installed here; the message says why and what would mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One Neovim: the suite it comes from, what else comes with it, and the version it must have."""

    suite: str
    packages: tuple[str, ...]
    at_least: tuple[int, int]
    below: tuple[int, int] | None = None

    def fits(self, version: tuple[int, int] | None) -> bool:
        """Whether a Neovim of this version will do."""
        return version is not None and version >= self.at_least and (self.below is None or version < self.below)


CURRENT = Release(suite="testing", packages=("neovim", "patchelf", "tmux"), at_least=(0, 12))
OLD = Release(suite="trixie", packages=("neovim", "patchelf"), at_least=(0, 10), below=(0, 11))


def nvim(release: Release = CURRENT) -> Path:
    """A Neovim of that release, installed if need be.

    Raises:
        InstallError: It cannot be installed here.
    """
    system = shutil.which("nvim")
    if system is not None and release.fits(_version(Path(system))):
        return Path(system)
    home = EDITORS / release.suite
    launcher = home / "bin" / "nvim"
    stamp = home / "stamp"
    if not (stamp.is_file() and stamp.read_text() == RECIPE):
        _install(release, home)
        if not release.fits(_version(launcher)):
            message = f"{launcher}: the suite {release.suite} has no Neovim that fits; put one >= 0.12 on PATH"
            raise InstallError(message)
        stamp.write_text(RECIPE)
    return launcher


def tmux() -> Path:
    """A tmux: the system's, or the one that came with the current Neovim.

    Raises:
        InstallError: There is none.
    """
    system = shutil.which("tmux")
    unpacked = EDITORS / CURRENT.suite / "bin" / "tmux"
    if system is None and not unpacked.is_file():
        message = "tmux: not found; install it with your package manager"
        raise InstallError(message)
    return unpacked if system is None else Path(system)


def _version(binary: Path) -> tuple[int, int] | None:
    try:
        reply = _run([str(binary), "--version"])
    except InstallError:
        return None
    found = re.match(r"NVIM v(\d+)\.(\d+)", reply)
    return None if found is None else (int(found[1]), int(found[2]))


def _install(release: Release, home: Path) -> None:
    if shutil.which("apt-get") is None:
        message = "nvim: Neovim >= 0.12 not found and this is no Debian; install it and put it on PATH"
        raise InstallError(message)
    shutil.rmtree(home, ignore_errors=True)
    tree = home / "root"
    tree.mkdir(parents=True)
    for package in _download(release, home / "apt"):
        _run(["dpkg", "-x", str(package), str(tree)])
    shutil.rmtree(home / "apt")
    binaries = tree / "usr" / "bin"
    for name in ("nvim", "tmux"):
        if (binaries / name).is_file():
            _relink(binaries / name, tree)
    _write_launchers(home / "bin", tree)


def _download(release: Release, state: Path) -> list[Path]:
    """Fetch the packages and all they depend on, as if nothing were installed."""
    archives = state / "cache" / "archives"
    for folder in (state / "lists" / "partial", archives / "partial"):
        folder.mkdir(parents=True)
    (state / "status").touch()
    (state / "sources.list").write_text(_sources(release.suite))
    # The system's apt configuration stays in force below this (a proxy may be set there).
    (state / "apt.conf").write_text(
        f'Dir::State "{state}"; Dir::State::lists "{state}/lists"; Dir::State::status "{state}/status";\n'
        f'Dir::Cache "{state}/cache"; Dir::Cache::archives "{archives}"; Dir::Log "{state}";\n'
        f'Dir::Etc::sourcelist "{state}/sources.list"; Dir::Etc::sourceparts "-";\n'
        'Dir::Etc::preferences "-"; Dir::Etc::preferencesparts "-";\n'
        'APT::Sandbox::User ""; APT::Install-Recommends "false"; Acquire::Languages "none";\n'
        'APT::Keep-Downloaded-Packages "true"; Debug::NoLocking "true"; APT::Update::Error-Mode "any";\n'
    )
    environment = os.environ | {"APT_CONFIG": str(state / "apt.conf"), "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-qq"], environment)
    _run(["apt-get", "install", "-qq", "-y", "--download-only", *release.packages], environment)
    return sorted(archives.glob("*.deb"))


def _sources(suite: str) -> str:
    """The sources list that names `suite` on the mirrors that apt takes this system's own release from."""
    codename = _codename()
    # Says what an update would fetch, also where none has ever been made.
    planned = _run(["apt-get", "--print-uris", "update"])
    mirrors = set(re.findall(rf"'(\S+)/dists/{re.escape(codename)}/InRelease'", planned)) if codename else set[str]()
    if not mirrors:
        message = f"apt: no source offers Debian {codename}; put Neovim >= 0.12 on PATH"
        raise InstallError(message)
    signed_by = f"[signed-by={KEYRING}] " if KEYRING.is_file() else ""
    return "".join(f"deb {signed_by}{mirror} {suite} main\n" for mirror in sorted(mirrors))


def _codename() -> str:
    lines = Path("/etc/os-release").read_text().splitlines()
    return next((line.partition("=")[2].strip('"') for line in lines if line.startswith("VERSION_CODENAME=")), "")


def _relink(binary: Path, tree: Path) -> None:
    """Make an unpacked program use the unpacked C library and nothing of the system's."""
    linker = next(iter(sorted(tree.glob("usr/lib*/ld-linux*.so.*")) + sorted(tree.glob("usr/lib/*/ld-linux*.so.*"))))
    libraries = str(next(tree.glob("usr/lib/*/libc.so.6")).parent)
    # patchelf comes from the same suite, so it too runs under the unpacked linker.
    patchelf = [str(linker), "--library-path", libraries, str(tree / "usr" / "bin" / "patchelf")]
    _run([*patchelf, "--set-interpreter", str(linker), "--force-rpath", "--set-rpath", libraries, str(binary)])


def _write_launchers(folder: Path, tree: Path) -> None:
    folder.mkdir()
    share = tree / "usr" / "share" / "nvim"
    modules = next(tree.glob("usr/lib/*/lua/5.1"), tree) / "?.so"
    exports = f"export VIM='{share}' VIMRUNTIME='{share / 'runtime'}' LUA_CPATH='{modules};;'"
    for name, preparation in (("nvim", exports), ("tmux", ":")):
        binary = tree / "usr" / "bin" / name
        if binary.is_file():
            launcher = folder / name
            launcher.write_text(f"#!/bin/sh\n{preparation}\nexec '{binary}' \"$@\"\n")
            launcher.chmod(0o755)


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=True
        )
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines() or ["no message"]
        reason = next((line for line in lines if line.startswith("E:")), lines[-1])
        message = f"{' '.join(command[:2])}: exit {error.returncode}: {reason}"
        raise InstallError(message) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{command[0]}: {error}"
        raise InstallError(message) from error
    return done.stdout


def main() -> int:
    """Install both releases; one line for each."""
    try:
        for release in (CURRENT, OLD):
            sys.stdout.write(f"Neovim for the editor tests: {nvim(release)}\n")
        sys.stdout.write(f"tmux: {tmux()}\n")
    except InstallError as error:
        sys.stderr.write(f"tests/editors/nvim: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
