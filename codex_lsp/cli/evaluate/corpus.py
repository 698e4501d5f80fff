"""What a measure is given as paths: source files, folders of them, or corpus folders with a held-out split."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.context.exclusion import is_secret
from codex_lsp.errors import UsageError
from codex_lsp.evaluation.source_files import SourceFile, source_files
from codex_lsp.training.documents import documents_in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Files to measure on, and the held-out packages they are of, where they come from a corpus."""

    files: tuple[SourceFile, ...]
    packages: tuple[str, ...]


def held_at(paths: Sequence[Path], languages: Sequence[str]) -> Held:
    """The files at paths; of `languages`, where any are named.

    Raises:
        DocumentError: A path does not exist or cannot be read, or holds no source.
        TrainingError: A corpus has no held-out split, or is damaged.
        UsageError: No file is of these languages.
    """
    files: list[SourceFile] = []
    packages: set[str] = set()
    for path in paths:
        if not _is_corpus(path):
            files += source_files([path])
            continue
        for document in documents_in_order(path, "heldout"):
            if _is_wanted(document.language, languages) and not is_secret(document.path):
                packages.add(document.package)
                files.append(SourceFile(path=document.path, language=document.language, text=document.text))
    wanted = tuple(file for file in files if _is_wanted(file.language, languages) and file.text.strip())
    if not wanted:
        raise UsageError(f"--language {', '.join(languages) or 'any'}: no such file in {', '.join(map(str, paths))}")
    return Held(files=wanted, packages=tuple(sorted(packages)))


def _is_wanted(language: str, languages: Sequence[str]) -> bool:
    return not languages or language in languages


def _is_corpus(path: Path) -> bool:
    """Whether a folder says of itself that it is a corpus; a damaged manifest is some other project's file."""
    try:
        found = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("kind") == "corpus"
