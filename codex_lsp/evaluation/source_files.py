"""The files that a measure is taken on: named ones, and those under named folders."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from codex_lsp.context.cursor import plain_newlines
from codex_lsp.context.exclusion import is_secret
from codex_lsp.context.language import language_of
from codex_lsp.errors import DocumentError

MAX_FILE_BYTES = 1_000_000
"""Larger files are data or generated."""
_NOT_SOURCE = frozenset({"plaintext", "json", "markdown", "toml", "xml", "yaml"})
"""Languages of files that nobody completes line by line; a file that is named is taken all the same."""
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    r"""One file.

    Attributes:
        path: As the model is shown it, posix.
        language: Its identifier.
        text: With `\n` line ends.
        folder: What `path` is relative to, as a workspace's folder; None where it is in none on this machine.
    """

    path: str
    language: str
    text: str
    folder: Path | None = field(default=None, compare=False)


def source_files(paths: Iterable[Path]) -> list[SourceFile]:
    """The source files that paths name, sorted by path within each folder; hidden and secret ones are left out.

    Raises:
        DocumentError: A path does not exist, a named file cannot be read as text, or nothing is left.
    """
    files: list[SourceFile] = []
    for path in paths:
        files += _under(path) if path.is_dir() else [_named(path)]
    if not any(file.text.strip() for file in files):
        raise DocumentError(f"{_listed(paths)}: no source text to measure on; name files or folders with source code")
    return files


def _under(folder: Path) -> Iterator[SourceFile]:
    for path in sorted(_walked(folder)):
        relative = path.relative_to(folder).as_posix()
        language = language_of(relative)
        if language in _NOT_SOURCE or is_secret(relative):
            continue
        text = _text(path)
        if isinstance(text, str):
            yield SourceFile(path=relative, language=language, text=text, folder=folder.absolute())


def _walked(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if _is_entered(Path(parent) / name)]
        yield from (Path(parent) / name for name in names if not name.startswith("."))


def _is_entered(folder: Path) -> bool:
    # A virtual environment is other people's code.
    skipped = folder.name.startswith(".") or folder.name in _SKIPPED_FOLDERS
    return not skipped and not (folder / "pyvenv.cfg").exists()


def _named(path: Path) -> SourceFile:
    if is_secret(str(path)):
        raise DocumentError(f"{path}: likely holds secrets, which no model is shown; name source files")
    text = _text(path)
    if isinstance(text, _Unreadable):
        raise DocumentError(f"{path}: {text.reason}; name a source file or a folder")
    return SourceFile(path=path.name, language=language_of(path.name), text=text, folder=path.absolute().parent)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    reason: str


def _text(path: Path) -> str | _Unreadable:
    try:
        if not path.is_file():
            return _Unreadable("is no ordinary file" if path.exists() else "does not exist")
        if path.stat().st_size > MAX_FILE_BYTES:
            return _Unreadable(f"is larger than {MAX_FILE_BYTES // 1_000_000} MB")
        data = path.read_bytes()
        if b"\0" in data:
            return _Unreadable("is a binary file")
        return plain_newlines(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _Unreadable(f"is not UTF-8 (byte {error.start})")
    except (OSError, ValueError) as error:
        # ValueError: a name that no file can have.
        return _Unreadable(f"cannot be read ({error.strerror if isinstance(error, OSError) else error})")


def _listed(paths: Iterable[Path]) -> str:
    return ", ".join(map(str, paths))
