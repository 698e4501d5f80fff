"""`train codex` as a function: corpus, rows, manifest, training and its end, for one run folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import Position
from codex_lsp.training.distributed import World, device_named, joined
from codex_lsp.training.machine import usage
from codex_lsp.training.manifest import read_manifest, write_manifest
from codex_lsp.training.network import Network
from codex_lsp.training.pack import unpacked
from codex_lsp.training.packed_feed import PackedFeed
from codex_lsp.training.pretrain import Pretraining
from codex_lsp.training.rows import prepare_rows, row_tokens
from codex_lsp.training.run_folder import alone, opened_manifest, outcome_fields
from codex_lsp.training.settings import Budget, RunSettings
from codex_lsp.training.start import begin_with
from codex_lsp.training.tokenizer import load_tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexOptions:
    """What one session of a run is given.

    Attributes:
        corpus: A corpus folder, or parts of a pack.
        tokenizer: A tokenizer folder; None takes the one in the pack.
        run: The run's folder; one that holds a run of the same settings is continued.
        settings: What decides the outcome.
        budget: When it ends.
        start_from: A run or an exported model, whose newest weights a new run begins with.
        compile_blocks: Compile where a C++ compiler is found.
        device: `auto`, `cpu` or `cuda`.
    """

    corpus: tuple[Path, ...]
    tokenizer: Path | None
    run: Path
    settings: RunSettings
    budget: Budget
    start_from: Path | None = None
    compile_blocks: bool = True
    device: str = "auto"


def sources(corpus: Sequence[Path], tokenizer: Path | None, run: Path) -> tuple[Path, Path]:
    """The corpus folder and the tokenizer folder that the names stand for; parts of a pack are unpacked into the run.

    Raises:
        TrainingError: Neither a corpus folder nor parts of a pack, or there is no tokenizer.
    """
    missing = next((path for path in corpus if not path.exists()), None)
    if missing is not None:
        raise TrainingError(
            f"{missing}: no such corpus; build one with `codex-lsp train corpus --out DIR`, or name parts of a pack"
        )
    folder = corpus[0] if len(corpus) == 1 and corpus[0].is_dir() else unpacked(corpus, run / "corpus")
    tokenizer = tokenizer or folder / "tokenizer"
    if not tokenizer.is_dir():
        raise TrainingError(
            f"{tokenizer}: no such tokenizer; learn one with `codex-lsp train tokenizer`, or name it with --tokenizer"
        )
    return folder, tokenizer


def train_codex(options: CodexOptions, stop: Event, notify: Callable[[str], None]) -> dict[str, Any]:
    """Start or continue a run, and return its manifest.

    Where `torchrun` started several processes, each calls this; the first one writes.

    Raises:
        TrainingError: The folders do not fit each other, the loss is not a number, or the disk is full.
    """
    try:
        return _joined(options, stop, notify)
    except OSError as error:
        raise TrainingError(
            f"{options.run}: cannot be written ({error}); the last checkpoint stands, make room and run it again"
        ) from error


def _joined(options: CodexOptions, stop: Event, notify: Callable[[str], None]) -> dict[str, Any]:
    with joined(device_named(options.device)) as world, alone(options.run, world):
        if world.leads:
            _prepare(options, notify)
        world.wait()
        return _train(options, world, stop, notify)


def _prepare(options: CodexOptions, notify: Callable[[str], None]) -> None:
    """Make the run's folder ready: its corpus, its manifest and its rows."""
    corpus, folder = sources(options.corpus, options.tokenizer, options.run)
    size = load_tokenizer(folder).get_vocab_size()
    if size > options.settings.network.vocab_size:
        raise TrainingError(f"{folder}: has more tokens than the preset's {options.settings.network.vocab_size}")
    manifest = _opened(options, corpus, folder)
    manifest["rows_sha256"] = prepare_rows(
        corpus, folder, options.run / "data", options.settings, options.budget.max_tokens, notify
    )
    write_manifest(options.run / "manifest.json", manifest)


def _train(options: CodexOptions, world: World, stop: Event, notify: Callable[[str], None]) -> dict[str, Any]:
    _, folder = sources(options.corpus, options.tokenizer, options.run)
    tokenizer = load_tokenizer(folder)
    session = Pretraining(
        options.run,
        options.settings,
        PackedFeed(options.run, options.settings, row_tokens(tokenizer)),
        world,
        compile_blocks=options.compile_blocks,
        begin=None if options.start_from is None else partial(begin_with, options.start_from, folder),
    )
    if session.position.step and world.leads:
        notify(f"continuing at step {session.position.step}")
    outcome = session.train(options.budget, stop, notify)
    if world.leads:
        manifest = read_manifest(options.run, "run")
        flops = _flops(session.network, options.settings, outcome.position)
        manifest["outcome"] = outcome_fields(outcome, flops)
        manifest["machine"] = usage(world.device, world.size, flops, outcome.position.elapsed_s)
        write_manifest(options.run / "manifest.json", manifest)
    world.wait()
    return read_manifest(options.run, "run")


def _opened(options: CodexOptions, corpus: Path, tokenizer: Path) -> dict[str, Any]:
    """The manifest of a new run, or of the one that is there and fits."""
    try:
        corpus_sha256 = read_manifest(corpus, "corpus")["splits"]["train"]["sha256"]
    except (KeyError, TypeError) as error:
        raise TrainingError(f"{corpus}: its manifest is damaged; build the corpus again or copy it again") from error
    fresh = {
        "kind": "run",
        "settings": options.settings.as_dict(),
        "corpus_sha256": corpus_sha256,
        "tokenizer_sha256": read_manifest(tokenizer, "tokenizer")["sha256"],
    }
    return opened_manifest(options.run, fresh, options.budget, options.start_from)


def _flops(network: Network, settings: RunSettings, position: Position) -> float:
    """What all of the run's rows took, attention over their lengths counted."""
    return sum(
        rows * length * network.flops_per_token(length)
        for rows, length in (
            (position.short_rows, settings.row_length),
            (position.long_rows, settings.long_row_length),
        )
    )
