"""Files that a job sees with other content than they have on disk, and files that are not there at all.

bubblewrap mounts content over a file that exists. Where none does, nothing can be mounted, so that the nearest folder
which exists is made anew in memory: each thing in it is mounted into it again, and the new file beside them.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.execution.sandbox import Job

MOST_BESIDE = 250
"""Entries of a folder that is made anew: bubblewrap looks at all mounts for each new one (2000 took 30 s)."""
_SIZE_BYTES = 1 << 20
"""Of a folder made anew: it holds names alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file as the inside sees it.

    Attributes:
        path: Inside.
        content: What it seems to hold.
        anew: The folder that is to be made anew for it; None where the file is there.
    """

    path: Path
    content: bytes
    anew: Path | None


def seen_places(path: Path, readable: tuple[Path, ...]) -> Iterator[Path]:
    """Each place at which the inside sees a path: a mount may be named through links, and the path be a link."""
    real = path.resolve()
    for root in readable:
        real_root = root.resolve()
        if real.is_relative_to(real_root):
            yield Path(os.path.abspath(root)) / real.relative_to(real_root)  # noqa: PTH100 - a link stays a link


def shown_files(job: Job) -> tuple[ShownFile, ...]:
    """The job's replaced files, once for each place at which they are seen, without those that are masked.

    Raises:
        ValueError: A file lies in no readable folder, or leads out of it; it is a folder; or it is new and beside more
            than `MOST_BESIDE` others.
    """
    shown: dict[Path, ShownFile] = {}
    masked = [path.resolve() for path in job.masked]
    for path, content in job.replaced.items():
        if any(path.resolve().is_relative_to(secret) for secret in masked):
            continue
        places = list(seen_places(path, tuple(root for root in job.readable if root.is_dir())))
        if not places:
            raise ValueError(f"{path}: a file that is shown with other content lies in a readable folder")
        for place in places:
            shown[place] = ShownFile(path=place, content=content, anew=_anew(place))
    return tuple(shown.values())


def _anew(place: Path) -> Path | None:
    if place.is_file():
        return None
    if place.exists():
        raise ValueError(f"{place} is no file, and cannot be shown as one")
    folder = next(folder for folder in place.parents if folder.exists())
    if not folder.is_dir():
        raise ValueError(f"{place}: {folder} is no folder")
    if len(os.listdir(folder)) > MOST_BESIDE:  # noqa: PTH208 - names alone
        raise ValueError(f"{place} is not there, and {folder} holds too much to show it there; save it first")
    return folder


def shown_arguments(shown: tuple[ShownFile, ...], descriptors: tuple[int, ...]) -> Iterator[str]:
    """What bubblewrap is told of them; to come after the readable folders and before what is masked.

    Args:
        shown: The files.
        descriptors: Each holds the content of one, in their order.
    """
    folders = sorted({file.anew for file in shown if file.anew is not None})  # outer ones first
    made = set(folders)
    for folder in folders:
        yield from _made_anew(folder)
    for file, descriptor in zip(shown, descriptors, strict=True):
        for above in reversed(file.path.parents):
            if file.anew is not None and above not in made and above.is_relative_to(file.anew):
                made.add(above)
                yield from ("--perms", "0755", "--dir", str(above))
        yield from ("--perms", "0444", "--ro-bind-data", str(descriptor), str(file.path))
    for folder in folders:
        yield from ("--remount-ro", str(folder))


def _made_anew(folder: Path) -> Iterator[str]:
    yield from ("--perms", "0755", "--size", str(_SIZE_BYTES), "--tmpfs", str(folder))
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                # Mounted, it would be what it leads to, wherever that is.
                yield from ("--symlink", os.readlink(entry.path), entry.path)  # noqa: PTH115 - as it stands
            else:
                yield from ("--ro-bind-try", entry.path, entry.path)
