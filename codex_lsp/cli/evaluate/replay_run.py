"""What `evaluate replay` was asked for, run by run, with the model that settings name."""

import argparse
import json
import os
import shlex
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp import __version__
from codex_lsp.cli.evaluate.command import last_part
from codex_lsp.cli.output import progress
from codex_lsp.cli.project import draws_on_files
from codex_lsp.completion.pipeline import Pipeline
from codex_lsp.config import Settings
from codex_lsp.context.exclusion import excluding
from codex_lsp.context.neighbours import Neighbours
from codex_lsp.context.source_index import SourceIndex
from codex_lsp.context.workspace_files import index_of
from codex_lsp.errors import UsageError
from codex_lsp.evaluation.asked_prompts import AskedPrompts
from codex_lsp.evaluation.background_loop import BackgroundLoop
from codex_lsp.evaluation.cursors import drawn_places
from codex_lsp.evaluation.drawn_rows import drawn_rows
from codex_lsp.evaluation.manifest import Provenance, replay_manifest
from codex_lsp.evaluation.pace import Pace, fitted
from codex_lsp.evaluation.ranking_study import ranking_figures
from codex_lsp.evaluation.replay import Material, OpenPipeline, VirtualReplay, replay_in_real_time
from codex_lsp.evaluation.replay_charts import charts
from codex_lsp.evaluation.replay_study import Plan, result_of, virtual_study
from codex_lsp.evaluation.watched_model import WatchedModel
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.models.registry import open_model
from codex_lsp.models.token_count import token_counter
from codex_lsp.training.manifest import versions

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.corpus import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Which runs are made.

    Attributes:
        settings: Of the first.
        changes: Of further ones, by what they change.
        pace: Of the model in virtual time; None for real time.
        latencies_ms: Added to every generation, one run for each.
    """

    settings: Settings
    changes: Mapping[str, Settings]
    pace: Pace | None
    latencies_ms: tuple[float, ...]


def measured(args: argparse.Namespace, runs: Runs, held: "Held", material: Material) -> dict[str, Any]:
    """All that was asked for, with what made it.

    Raises:
        ModelError: The model failed.
    """
    started = time.monotonic()
    # In real time, as an editor has it: from the engine's process, which shares no interpreter with what is measured.
    model = open_model(runs.settings, environment=os.environ, in_process=runs.pace is not None)
    progress("loading the model")
    with BackgroundLoop() as background:
        try:
            name = background.wait(model.capabilities()).model
            found = _replayed(args, model, runs, material, background)
            found["ranking"] = _ranked(args, model, runs.settings, held, background)
        finally:
            background.wait(model.close())
    elapsed_s = time.monotonic() - started
    progress(f"{elapsed_s:.0f} s")
    made = Provenance(
        command=_command(args),
        versions={"codex-lsp": __version__, **versions("torch", "transformers", "tokenizers")},
        packages=held.packages,
        elapsed_s=elapsed_s,
    )
    return {**found, "manifest": replay_manifest(name, material, runs.settings, made, pace=runs.pace)}


def write_files(folder: Path, result: Mapping[str, Any]) -> None:
    """Write a result and its pictures.

    Raises:
        UsageError: The folder cannot be written.
        MissingExtra: What draws is not installed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "replay.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        for name, picture in charts(result):
            (folder / name).write_bytes(picture)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); name another --output") from error


def _replayed(
    args: argparse.Namespace, model: LanguageModel, runs: Runs, material: Material, background: BackgroundLoop
) -> dict[str, Any]:
    if runs.pace is None:
        return background.wait(_in_real_time(model, runs.settings, material, opening(args.seed)))
    several = bool(runs.changes or runs.latencies_ms)
    replay = VirtualReplay(model, material, background, open_pipeline=opening(args.seed), several=several)
    plan = Plan(
        settings=runs.settings,
        pace=runs.pace,
        latencies_ms=runs.latencies_ms,
        changes=runs.changes,
        seed=args.seed,
    )
    return {**virtual_study(replay, plan, progress), "measured_pace": None}


async def _in_real_time(
    model: LanguageModel, settings: Settings, material: Material, open_pipeline: OpenPipeline
) -> dict[str, Any]:
    watched = WatchedModel(model, AskedPrompts(token_counter((await model.capabilities()).tokenizer)))
    typed = await replay_in_real_time(watched, material, settings, open_pipeline, progress)
    pace = fitted(watched.timings)
    return {**result_of(typed, real_time=True), "measured_pace": None if pace is None else asdict(pace)}


def _ranked(
    args: argparse.Namespace, model: LanguageModel, settings: Settings, held: "Held", background: BackgroundLoop
) -> dict[str, Any] | None:
    if not args.ranking:
        return None
    places = drawn_places(held.files, args.ranking, args.seed)
    rows = background.wait(drawn_rows(model, places, settings, opening(args.seed), progress))
    return ranking_figures(rows, seed=args.seed)


def opening(seed: int) -> OpenPipeline:
    """How pipelines are made: as the language server makes them in a trusted workspace, whose files are all indexed."""
    indices: dict[tuple[Path, tuple[str, ...]], SourceIndex] = {}

    def opened(model: LanguageModel, settings: Settings, folder: Path | None) -> Pipeline:
        neighbours = None
        if folder is not None and draws_on_files(settings):
            is_excluded, place = excluding(settings.exclude), (folder, settings.exclude)
            if place not in indices:
                indices[place] = index_of(folder, is_excluded=is_excluded)
            neighbours = Neighbours(indices[place], settings.context, is_excluded=is_excluded)
        return Pipeline(model, settings, count_tokens_for=token_counter, neighbours=neighbours, seed=seed)

    return opened


def _command(args: argparse.Namespace) -> str:
    """The command line that makes a result again, with folders by their last part."""
    flags: list[tuple[str, object]] = [
        ("--model", args.model),
        ("--seed", args.seed),
        *(("--language", language) for language in args.language or ()),
        ("--files", args.files),
        ("--lines", None if args.whole_files else args.lines),
        ("--keys", args.keys),
        ("--gap-ms", args.gap_ms),
        ("--takes", args.takes),
        ("--wrong-look-share", args.wrong_look_share),
        ("--pace", args.pace),
        *(("--with-setting", change) for change in args.with_setting),
        *(("--without", name) for name in args.without),
        *(("--compare", change) for change in args.compare),
        ("--latencies", args.latencies),
        ("--ranking", args.ranking or None),
    ]
    words = [word for flag, value in flags if value is not None for word in (flag, last_part(value))]
    words += ["--whole-files"] * args.whole_files + ["--real-time"] * args.real_time
    paths = [last_part(path.resolve()) for path in args.paths]
    return shlex.join(["codex-lsp", "evaluate", "replay", *paths, *words, "--json"])
