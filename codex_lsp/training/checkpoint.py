"""Checkpoints of a run: a folder that appears whole or not at all; the newest two are kept.

Each holds `model.safetensors` (float32), `optimiser.safetensors`, and `state.json` (position, time, random state).
"""

import json
import math
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from codex_lsp.errors import TrainingError
from codex_lsp.training.folders import on_disk
from codex_lsp.training.manifest import write_atomically
from codex_lsp.training.network import Network
from codex_lsp.training.optimiser import Optimiser

KEPT = 2
_PREFIX = "checkpoint-"
_PARTIAL = "checkpoint.partial"
_RANDOM_STATE = "torch_rng"


@dataclass(slots=True, kw_only=True)
class Position:
    """Where a run stands.

    Attributes:
        step: Optimiser steps done.
        tokens: Tokens trained on.
        short_rows: Rows read of the short file.
        long_rows: Rows read of the long file.
        elapsed_s: Seconds trained, over all sessions.
    """

    step: int = 0
    tokens: int = 0
    short_rows: int = 0
    long_rows: int = 0
    elapsed_s: float = 0.0


def save_checkpoint(run: Path, network: Network, optimiser: Optimiser, position: Position) -> Path:
    """Write a checkpoint and remove all but the newest ones; returns its folder.

    Raises:
        TrainingError: It cannot be written; those before it stand.
    """
    try:
        return _saved(run, network, optimiser, position)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(run / _PARTIAL, ignore_errors=True)
        raise TrainingError(
            f"{run}: no checkpoint can be written ({error}); the one before stands, make room and run it again"
        ) from error


def _saved(run: Path, network: Network, optimiser: Optimiser, position: Position) -> Path:
    final = run / f"{_PREFIX}{position.step:07d}"
    if (final / "state.json").is_file():
        # A session that did no step: what stands is the same, and is never away.
        return final
    partial = run / _PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    save_file(weights(network), partial / "model.safetensors")
    state = {**_in_main_memory(optimiser.tensors()), _RANDOM_STATE: torch.get_rng_state()}
    save_file(state, partial / "optimiser.safetensors")
    for name in ("model.safetensors", "optimiser.safetensors"):
        on_disk(partial / name)
    write_atomically(partial / "state.json", json.dumps(asdict(position)).encode())
    on_disk(partial)
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    # Those before may go only once this one is there even after a power cut.
    on_disk(run)
    for old in checkpoints(run)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def weights(network: Network) -> dict[str, Tensor]:
    """The parameters by their checkpoint names, without any wrapper's, in main memory."""
    return {name: p.detach().cpu().contiguous() for name, p in network.named_parameters()}


def _in_main_memory(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.cpu() for name, tensor in tensors.items()}


def checkpoints(run: Path) -> list[Path]:
    """The whole checkpoints of a run, oldest first."""
    named = ((path, path.name.removeprefix(_PREFIX)) for path in run.glob(f"{_PREFIX}*"))
    steps = {int(step): path for path, step in named if step.isdecimal() and (path / "state.json").is_file()}
    return [steps[step] for step in sorted(steps)]


def newest_checkpoint(run: Path) -> Path:
    """The newest whole checkpoint of a run.

    Raises:
        TrainingError: There is none.
    """
    saved = checkpoints(run)
    if not saved:
        raise TrainingError(f"{run}: no checkpoint yet; train it with `codex-lsp train codex --out {run}`")
    return saved[-1]


def load_weights(folder: Path, network: Network) -> None:
    """Read weights into `network`: a checkpoint's, or those of an exported model in whatever precision.

    Raises:
        TrainingError: A file is damaged, or the model is of another shape.
    """
    found = read_weights(folder)
    try:
        network.load_state_dict(found)
    except RuntimeError as error:
        raise _unfit(folder, error) from error


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The weights of a checkpoint or of an exported model by name, in float32.

    Raises:
        TrainingError: A file is damaged, or holds what is no number.
    """
    found: dict[str, Tensor] = {}
    try:
        for file in sorted(folder.glob("model*.safetensors")):
            found |= load_file(file)
        broken = next((name for name, tensor in found.items() if not bool(tensor.isfinite().all())), None)
        if broken is not None:
            raise ValueError(f"{broken} holds what is no number")
    except (OSError, ValueError, SafetensorError) as error:
        raise _unfit(folder, error) from error
    return {name: tensor.float() for name, tensor in found.items()}


def _unfit(folder: Path, error: Exception) -> TrainingError:
    reason = " ".join(str(error).split())[:200]
    return TrainingError(
        f"{folder}: not a checkpoint of this shape, or damaged ({reason}); name the preset it was trained with, "
        "or remove it to continue from the one before"
    )


def load_checkpoint(folder: Path, network: Network, optimiser: Optimiser) -> Position:
    """Read a whole checkpoint and return its position.

    Raises:
        TrainingError: A file is damaged or of another run.
    """
    load_weights(folder, network)
    try:
        tensors = load_file(folder / "optimiser.safetensors")
        position = _position(json.loads((folder / "state.json").read_text(encoding="utf-8")))
        torch.set_rng_state(tensors.pop(_RANDOM_STATE))
        optimiser.load(tensors)
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise TrainingError(f"{folder}: damaged ({reason}); remove it to continue from the one before") from error
    return position


def _position(state: dict[str, Any]) -> Position:
    """The position that a file tells.

    Raises:
        ValueError: A number is of another kind, or negative.
        TypeError: There are other fields than a position's.
    """
    position = Position(**state)
    counts = (position.step, position.tokens, position.short_rows, position.long_rows)
    if not all(type(count) is int and count >= 0 for count in counts) or not 0 <= float(position.elapsed_s) < math.inf:
        raise ValueError("state.json tells no position")
    return position
