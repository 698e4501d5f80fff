"""`train codex` as a function: rows, manifest, training and its end, for one run folder."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import newest_checkpoint
from codex_lsp.training.manifest import read_manifest, versions, write_manifest
from codex_lsp.training.presets import Budget, RunSettings
from codex_lsp.training.pretrain import Outcome, Pretraining
from codex_lsp.training.rows import prepare_rows
from codex_lsp.training.tokenizer import FILE_SEPARATOR, FIM_PAD, load_tokenizer, special_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexOptions:
    """What one session of a run is given.

    Attributes:
        corpus: A corpus folder.
        tokenizer: A tokenizer folder.
        run: The run's folder; one that holds a run of the same settings is continued.
        settings: What decides the outcome.
        budget: When it ends.
        start_from: Another run's folder, whose newest weights a new run begins with.
        compile_blocks: Compile where a C++ compiler is found.
    """

    corpus: Path
    tokenizer: Path
    run: Path
    settings: RunSettings
    budget: Budget
    start_from: Path | None = None
    compile_blocks: bool = True


def train_codex(options: CodexOptions, stop: Event, notify: Callable[[str], None]) -> dict[str, Any]:
    """Start or continue a run, and return its manifest.

    Raises:
        TrainingError: The folders do not fit each other, or the loss is not a number.
    """
    tokenizer = load_tokenizer(options.tokenizer)
    if tokenizer.get_vocab_size() > options.settings.network.vocab_size:
        raise TrainingError(
            f"{options.tokenizer}: has more tokens than the preset's {options.settings.network.vocab_size}"
        )
    options.run.mkdir(parents=True, exist_ok=True)
    manifest = _opened(options)
    rows_sha256 = prepare_rows(
        options.corpus, tokenizer, options.run / "data", options.settings, options.budget.max_tokens, notify
    )
    manifest["rows_sha256"] = rows_sha256
    write_manifest(options.run / "manifest.json", manifest)
    ignored = (special_id(tokenizer, FIM_PAD), special_id(tokenizer, FILE_SEPARATOR))
    session = Pretraining(
        options.run,
        options.settings,
        ignored,
        compile_blocks=options.compile_blocks,
        start_from=None if options.start_from is None else newest_checkpoint(options.start_from),
    )
    if session.position.step:
        notify(f"continuing at step {session.position.step}")
    outcome = session.train(options.budget, stop, notify)
    manifest["outcome"] = _outcome(outcome, session.network.flops_per_token())
    write_manifest(options.run / "manifest.json", manifest)
    return manifest


def _opened(options: CodexOptions) -> dict[str, Any]:
    """The manifest of a new run, or of the one that is there and fits."""
    fresh = {
        "kind": "run",
        "settings": options.settings.as_dict(),
        "corpus_sha256": read_manifest(options.corpus, "corpus")["splits"]["train"]["sha256"],
        "tokenizer_sha256": read_manifest(options.tokenizer, "tokenizer")["sha256"],
    }
    if (options.run / "manifest.json").is_file():
        found = read_manifest(options.run, "run")
        changed = [name for name, value in fresh.items() if found.get(name) != value]
        if changed:
            raise TrainingError(f"{options.run}: holds a run with another {changed[0]}; name another folder with --out")
        fresh = found
    elif options.start_from is not None:
        fresh["started_from"] = _stage(options.start_from)
    fresh["budget"] = {"max_tokens": options.budget.max_tokens, "max_seconds": options.budget.max_seconds}
    fresh["versions"] = versions("torch", "transformers", "tokenizers", "safetensors", "numpy")
    return fresh


def _stage(run: Path) -> dict[str, Any]:
    """The manifest of an earlier stage, and the position that its newest checkpoint stands at."""
    position = json.loads((newest_checkpoint(run) / "state.json").read_text(encoding="utf-8"))
    return {**read_manifest(run, "run"), "position": position}


def _outcome(outcome: Outcome, flops_per_token: float) -> dict[str, Any]:
    position = outcome.position
    return {
        "finished": outcome.finished,
        "step": position.step,
        "tokens": position.tokens,
        "elapsed_s": round(position.elapsed_s, 1),
        "flops": position.tokens * flops_per_token,
        "heldout_loss": outcome.heldout_loss,
    }
