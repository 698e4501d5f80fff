"""The source files of a person's own repository, and which of them are held out.

Nothing of a file is read that its name marks as secret, that git does not track, or that lies outside the folder.
"""

import hashlib
import os
import subprocess
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.context.exclusion import is_secret
from codex_lsp.context.language import language_of
from codex_lsp.errors import TrainingError, UsageError
from codex_lsp.training.documents import Document
from codex_lsp.training.filters import MAX_FILE_BYTES, Rejection, decode, rejection
from codex_lsp.training.source_files import printable

HELDOUT_SHARE = 0.15
MIN_FILES = 4
MIN_CHARACTERS = 4000
"""Of the files to learn from, together: about a thousand tokens."""
MAX_FILES = 20_000
MAX_CHARACTERS = 100_000_000
"""Of all files: far more than can be learned from in hours, and what is read is held in memory."""
_GIT_TIMEOUT_S = 60.0
# Files with no lines that a person completes: prose, and data that programs write.
_NO_SOURCE = frozenset({"plaintext", "json", "markdown", "xml"})
# What tools put into a folder that git would not track.
_TOOL_FOLDERS = frozenset({"__pycache__", "build", "dist", "env", "node_modules", "site-packages", "target", "venv"})
# A repository's own configuration can name programs for git to run; none is.
_GIT_RUNS_NOTHING = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What is learned from, what is held out, and how many files were left out for which reason."""

    root: Path
    train: tuple[Document, ...]
    heldout: tuple[Document, ...]
    left_out: dict[str, int]


def read_repository(root: Path, *, disabled_languages: Collection[str] = ()) -> Repository:
    """Read the source files under `root` and split them by file, the same way each time.

    Args:
        root: The repository's folder.
        disabled_languages: Language identifiers that are not read, beside prose and data.

    Raises:
        UsageError: There is no such folder.
        TrainingError: It holds too little source to learn from and to hold something out.
    """
    if not root.is_dir():
        what = "is a file; name the folder it is in" if root.exists() else "no such folder; name a repository's folder"
        raise UsageError(f"{root}: {what}")
    counts: Counter[str] = Counter()
    documents = list(_documents(root, frozenset(disabled_languages) | _NO_SOURCE, counts))
    if not documents:
        raise TrainingError(f"{root}: no source files to learn from; name the folder that holds them")
    # By a hash of the path: a file that is added or removed moves at most one other one.
    ordered = sorted(documents, key=lambda document: hashlib.sha256(document.path.encode("utf-8", "replace")).digest())
    count = max(1, round(HELDOUT_SHARE * len(ordered)))
    heldout, train = ordered[:count], ordered[count:]
    if len(ordered) < MIN_FILES or sum(len(document.text) for document in train) < MIN_CHARACTERS:
        raise TrainingError(
            f"{root}: {len(ordered)} source files are too little to learn from and to hold some out; "
            f"at least {MIN_FILES} files and {MIN_CHARACTERS} characters are needed"
        )
    return Repository(root=root, train=tuple(train), heldout=tuple(heldout), left_out=dict(counts))


def _documents(root: Path, no_source: frozenset[str], counts: Counter[str]) -> Iterator[Document]:
    seen: set[str] = set()
    read = 0
    for path in _paths(root):
        language = language_of(path)
        if language in no_source:
            continue
        if is_secret(path):
            counts["secret"] += 1
            continue
        text = _read(root / path)
        reason = text if isinstance(text, Rejection) else _rejection(text, seen)
        if reason is not None:
            counts[reason.value] += 1
            continue
        seen.add(text)
        read += len(text)
        if read > MAX_CHARACTERS:
            raise TrainingError(f"{root}: more than {MAX_CHARACTERS} characters of source; name a folder inside it")
        yield Document(package=root.name, path=printable(path), language=language, text=text)


def _rejection(text: str, seen: Collection[str]) -> Rejection | None:
    return Rejection.DUPLICATE if text in seen else rejection(text)


def _read(path: Path) -> str | Rejection:
    """The text of an ordinary file, or why it is left out; one that cannot be read is no text."""
    try:
        if path.is_symlink() or not path.is_file():
            return Rejection.NOT_UTF8
        return Rejection.TOO_LARGE if path.stat().st_size > MAX_FILE_BYTES else decode(path.read_bytes())
    except OSError:
        return Rejection.NOT_UTF8


def _paths(root: Path) -> list[str]:
    """Posix paths under `root`, sorted: what git tracks, or else what a walk finds."""
    tracked = _tracked(root)
    paths = sorted(_walked(root) if tracked is None else tracked)
    if len(paths) > MAX_FILES:
        raise TrainingError(f"{root}: more than {MAX_FILES} files; name a folder inside it")
    return paths


def _tracked(root: Path) -> list[str] | None:
    """What git tracks under `root`; None where it tracks nothing there, or is not there itself."""
    command = ["git", *_GIT_RUNS_NOTHING, "-C", str(root), "ls-files", "-z", "--cached", "--", "."]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_GIT_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name] or None


def _walked(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in _TOOL_FOLDERS and not name.startswith(".")]
        for name in files:
            yield (Path(folder) / name).relative_to(root).as_posix()
