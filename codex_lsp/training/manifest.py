"""Manifests: what a corpus, a tokenizer or a run was made from, as JSON beside it."""

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from codex_lsp.errors import TrainingError


def write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Write `manifest` as JSON, whole or not at all."""
    write_atomically(path, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())


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
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read ({type(error).__name__}); name a {kind} folder") from error
    if not isinstance(manifest, dict) or manifest.get("kind") != kind:
        raise TrainingError(f"{folder}: not a {kind} folder; name one that `codex-lsp train` wrote")
    return manifest


def versions(*packages: str) -> dict[str, str]:
    """The versions of Python and of the named packages that are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
