"""The folder of a run: one command at a time, a manifest that says what it was begun with, and how it ended."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import checkpoints, newest_checkpoint
from codex_lsp.training.distributed import World
from codex_lsp.training.folders import held
from codex_lsp.training.manifest import read_manifest, versions
from codex_lsp.training.pretrain import Outcome
from codex_lsp.training.settings import Budget

_MAX_NAMED = 3


@contextmanager
def alone(run: Path, world: World) -> Generator[None]:
    """Keep another command out of the run's folder: two would remove each other's checkpoints."""
    if not world.leads:
        yield
        return
    if run.exists() and not run.is_dir():
        raise TrainingError(f"{run}: a file; name a folder with --out")
    run.mkdir(parents=True, exist_ok=True)
    with held(run, run):
        yield


def opened_manifest(run: Path, fresh: dict[str, Any], budget: Budget, start: Path | None) -> dict[str, Any]:
    """The manifest of a new run, or of the one that is there and was begun with the same.

    Args:
        run: The run's folder.
        fresh: What decides the outcome; it must be what the run was begun with.
        budget: When this session ends.
        start: What the weights of a new run are taken from.

    Raises:
        TrainingError: The folder holds another run.
    """
    if (run / "manifest.json").is_file():
        found = read_manifest(run, "run")
        changed = [name for name, value in fresh.items() if found.get(name) != value]
        if changed:
            raise TrainingError(
                f"{run}: holds a run with another {_named(changed[0], found, fresh)}; "
                "give what it was begun with, or name another folder with --out"
            )
        fresh = found
    if not checkpoints(run):
        # An attempt that failed before its first checkpoint has said what it wanted to start from.
        fresh.pop("started_from", None)
        if start is not None:
            fresh["started_from"] = stage_of(start)
    fresh["budget"] = {"max_tokens": budget.max_tokens, "max_seconds": budget.max_seconds}
    fresh["versions"] = versions("torch", "transformers", "tokenizers", "safetensors", "numpy")
    return fresh


def _named(changed: str, found: dict[str, Any], fresh: dict[str, Any]) -> str:
    """What differs between a run and what is asked of it, as a person calls it."""
    if changed != "settings":
        return changed.removesuffix("_sha256")
    before: dict[str, Any] = found.get("settings") or {}
    differ = [name for name, value in fresh["settings"].items() if before.get(name) != value]
    return ", ".join(differ[:_MAX_NAMED]) or changed


def stage_of(start: Path) -> dict[str, Any]:
    """The manifest of an earlier stage, and the position that its weights stand at."""
    if (start / "config.json").is_file():
        model = read_manifest(start, "model")
        return {**model["run"], "position": model["position"], "corpus": model["corpus"]}
    state = newest_checkpoint(start) / "state.json"
    try:
        position = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{state}: damaged; remove its folder to start from the checkpoint before") from error
    return {**read_manifest(start, "run"), "position": position}


def outcome_fields(outcome: Outcome, flops: float) -> dict[str, Any]:
    """What a manifest tells of the end of a session."""
    position = outcome.position
    return {
        "finished": outcome.finished,
        "step": position.step,
        "tokens": position.tokens,
        "elapsed_s": round(position.elapsed_s, 1),
        "tokens_per_s": round(position.tokens / max(position.elapsed_s, 1e-9), 1),
        "flops": flops,
        "heldout_loss": outcome.heldout_loss,
    }
