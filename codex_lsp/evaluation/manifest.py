"""What made a result, so that it can be had again."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from codex_lsp.config import Settings
from codex_lsp.evaluation.likeness import EDIT_SIMILARITY
from codex_lsp.evaluation.lines import LinesOptions
from codex_lsp.evaluation.pace import Pace
from codex_lsp.evaluation.replay import Material
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.evaluation.surprise import WINDOW_CHARACTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a measure cannot know of itself.

    Attributes:
        command: The command that makes it again.
        versions: Of this package and of what it ran with.
        packages: The held-out packages that the files are of, where they come from a corpus.
        elapsed_s: How long it took.
    """

    command: str
    versions: Mapping[str, str]
    packages: tuple[str, ...]
    elapsed_s: float


def manifest(
    model: str, files: Sequence[SourceFile], settings: Settings, options: LinesOptions, made: Provenance
) -> dict[str, Any]:
    """The manifest of a result of line completion."""
    return {
        "kind": "lines",
        "command": made.command,
        "model": model,
        "versions": dict(made.versions),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": options.seed,
        "cursors": options.cursors,
        "n": settings.completion.n,
        "combinations": [combination.value for combination in options.combinations],
        "settings": {name: _sections(settings)[name] for name in ("completion", "context")},
        "similarity": EDIT_SIMILARITY,
        "window_characters": WINDOW_CHARACTERS,
        "bytes_per_language": options.bytes_per_language,
        "material": {**_fingerprint(files), "packages": list(made.packages)},
        "elapsed_s": round(made.elapsed_s, 1),
    }


def replay_manifest(
    model: str, material: Material, settings: Settings, made: Provenance, *, pace: Pace | None
) -> dict[str, Any]:
    """The manifest of a replay: without dates and times, so that one seed gives one result; no `pace` in real time."""
    files = [stretch.file for stretch in material.stretches]
    return {
        "kind": "replay",
        "command": made.command,
        "model": model,
        "versions": dict(made.versions),
        "seed": material.person.seed,
        "typist": asdict(material.person.habits),
        "reader": asdict(material.person.attention),
        "pace": None if pace is None else asdict(pace),
        "settings": _sections(settings),
        "similarity": EDIT_SIMILARITY,
        "material": {**_fingerprint(files), "packages": list(made.packages)},
    }


def _sections(settings: Settings) -> dict[str, Any]:
    """The settings that decide what is suggested; none that say where something lies."""
    found = {item.name: getattr(settings, item.name) for item in fields(settings)}
    sections = {name: value for name, value in found.items() if is_dataclass(value) and not isinstance(value, type)}
    return {
        name: {key: list(each) if isinstance(each, tuple) else each for key, each in asdict(value).items()}
        for name, value in sections.items()
        if name != "endpoint"
    }


def _fingerprint(files: Sequence[SourceFile]) -> dict[str, Any]:
    """Number, bytes and hash of files, whatever their order."""
    digest = hashlib.sha256()
    size = 0
    for path, text in sorted((file.path, file.text) for file in files):
        data = text.encode("utf-8", "surrogatepass")
        size += len(data)
        digest.update(hashlib.sha256(path.encode("utf-8", "surrogatepass") + b"\0" + data).digest())
    return {"files": len(files), "bytes": size, "sha256": digest.hexdigest()}
