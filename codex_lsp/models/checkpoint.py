"""Finds a model's folder and checks it before anything is loaded: every way it can be wrong is one line.

Weights are read from safetensors only; a pickle runs code when it is read. Code that a checkpoint brings is never run.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)

from codex_lsp.errors import ModelDamaged, ModelNotFound, ModelUnavailable

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
WEIGHTS = "model.safetensors"
# What is fetched of a hub model: no pickles, and no code.
WANTED_FILES = ("*.json", "*.jinja", "model*.safetensors")
HUB_TIMEOUT_S = 5.0
_LFS_POINTER = b"version https://git-lfs"
_HEADER_LENGTH_BYTES = 8
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A model folder that was checked.

    Attributes:
        folder: Where it is.
        config: What is in its `config.json`.
        tokenizer: Its `tokenizer.json`.
    """

    folder: Path
    config: Mapping[str, Any]
    tokenizer: Path


def find_checkpoint(checkpoint: Path | str) -> Checkpoint:
    """Find and check a model; one named by its hub name is taken from the cache, else fetched.

    Args:
        checkpoint: A folder, or a hub name.

    Raises:
        ModelNotFound: There is no such folder or hub name.
        ModelDamaged: It is there and cannot be used.
        ModelUnavailable: The hub cannot be reached.
    """
    if isinstance(checkpoint, Path):
        return check_folder(checkpoint)
    try:
        # A cached model is used as it is, also where the network is down.
        return check_folder(_fetched(checkpoint, local_only=True), name=checkpoint)
    except ModelUnavailable:
        return check_folder(_fetched(checkpoint, local_only=False), name=checkpoint)


def check_name(name: str) -> None:
    """See that a hub name is in the cache, or that the hub has it, without fetching weights.

    Raises:
        ModelNotFound: There is no such hub name.
        ModelUnavailable: It is not in the cache, and the hub cannot be reached.
    """
    try:
        _fetched(name, local_only=True)
    except ModelUnavailable:
        _fetched(name, local_only=False, wanted=(CONFIG,))


def check_folder(folder: Path, *, name: str | None = None) -> Checkpoint:
    """Check a model folder.

    Args:
        folder: Where it is.
        name: What to call it in errors; None for its path.

    Raises:
        ModelNotFound: It is not there.
        ModelDamaged: It is there and cannot be used.
    """
    shown = name or str(folder)
    try:
        is_folder, exists = folder.is_dir(), folder.exists()
    except OSError as error:
        raise ModelDamaged(f"{shown}: cannot be read ({error.strerror}); let it be read, or set `model`") from error
    if not is_folder:
        what = "is a file, not a model folder" if exists else "no such folder"
        raise ModelNotFound(f"{shown}: {what}; set `model` to a Hugging Face model folder, a hub name or `embedded`")
    config = read_json(folder / CONFIG, shown)
    if not isinstance(config.get("model_type"), str):
        raise ModelDamaged(f"{shown}: config.json names no `model_type`; it is no Hugging Face model")
    for file in weight_files(folder, shown):
        _check_weights(file, shown)
    tokenizer = folder / "tokenizer.json"
    if not tokenizer.is_file():
        raise ModelDamaged(f"{shown}: no tokenizer.json; save the tokenizer with a current `transformers`")
    return Checkpoint(folder=folder, config=config, tokenizer=tokenizer)


def _fetched(name: str, *, local_only: bool, wanted: tuple[str, ...] = WANTED_FILES) -> Path:
    try:
        folder = snapshot_download(
            name, allow_patterns=list(wanted), local_files_only=local_only, etag_timeout=HUB_TIMEOUT_S
        )
    except HFValidationError as error:
        raise ModelNotFound(f"`{name}`: neither a folder nor a hub name like `Qwen/Qwen2.5-Coder-0.5B`") from error
    except GatedRepoError as error:
        raise ModelUnavailable(f"{name}: the hub asks for consent; accept its terms there and log in") from error
    except RepositoryNotFoundError as error:
        raise ModelNotFound(f"{name}: the hub has no such model; check the name, or log in if it is private") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        message = (
            f"{name}: not on this machine, and the hub cannot be reached; go online once, or set `model` to a folder"
        )
        raise ModelUnavailable(message) from error
    return Path(folder)


def weight_files(folder: Path, shown: str) -> list[Path]:
    """The safetensors of a model folder, which errors call `shown`.

    Raises:
        ModelDamaged: One of them is not there, or there are none.
    """
    if (folder / INDEX).is_file():
        index = read_json(folder / INDEX, shown).get("weight_map")
        names = sorted(set(map(str, cast("dict[str, Any]", index).values()))) if isinstance(index, dict) else []
        if not names or any(Path(name).name != name for name in names):
            raise ModelDamaged(f"{shown}: {INDEX} is damaged; get or export the model again")
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise ModelDamaged(f"{shown}: {missing[0]} is missing; get or export the model again")
        return [folder / name for name in names]
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    pickles = [path.name for pattern in _PICKLES for path in sorted(folder.glob(pattern))]
    if pickles:
        raise ModelDamaged(f"{shown}: {pickles[0]} could run code and is not read; convert it to {WEIGHTS}")
    raise ModelDamaged(f"{shown}: no {WEIGHTS}, and other weights are not read; get or export the model again")


def _check_weights(file: Path, shown: str) -> None:
    """See that a safetensors file is as long as its header says."""
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            start = opened.read(len(_LFS_POINTER))
            if start == _LFS_POINTER:
                raise ModelDamaged(f"{shown}: {file.name} is a git-lfs pointer; run `git lfs pull` there")
            length = int.from_bytes(start[:_HEADER_LENGTH_BYTES], "little")
            opened.seek(_HEADER_LENGTH_BYTES)
            header: dict[str, Any] = json.loads(opened.read(min(length, size)))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    except OSError as error:
        raise ModelDamaged(f"{shown}: cannot read {file.name} ({error.strerror or error})") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelDamaged(f"{shown}: {file.name} is damaged; get or export the model again") from error
    expected = _HEADER_LENGTH_BYTES + length + max(ends, default=0)
    if size != expected or not ends:
        raise ModelDamaged(f"{shown}: {file.name} is truncated ({size} bytes of {expected}); get or export it again")


def read_json(path: Path, shown: str) -> dict[str, Any]:
    """The object in a JSON file of a model folder, which errors call `shown`.

    Raises:
        ModelDamaged: It is not there, or no JSON object.
    """
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelDamaged(f"{shown}: no {path.name}; it is no Hugging Face model folder") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelDamaged(f"{shown}: {path.name} is damaged; get or export the model again") from error
    if not isinstance(value, dict):
        raise ModelDamaged(f"{shown}: {path.name} is damaged; get or export the model again")
    return cast("dict[str, Any]", value)
