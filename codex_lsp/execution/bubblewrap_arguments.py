"""What bubblewrap is told for a job: a pure translation, so that every wall can be read here in one place."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from codex_lsp.execution.interpreter import home_folder
from codex_lsp.execution.sandbox import FIRST_FREE_CHANNEL, LAST_CHANNEL, WORK_FOLDER, Job
from codex_lsp.execution.shown_files import ShownFile, seen_places, shown_arguments

_SHARED_MEMORY = "/tmp/shm"  # noqa: S108 - inside the sandbox
_DEVICES = ("null", "zero", "full", "random", "urandom")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
_NOBODY = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """Numbers of the descriptors that bubblewrap itself reads and writes.

    Attributes:
        seccomp: Holds the filter.
        status: It writes the child's pid there, and the exit code.
        block: It waits there until the limits are set.
        files: Content of the job's files, in their order.
        shown: Content of the files that it sees with other content, in the order of `shown_files`.
    """

    seccomp: int
    status: int
    block: int
    files: tuple[int, ...] = ()
    shown: tuple[int, ...] = ()


def bubblewrap_arguments(
    job: Job, descriptors: Descriptors, *, uid: int | None, shown: tuple[ShownFile, ...] = ()
) -> list[str]:
    """Everything after `bwrap`.

    Args:
        job: As said.
        descriptors: As said.
        uid: Run by root: whom the program becomes. None for a plain user, who gets a user namespace instead.
        shown: The job's `shown_files`.

    Raises:
        ValueError: A file's path leaves the work folder, or a readable place holds the home folder.
    """
    return [
        *_namespaces(uid),
        *_file_systems(job.limits.disk_bytes),
        *_readable(job.readable),
        *shown_arguments(shown, descriptors.shown),
        *_masked(job.readable, job.masked),
        *_work_folder(job.files, descriptors.files),
        *("--remount-ro", "/", "--chdir", WORK_FOLDER),
        *("--seccomp", str(descriptors.seccomp)),
        *("--json-status-fd", str(descriptors.status), "--block-fd", str(descriptors.block)),
        "--",
        *_becoming(uid),
        *job.command,
    ]


def checked_channels(channels: Mapping[int, int]) -> Mapping[int, int]:
    """The channels themselves.

    Raises:
        ValueError: A number that is a standard stream's, or too large.
    """
    for inside in channels:
        if not FIRST_FREE_CHANNEL <= inside <= LAST_CHANNEL:
            raise ValueError(f"channel {inside}: the number inside is from {FIRST_FREE_CHANNEL} to {LAST_CHANNEL}")
    return channels


def _namespaces(uid: int | None) -> Iterator[str]:
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
    yield from ("--hostname", "sandbox", "--new-session", "--die-with-parent")
    if uid is None:
        yield from ("--unshare-user", "--disable-userns", "--uid", str(_NOBODY), "--gid", str(_NOBODY))
    else:
        # What it needs to become somebody else, and nothing of root's other powers meanwhile.
        yield from ("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")


def _file_systems(disk_bytes: int) -> Iterator[str]:
    """The system read-only; one capped file system for all that can be written, /dev/shm too; no /sys, /var, home."""
    for path in _SYSTEM:
        if Path(path).is_symlink():
            yield from ("--symlink", str(Path(path).readlink()), path)
        elif Path(path).is_dir():
            yield from ("--ro-bind", path, path)
    for folder in ("/dev", "/etc"):  # made along the way, they would let only root pass
        yield from ("--perms", "0755", "--dir", folder)
    for path in _SYSTEM_FILES:
        yield from ("--ro-bind-try", path, path)
    for device in _DEVICES:
        yield from ("--dev-bind", f"/dev/{device}", f"/dev/{device}")
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        yield from ("--symlink", f"/proc/self/{target}", f"/dev/{name}")
    # Run by a plain user, bubblewrap's first process inside is the program's own user's: its memory stays out of reach.
    yield from ("--proc", "/proc", "--perms", "0555", "--size", "4096", "--tmpfs", "/proc/1", "--remount-ro", "/proc/1")
    yield from ("--perms", "1777", "--size", str(disk_bytes), "--tmpfs", "/tmp")  # noqa: S108
    yield from ("--perms", "1777", "--dir", _SHARED_MEMORY, "--symlink", _SHARED_MEMORY, "/dev/shm")  # noqa: S108
    yield from ("--perms", "0777", "--dir", WORK_FOLDER)


def _readable(paths: tuple[Path, ...]) -> Iterator[str]:
    """Outer folders first, so that none hides what is mounted below it; what the system's folders hold is there."""
    mounted = [Path(system) for system in _SYSTEM]
    homes = (home_folder(), home_folder().resolve())
    for path in sorted({Path(os.path.abspath(path)) for path in paths}):  # noqa: PTH100 - a link stays a link
        if any(home.is_relative_to(place) for home in homes for place in (path, path.resolve())):
            raise ValueError(
                f"{path} holds the home folder, of which nothing else may be seen; name what is needed in it"
            )
        if any(path.is_relative_to(outer) for outer in mounted):
            continue
        mounted.append(path)
        for folder in reversed(path.parents[:-1]):
            yield from ("--perms", "0755", "--dir", str(folder))
        yield from ("--ro-bind-try", str(path), str(path))


def _masked(readable: tuple[Path, ...], masked: tuple[Path, ...]) -> Iterator[str]:
    for path in _seen_masks(readable, masked):
        if path.is_dir():
            yield from ("--perms", "0555", "--size", "4096", "--tmpfs", str(path), "--remount-ro", str(path))
        else:
            yield from ("--dev-bind", "/dev/null", str(path))


def _seen_masks(readable: tuple[Path, ...], masked: tuple[Path, ...]) -> list[Path]:
    """Each mask by the paths that the inside sees it by: a mount may be named through links, and a secret be a link."""
    return sorted({place for secret in masked if secret.resolve().exists() for place in seen_places(secret, readable)})


def _work_folder(files: Mapping[str, bytes], descriptors: tuple[int, ...]) -> Iterator[str]:
    made: set[PurePosixPath] = set()
    for name, descriptor in zip(files, descriptors, strict=True):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.name or "\0" in name:
            raise ValueError(f"{name!r}: a job's file lies in its work folder; give a relative path without `..`")
        for folder in reversed(path.parents[:-1]):
            if folder not in made:
                made.add(folder)
                yield from ("--perms", "0777", "--dir", f"{WORK_FOLDER}/{folder}")
        yield from ("--perms", "0666", "--file", str(descriptor), f"{WORK_FOLDER}/{path}")


def _becoming(uid: int | None) -> Iterator[str]:
    """Run by root, the program becomes a user of its own, so that processes are counted for each job alone."""
    if uid is not None:
        yield from ("/usr/bin/setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", "--")
