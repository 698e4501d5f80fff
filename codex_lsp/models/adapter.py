"""Adapters on disk: low-rank changes of a model's weights, made by `codex-lsp train adapt` for one workspace.

A folder holds `adapter_config.json` and `adapter_model.safetensors` as `peft` writes them, and a `manifest.json` that
names the model it was made for by a hash. Only plain LoRA is read, and nothing in a folder is ever run.
"""

import hashlib
import json
import os
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from codex_lsp.errors import AdapterUnusable

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_MANIFEST = "manifest.json"
ADAPTER_KIND = "adapter"
MAX_NAME = 40
# What `peft` can do beyond plain LoRA, and what each is where it is not done.
_EXTRAS: Mapping[str, tuple[object, ...]] = {
    "use_dora": (None, False),
    "fan_in_fan_out": (None, False),
    "lora_bias": (None, False),
    "bias": (None, "none"),
    "modules_to_save": (None, []),
    "rank_pattern": (None, {}),
    "alpha_pattern": (None, {}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """An adapter folder that was read.

    Attributes:
        folder: Where it is.
        scale: By what the product of its two matrices is multiplied before it is added.
        base_sha256: `weights_sha256` of the model it was made for.
    """

    folder: Path
    scale: float
    base_sha256: str

    @property
    def weights(self) -> Path:
        """Its matrices."""
        return self.folder / ADAPTER_WEIGHTS


def read_adapter(folder: Path) -> Adapter:
    """Read what an adapter says of itself; its matrices are not read yet.

    Raises:
        AdapterUnusable: It is not there, damaged, or more than plain LoRA.
    """
    config, manifest = _object(folder / ADAPTER_CONFIG), _object(folder / ADAPTER_MANIFEST)
    rank, alpha, base = config.get("r"), config.get("lora_alpha"), manifest.get("base_sha256")
    extras = [name for name, plain in _EXTRAS.items() if config.get(name) not in plain]
    if config.get("peft_type") != "LORA" or extras:
        raise _unusable(folder, f"`{(extras or ['peft_type'])[0]}` is not plain LoRA")
    if type(rank) is not int or rank < 1 or not isinstance(alpha, int | float) or not isinstance(base, str):
        raise _unusable(folder, "its files are damaged")
    return Adapter(folder=folder, scale=alpha / (rank**0.5 if config.get("use_rslora") else rank), base_sha256=base)


def weights_sha256(folder: Path) -> str:
    """A hash of a model folder's weights, whatever the folder is called.

    Raises:
        OSError: A file cannot be read.
    """
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            whole.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def adapter_name(folder: str) -> str:
    """The name under which an adapter folder is served: `NAME@ADAPTER` on the wire tells nothing but this.

    >>> adapter_name("/home/me/.local/share/codex-lsp/adapters/shop")
    'shop-8f45e0da'
    """
    path = _whole_path(folder)
    word = re.sub(r"[^A-Za-z0-9._-]+", "-", path.name)[:MAX_NAME]
    return f"{word}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}"


def named_adapters(folders: Mapping[str, str]) -> dict[str, Path]:
    """The adapter folders of the setting `adapters`, by the names under which they are served."""
    return {adapter_name(folder): _whole_path(folder) for folder in folders.values()}


class AdaptedFolders:
    """Which adapter a document is completed with: that of the innermost folder of the setting that holds it."""

    def __init__(self, folders: Mapping[str, str]) -> None:
        """Take the setting `adapters`."""
        held = [(_whole_path(workspace), adapter_name(folder)) for workspace, folder in folders.items()]
        # Editors name files as they were opened, through links or not.
        places = [(place, name) for path, name in held for place in {path, path.resolve()}]
        self._places: Sequence[tuple[str, str]] = sorted(
            ((_uri_path(place.as_uri()).rstrip("/") + "/", name) for place, name in places),
            key=lambda held: len(held[0]),
            reverse=True,
        )

    def name_for(self, uri: str) -> str | None:
        """The adapter of a document, or None where it is in no such folder."""
        if not self._places or not uri.startswith("file:"):
            return None
        path = _uri_path(uri)
        return next((name for place, name in self._places if path.startswith(place)), None)


def _whole_path(text: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        # The home folder of somebody who is not there: no such folder then.
        path = Path(text)
    return Path(os.path.normpath(path.absolute()))


def _uri_path(uri: str) -> str:
    try:
        path = posixpath.normpath(unquote(urlsplit(uri).path, errors="replace"))
    except ValueError:
        return uri
    # Editors there write drives as they like, and case tells no files apart.
    return path.lower() if os.name == "nt" else path


def _object(path: Path) -> dict[str, Any]:
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _unusable(path.parent, f"no {path.name} there") from error
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(path.parent, f"{path.name} cannot be read") from error
    if not isinstance(value, dict):
        raise _unusable(path.parent, f"{path.name} is damaged")
    return cast("dict[str, Any]", value)


def _unusable(folder: Path, reason: str) -> AdapterUnusable:
    return AdapterUnusable(
        f"adapter {folder}: {reason}; make it again with `codex-lsp train adapt`, or take it out of `adapters`"
    )
