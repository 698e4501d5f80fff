"""`codex-lsp evaluate lines PATH…`: line completion at drawn cursors of real files."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp import __version__
from codex_lsp.cli.evaluate.flags import add_json, add_languages, add_model, add_seed, check_count
from codex_lsp.cli.output import progress, write_json, write_line
from codex_lsp.cli.settings import settings_of_command
from codex_lsp.config import Settings
from codex_lsp.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.corpus import Held
    from codex_lsp.evaluation.lines import LinesOptions
    from codex_lsp.evaluation.manifest import Provenance
    from codex_lsp.models.protocol import LanguageModel

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

EPILOG = """examples:
  codex-lsp evaluate lines src --cursors 100
  codex-lsp evaluate lines corpus --combinations uniform_with_suffix --baseline-corpus corpus --json > result.json
"""
ALL = "all"
NGRAM_ORDER = 6
_BASELINE_TOKENS = 10_000_000
_BYTES_PER_LANGUAGE = 250_000
_CURSORS = 300


def add_parser(measures: "Subparsers") -> None:
    """Add the measure."""
    text = "line completion at drawn cursors of real files, and bits per byte"
    parser = measures.add_parser(
        "lines", help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a file, a folder, or a corpus (its held-out files)"
    )
    add_model(parser)
    parser.add_argument("--cursors", type=int, default=_CURSORS, metavar="N", help=f"to draw (default: {_CURSORS})")
    add_seed(parser)
    parser.add_argument("--n", type=int, metavar="N", help="candidates to sample (default: that of completion.n)")
    parser.add_argument(
        "--combinations",
        default=ALL,
        metavar="NAMES",
        help="of uniform_with_suffix, uniform_left_to_right, first_non_blank_with_suffix, "
        "first_non_blank_left_to_right; comma-separated (default: all)",
    )
    add_languages(parser)
    parser.add_argument(
        "--bytes",
        type=int,
        default=_BYTES_PER_LANGUAGE,
        metavar="N",
        help=f"of each language to score for bits per byte (default: {_BYTES_PER_LANGUAGE}; 0: none)",
    )
    parser.add_argument(
        "--baseline-model", action="append", default=[], metavar="MODEL", help="measure it too; may be given again"
    )
    parser.add_argument(
        "--baseline-corpus", type=Path, metavar="DIR", help=f"measure a {NGRAM_ORDER}-gram of this corpus too"
    )
    parser.add_argument(
        "--baseline-tokens",
        type=int,
        default=_BASELINE_TOKENS,
        metavar="N",
        help=f"tokens that it learns from at most (default: {_BASELINE_TOKENS})",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure one model, and the baselines that are asked for.

    Raises:
        UsageError: A flag or a path is wrong.
        TrainingError: A corpus holds nothing out, or is damaged.
        ModelError: A model failed.
    """
    options = _options(args)
    settings = _settings(args)
    from codex_lsp.cli.evaluate.corpus import held_at
    from codex_lsp.evaluation.cursors import drawn_places

    held = held_at(args.paths, args.language or ())
    if not drawn_places(held.files, 1, args.seed):
        raise UsageError(f"{', '.join(map(str, args.paths))}: no line of code to complete; name files with source code")
    if args.baseline_corpus is not None:
        _check_baseline(args)
    # There is nothing to save, and a thread that is loading weights would keep a Ctrl-C waiting.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    found = asyncio.run(_measured(args, held, settings, options))
    if args.json:
        write_json(found)
    else:
        from codex_lsp.cli.evaluate.table import table

        for line in table(found):
            write_line(line)
    return 0


def _options(args: argparse.Namespace) -> "LinesOptions":
    from codex_lsp.evaluation.cursors import Combination
    from codex_lsp.evaluation.lines import LinesOptions

    for flag, value, least in (
        ("--cursors", args.cursors, 1),
        ("--bytes", args.bytes, 0),
        ("--baseline-tokens", args.baseline_tokens, 1),
    ):
        check_count(flag, value, least)
    known = [combination.value for combination in Combination]
    named = known if args.combinations == ALL else [name.strip() for name in args.combinations.split(",")]
    for name in named:
        if name not in known:
            raise UsageError(f"--combinations: no `{name}`; use {', '.join(known)}, or {ALL}")
    return LinesOptions(
        cursors=args.cursors,
        seed=args.seed,
        combinations=tuple(combination for combination in Combination if combination.value in named),
        bytes_per_language=args.bytes,
    )


def _settings(args: argparse.Namespace) -> Settings:
    from codex_lsp.evaluation.lines import measured_settings

    given: dict[str, Any] = {"completion.n": args.n, "model": args.model}
    settings = settings_of_command({name: value for name, value in given.items() if value is not None})
    if args.model is not None:
        # A model that is named is meant, whatever endpoint a person's settings name.
        settings = _with_model(settings, settings.model)
    return measured_settings(settings, args.n)


def _check_baseline(args: argparse.Namespace) -> None:
    """Find out now, not after minutes of measuring, that the baseline cannot be made."""
    from importlib.util import find_spec

    from codex_lsp.training.documents import shards_of
    from codex_lsp.training.manifest import read_manifest

    read_manifest(args.baseline_corpus, "corpus")
    shards_of(args.baseline_corpus, "train")
    if find_spec("numpy") is None:
        raise MissingExtra(f"the baseline needs numpy: `{sys.executable} -m pip install 'codex-lsp[eval]'`")


async def _measured(
    args: argparse.Namespace, held: "Held", settings: Settings, options: "LinesOptions"
) -> dict[str, Any]:
    from codex_lsp.evaluation.lines import material_for, measure_lines
    from codex_lsp.evaluation.manifest import manifest
    from codex_lsp.evaluation.report import report
    from codex_lsp.models.registry import open_model

    started = time.monotonic()
    async with AsyncExitStack() as opened:

        def open_named(named: Settings) -> "LanguageModel":
            model = open_model(named, environment=os.environ, in_process=True)
            opened.push_async_callback(model.close)
            return model

        # A baseline that is not there is found out before the model takes its seconds to load.
        others = [open_named(_with_model(settings, name)) for name in args.baseline_model]
        model = open_named(settings)
        progress("loading the model")
        material = await material_for(model, held.files, options, others)
        tokenizer = (await model.capabilities()).tokenizer
        if args.baseline_corpus is not None and tokenizer is None:
            raise UsageError("--baseline-corpus: this model names no tokenizer here; measure a local model")
        result = await measure_lines(model, material, settings, options, progress)
        found = report(result)
        baselines = [await measure_lines(other, material, settings, options, progress) for other in others]
        if args.baseline_corpus is not None and tokenizer is not None:
            ngram = _ngram(args, tokenizer)
            baselines.append(await measure_lines(ngram, material, settings, options, progress))
    _, *names = distinct([result.model, *(baseline.model for baseline in baselines)])
    found["baselines"] = dict(zip(names, map(report, baselines), strict=True))
    made = _provenance(args, held, elapsed_s=time.monotonic() - started)
    return {**found, "manifest": manifest(result.model, held.files, settings, options, made)}


def distinct(names: Sequence[str]) -> list[str]:
    """The names, a number after those that came before: folders of different runs are often called alike.

    >>> distinct(["model", "model", "other", "model"])
    ['model', 'model 2', 'other', 'model 3']
    """
    return [f"{name} {before + 1}" if (before := names[:at].count(name)) else name for at, name in enumerate(names)]


def _provenance(args: argparse.Namespace, held: "Held", *, elapsed_s: float) -> "Provenance":
    from codex_lsp.cli.evaluate.command import command
    from codex_lsp.evaluation.manifest import Provenance
    from codex_lsp.training.manifest import versions

    return Provenance(
        command=command(args),
        versions={"codex-lsp": __version__, **versions("torch", "transformers", "tokenizers", "numpy")},
        packages=held.packages,
        elapsed_s=elapsed_s,
    )


def _ngram(args: argparse.Namespace, tokenizer: str) -> "LanguageModel":
    from codex_lsp.evaluation.ngram_model import train_ngram
    from codex_lsp.training.documents import shuffled_documents

    documents = shuffled_documents(args.baseline_corpus, "train", args.seed)
    return train_ngram(
        (document.text for document in documents),
        tokenizer,
        max_tokens=args.baseline_tokens,
        order=NGRAM_ORDER,
        notify=progress,
    )


def _with_model(settings: Settings, name: str) -> Settings:
    """The same settings with another model of this machine."""
    return replace(settings, model=name, endpoint=type(settings.endpoint)())
