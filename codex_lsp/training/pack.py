"""Pack parts: a corpus folder with its tokenizer as one compressed tar, so that training starts on another machine.

A part is a tar whose top level is a whole corpus folder plus `tokenizer/`. Each is good by itself; several are merged
into one corpus, their shards renumbered and the held-out documents, which every part brings, taken once. This module
needs the standard library alone.
"""

import hashlib
import lzma
import re
import shutil
import tarfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from codex_lsp.errors import TrainingError
from codex_lsp.training.documents import shards_of
from codex_lsp.training.folders import written_beside
from codex_lsp.training.manifest import read_manifest, write_manifest

TOKENIZER_FOLDER = "tokenizer"
_MEMBER = re.compile(
    r"manifest\.json|DATA\.(md|svg)|(train|heldout)-\d{5}\.jsonl|tokenizer/[A-Za-z0-9_-][A-Za-z0-9_.-]*"
)


def unpacked(parts: Sequence[Path], into: Path) -> Path:
    """Unpack and merge parts into the corpus folder `into`, and return it; what is unpacked already stays.

    Args:
        parts: Files as `make corpus-pack` writes them.
        into: The folder to create; another corpus that was unpacked there is replaced.

    Raises:
        TrainingError: A part is missing, damaged or not a part, or `into` is something else.
    """
    if not parts:
        raise TrainingError("no parts to unpack; name the files that `make corpus-pack` wrote")
    digests = [_digest(part) for part in parts]
    if into.exists() and any(into.iterdir()):
        if not (into / "manifest.json").is_file():
            raise TrainingError(f"{into}: not empty and not a corpus; name another folder to unpack into")
        if read_manifest(into, "corpus").get("unpacked_from") == digests:
            return into
    with _replaced(into) as partial:
        folders = [_extracted(part, partial / f"part-{number:02d}") for number, part in enumerate(parts)]
        _check_together(parts, folders)
        try:
            manifest = _merged(folders, partial)
        except (KeyError, TypeError, AttributeError) as error:
            named = ", ".join(map(str, parts))
            raise TrainingError(f"{named}: a manifest in there is damaged; copy them again") from error
        for folder in folders:
            shutil.rmtree(folder)
        write_manifest(partial / "manifest.json", {**manifest, "unpacked_from": digests})
    return into


@contextmanager
def _replaced(into: Path) -> Generator[Path]:
    """`written_beside`, where a full disk is one line."""
    try:
        with written_beside(into) as partial:
            yield partial
    except OSError as error:
        raise TrainingError(
            f"{error.filename or into}: {error.strerror or error}; free some space or name another folder"
        ) from error


def _digest(part: Path) -> str:
    try:
        with part.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TrainingError(f"{part}: {error.strerror}; name a part that `make corpus-pack` wrote") from error


def _extracted(part: Path, folder: Path) -> Path:
    """Unpack one part: regular files with the names that parts have, whatever else the tar holds is refused."""
    (folder / TOKENIZER_FOLDER).mkdir(parents=True)
    try:
        with tarfile.open(part, "r:xz") as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isreg() and _MEMBER.fullmatch(member.name) else None
                if file is None:
                    raise TrainingError(f"{part}: not a part of a corpus: holds {member.name!r}")
                with (folder / member.name).open("wb") as out:
                    shutil.copyfileobj(file, out)
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise TrainingError(
            f"{part}: damaged ({type(error).__name__}); copy it again or run `make corpus-pack` again"
        ) from error
    if not (folder / "manifest.json").is_file() or not (folder / TOKENIZER_FOLDER / "manifest.json").is_file():
        raise TrainingError(f"{part}: not a part of a corpus; name one that `make corpus-pack` wrote")
    return folder


def _check_together(parts: Sequence[Path], folders: Sequence[Path]) -> None:
    """Refuse parts of different corpora: what one of them holds out, another may learn from; and a part named twice."""
    named: dict[Any, Path] = {}
    first: Any = None
    for part, folder in zip(parts, folders, strict=True):
        manifest = read_manifest(folder, "corpus")
        made = (manifest.get("whole"), read_manifest(folder / TOKENIZER_FOLDER, "tokenizer")["sha256"])
        first = first or made
        if made != first:
            raise TrainingError(f"{part}: of another corpus or tokenizer than {parts[0]}; name parts of one pack")
        number = cast("dict[str, Any]", manifest.get("part") or {}).get("number")
        if number in named:
            raise TrainingError(f"{part}: the same part as {named[number]}; name each part once")
        named[number] = part


def _merged(folders: Sequence[Path], into: Path) -> dict[str, Any]:
    """Move the shards of some parts into one folder, with the first one's tokenizer, and give the joint manifest."""
    manifests = [read_manifest(folder, "corpus") for folder in folders]
    merged: dict[str, Any] = dict(manifests[0])
    merged["splits"] = {
        "train": _moved(folders, manifests, "train", into),
        "heldout": _moved(folders[:1], manifests[:1], "heldout", into),
    }
    packages = {
        (package.get("ecosystem"), package["name"]): package
        for manifest in manifests
        for package in cast("list[dict[str, Any]]", manifest["packages"])
    }
    merged["packages"] = list(packages.values())
    merged["parts"] = [manifest.get("part") for manifest in manifests]
    merged.pop("part", None)
    for name in (TOKENIZER_FOLDER, "DATA.md", "DATA.svg"):
        if (folders[0] / name).exists():
            (folders[0] / name).rename(into / name)
    return merged


def _moved(folders: Sequence[Path], manifests: Sequence[dict[str, Any]], split: str, into: Path) -> dict[str, Any]:
    """Move the shards of one split, renumbered, and count and hash what they hold."""
    digest = hashlib.sha256()
    number = 0
    for folder in folders:
        for shard in shards_of(folder, split):
            with shard.open("rb") as file:
                hashlib.file_digest(file, lambda: digest)
            shard.rename(into / f"{split}-{number:05d}.jsonl")
            number += 1
    counts = [manifest["splits"][split] for manifest in manifests]
    return {
        "files": sum(count["files"] for count in counts),
        "characters": sum(count["characters"] for count in counts),
        "sha256": digest.hexdigest(),
    }
