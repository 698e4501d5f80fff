"""`train codex-s` and `train codex-d` as a function: problems in, a member of the family out, for one run folder."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from codex_lsp.errors import TrainingError
from codex_lsp.training.card import stages
from codex_lsp.training.codex import sources
from codex_lsp.training.distributed import World, device_named, joined
from codex_lsp.training.machine import usage
from codex_lsp.training.manifest import read_manifest, write_manifest
from codex_lsp.training.network import NetworkConfig
from codex_lsp.training.plateau import VALIDATION, Plateau
from codex_lsp.training.presets import PRESETS
from codex_lsp.training.pretrain import Pretraining
from codex_lsp.training.problem import Problem, read_problems, write_problems
from codex_lsp.training.rows import prepare_rows, row_tokens
from codex_lsp.training.run_folder import alone, opened_manifest, outcome_fields
from codex_lsp.training.settings import Budget, OptimiserName, RunSettings, Schedule
from codex_lsp.training.start import begin_as
from codex_lsp.training.supervised_feed import SupervisedFeed
from codex_lsp.training.supervised_layout import exchange
from codex_lsp.training.supervised_rows import Example, encoder, shape_of
from codex_lsp.training.supervised_settings import SupervisedSettings
from codex_lsp.training.tokenizer import load_tokenizer

PROBLEMS = "problems.jsonl"
HELDOUT_PROBLEMS = "heldout.jsonl"
_RECIPE = (
    "optimiser",
    "matrix_rate",
    "matrix_decay",
    "vector_rate",
    "weight_decay",
    "schedule",
    "warmup_steps",
    "decay_share",
    "clip_norm",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisedOptions:
    """What one session of a run is given.

    Attributes:
        base: The exported model that it begins with.
        problems: A file of problems, or the folder that holds one.
        run: The run's folder; one that holds a run of the same settings is continued.
        settings: What decides the outcome, beside the problems (`base_settings`).
        supervised: How problems are learned.
        budget: When it ends, at the latest; a plateau ends it before.
        corpus: The corpus that ordinary rows are read from, where some are mixed in.
        device: `auto`, `cpu` or `cuda`.
    """

    base: Path
    problems: Path
    run: Path
    settings: RunSettings
    supervised: SupervisedSettings
    budget: Budget
    corpus: tuple[Path, ...] = ()
    device: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Problems in tokens, and what became of those that are not among them.

    Attributes:
        train: What is learned.
        heldout: Families that are not.
        counts: What the manifest tells of both.
        problems: Those that are held out, as tasks.
    """

    train: tuple[Example, ...]
    heldout: tuple[Example, ...]
    counts: dict[str, Any]
    problems: tuple[Problem, ...]


def base_settings(base: Path, *, preset: str | None, rate_factor: float, seed: int) -> RunSettings:
    """The settings of a run that begins with a model: its shape, and the rates that it was pre-trained with, scaled.

    Args:
        base: An exported model.
        preset: A larger shape to grow it into; None for its own.
        rate_factor: What the rates are multiplied by.
        seed: Decides every draw.

    Raises:
        TrainingError: It is no exported model of ours.
    """
    manifest = read_manifest(base, "model")
    try:
        first: Mapping[str, Any] = stages(manifest)[0]["settings"]
        own: Mapping[str, Any] = manifest["run"]["settings"]
        recipe = {name: first[name] for name in _RECIPE}
        recipe["optimiser"] = OptimiserName(recipe["optimiser"])
        recipe["schedule"] = Schedule(recipe["schedule"])
        network = NetworkConfig(**own["network"]) if preset is None else PRESETS[preset].network
        length, batch = int(own["row_length"]), int(own["batch_tokens"])
        settings = RunSettings(
            network=network, row_length=length, long_row_length=length, long_share=0.0, batch_tokens=batch, **recipe
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{base}: its manifest is damaged ({error}); export the model again") from error
    return replace(
        settings,
        silent_layers=False,
        other_languages=float(own.get("other_languages", 1.0)),
        matrix_rate=settings.matrix_rate * rate_factor,
        vector_rate=settings.vector_rate * rate_factor,
        seed=seed,
    )


def read_examples(path: Path, tokenizer: Path, settings: RunSettings, supervised: SupervisedSettings) -> Examples:
    """Read problems as a member of the family sees them; whole families are held out.

    Raises:
        TrainingError: The file is missing or damaged, or nothing is left to learn from or to hold out.
    """
    encode = encoder(load_tokenizer(tokenizer))
    problems = list(read_problems(path))
    out = heldout_families(problems, supervised.heldout_share, settings.seed)
    found: dict[bool, list[Example]] = {True: [], False: []}
    counts = {"problems": len(problems), "families": len({problem.family for problem in problems})}
    undocumented = long = 0
    for problem in problems:
        pair = exchange(problem, supervised.member)
        if pair is None:
            undocumented += 1
            continue
        example = encode(pair)
        if shape_of([example], settings.row_length) is None:
            long += 1
            continue
        found[problem.family in out].append(example)
    tasks = tuple(problem for problem in problems if problem.family in out)
    if not found[False] or not found[True]:
        raise TrainingError(
            f"{path}: {len(problems)} problems of {counts['families']} families leave nothing to learn from or to hold "
            "out; at least two families of functions with docstrings are needed"
        )
    counts |= {"heldout_families": len(out), "undocumented": undocumented, "too_long": long}
    counts |= {"train": len(found[False]), "heldout": len(found[True])}
    return Examples(train=tuple(found[False]), heldout=tuple(found[True]), counts=counts, problems=tasks)


def heldout_families(problems: Sequence[Problem], share: float, seed: int) -> frozenset[str]:
    """The families that nothing is learned from: as many as the share says, and at least one."""
    families = {problem.family for problem in problems}
    # By a hash of the name: a family that is added or removed moves at most one other one.
    ordered = sorted(families, key=lambda name: hashlib.sha256(f"{seed} {name}".encode("utf-8", "replace")).digest())
    return frozenset(ordered[: max(1, round(share * len(ordered)))])


def train_supervised(options: SupervisedOptions, stop: Event, notify: Callable[[str], None]) -> dict[str, Any]:
    """Start or continue a run, and return its manifest.

    Raises:
        TrainingError: The problems or the base cannot be used, the loss is not a number, or the disk is full.
    """
    try:
        with joined(device_named(options.device)) as world, alone(options.run, world):
            return _train(options, world, stop, notify)
    except OSError as error:
        raise TrainingError(
            f"{options.run}: cannot be written ({error}); the last checkpoint stands, make room and run it again"
        ) from error


def _train(options: SupervisedOptions, world: World, stop: Event, notify: Callable[[str], None]) -> dict[str, Any]:
    path = options.problems / PROBLEMS if options.problems.is_dir() else options.problems
    examples = read_examples(path, options.base, options.settings, options.supervised)
    notify(f"{len(examples.train)} problems to learn from, {len(examples.heldout)} held out")
    manifest = _opened(options, path, examples)
    if options.supervised.mix > 0:
        manifest["rows_sha256"] = _rows(options, notify)
    write_manifest(options.run / "manifest.json", manifest)
    # Tasks for `codex-lsp evaluate tasks --data`: what is learned may be chosen by them, and by no benchmark.
    write_problems(options.run / HELDOUT_PROBLEMS, examples.problems)
    tokens = row_tokens(load_tokenizer(options.base))
    settings, supervised = options.settings, options.supervised
    feed = SupervisedFeed(examples.train, examples.heldout, settings, supervised, tokens, options.run / "data")
    session = Pretraining(
        options.run,
        settings,
        feed,
        world,
        # Rows of problems have many lengths; a compiler would meet each of them anew.
        compile_blocks=False,
        begin=partial(begin_as, options.base),
    )
    if session.position.step:
        notify(f"continuing at step {session.position.step}")
    plateau = Plateau(options.run / VALIDATION, settings, every=supervised.look_every, patience=supervised.patience)
    outcome = session.train(options.budget, stop, notify, plateau)
    flops = outcome.position.tokens * session.network.flops_per_token()
    manifest["outcome"] = outcome_fields(outcome, flops) | {
        "corpus_loss": session.loss_on(feed.forgetting()) if outcome.finished and supervised.mix > 0 else None,
        "looks": [[look.step, look.tokens, look.loss] for look in plateau.looks],
    }
    manifest["machine"] = usage(world.device, world.size, flops, outcome.position.elapsed_s)
    write_manifest(options.run / "manifest.json", manifest)
    return manifest


def _opened(options: SupervisedOptions, path: Path, examples: Examples) -> dict[str, Any]:
    base = read_manifest(options.base, "model")
    fresh: dict[str, Any] = {
        "kind": "run",
        "settings": options.settings.as_dict() | {"supervised": options.supervised.as_dict()},
        "corpus_sha256": base["corpus"]["splits"]["train"]["sha256"],
        "tokenizer_sha256": base["tokenizer"]["sha256"],
        "problems_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    manifest = opened_manifest(options.run, fresh, options.budget, options.base)
    manifest["problems"] = examples.counts
    return manifest


def _rows(options: SupervisedOptions, notify: Callable[[str], None]) -> str:
    """Pack as many rows of the corpus as the budget can read."""
    corpus, tokenizer = sources(options.corpus, options.base, options.run)
    settings = options.settings
    each = options.supervised.rows * settings.row_length // 4 + options.supervised.corpus_rows * settings.row_length
    steps = options.budget.max_tokens // each + 1
    wanted = steps * options.supervised.corpus_rows * settings.row_length
    return prepare_rows(corpus, tokenizer, options.run / "data", settings, wanted, notify)
