"""Manifests: what a corpus, a tokenizer or a run was made from, as JSON beside it."""

import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from codex_lsp.errors import TrainingError

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "tokenizer": ("sha256",),
    "run": ("settings", "corpus_sha256", "tokenizer_sha256"),
    "rows": ("rows", "sha256"),
    "model": ("run", "position", "tokenizer", "corpus"),
}
"""What others read of the manifest of each kind."""


def write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Write `manifest` as JSON, whole or not at all."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    # Half a character, as in the name of a file that is not UTF-8, becomes its escape, which is JSON too.
    write_atomically(path, text.encode("utf-8", "backslashreplace"))


def write_atomically(path: Path, data: bytes) -> None:
    """Replace `path` by `data` so that a kill leaves the old file or the new one."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_manifest(folder: Path, kind: str) -> dict[str, Any]:
    """The manifest of a corpus, tokenizer or run folder.

    Raises:
        TrainingError: There is none, or it is of another kind.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TrainingError(f"{path}: cannot be read ({type(error).__name__}); name a {kind} folder") from error
    if not isinstance(manifest, dict) or manifest.get("kind") != kind:
        raise TrainingError(f"{folder}: not a {kind} folder; name one that `codex-lsp train` wrote")
    missing = next((name for name in _REQUIRED.get(kind, ()) if name not in manifest), None)
    if missing is not None:
        raise TrainingError(f"{path}: damaged, it tells no {missing}; make the {kind} again")
    return manifest


def check_replaceable(out: Path, kind: str, flag: str = "--out") -> None:
    """Refuse a place where something else stands than an empty folder or one of the same kind.

    Raises:
        TrainingError: A file, or another folder; the message names `flag`.
    """
    if not out.is_dir():
        if out.exists():
            raise TrainingError(f"{out}: a file; name a folder with {flag}")
        return
    try:
        if any(out.iterdir()):
            read_manifest(out, kind)
    except (OSError, TrainingError) as error:
        raise TrainingError(f"{out}: not empty and not a {kind}; name another folder with {flag}") from error


def versions(*packages: str) -> dict[str, str]:
    """The versions of Python and of the named packages that are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
