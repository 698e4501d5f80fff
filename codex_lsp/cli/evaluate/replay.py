"""`codex-lsp evaluate replay PATH…`: types real files again and counts what completion saved."""

import argparse
import math
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp import settings_layers
from codex_lsp.cli.evaluate.flags import add_json, add_languages, add_model, add_seed, check_count
from codex_lsp.cli.output import write_json, write_line
from codex_lsp.cli.settings import settings_of_command
from codex_lsp.config import Settings
from codex_lsp.errors import UsageError
from codex_lsp.settings_layers import Source

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.corpus import Held
    from codex_lsp.cli.evaluate.lines import Subparsers
    from codex_lsp.evaluation.pace import Pace
    from codex_lsp.evaluation.replay import Material

EPILOG = """examples:
  codex-lsp evaluate replay src
  codex-lsp evaluate replay src --compare completion.n=1 completion.debounce_ms=0 --latencies 0,100,400 --output out
  codex-lsp evaluate replay src --real-time --keys 600 --json
"""
_FILES, _LINES = 24, 8
_PACE_PARTS = 3
_MOST_GAP_MS = 60_000
_OF_THE_MODEL = ("model", "adapters", "endpoint.", "engine.")
"""Settings that are decided when the model is opened, and cannot change between two runs over it."""


def add_parser(measures: "Subparsers") -> None:
    """Add the measure."""
    text = "type real files again, and count what completion saves"
    parser = measures.add_parser(
        "replay", help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a file, a folder (a workspace), or a corpus"
    )
    add_model(parser)
    add_seed(parser)
    add_languages(parser)
    _add_material(parser)
    _add_runs(parser)
    parser.add_argument("--output", type=Path, metavar="DIR", help="write the result and its pictures there too")
    add_json(parser)
    parser.set_defaults(run=run)


def _add_material(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--files", type=int, default=_FILES, metavar="N", help=f"to draw (default: {_FILES})")
    parser.add_argument(
        "--lines", type=int, default=_LINES, metavar="N", help=f"to type in each, somewhere in it (default: {_LINES})"
    )
    parser.add_argument("--whole-files", action="store_true", help="type whole files from their first line")
    parser.add_argument("--keys", type=int, metavar="N", help="stop drawing files before so many characters")
    parser.add_argument("--gap-ms", type=float, metavar="MS", help="median gap between keys (default: 180)")
    parser.add_argument(
        "--takes",
        choices=("whole", "lines", "words"),
        help="the smallest part that the reader takes of a suggestion (default: words)",
    )
    parser.add_argument(
        "--wrong-look-share", type=float, metavar="X", help="of a look, what something wrong costs (default: 0.5)"
    )


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--real-time", action="store_true", help="type as fast as a person, and give latencies")
    parser.add_argument(
        "--pace", metavar="A,B,C", help="milliseconds in virtual time: a generation's, a prompt token's, a step's"
    )
    parser.add_argument(
        "--with-setting", action="append", default=[], metavar="NAME=VALUE", help="in every run; may be given again"
    )
    parser.add_argument(
        "--without", action="append", default=[], metavar="NAME", help="a setting that is false in every run"
    )
    parser.add_argument(
        "--compare",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="run again with each of these settings alone changed, and compare",
    )
    parser.add_argument("--latencies", metavar="MS,MS", help="run again with each added to every generation")
    parser.add_argument(
        "--ranking", type=int, default=0, metavar="N", help="cursors at which ranking is compared (default: 0, none)"
    )


def run(args: argparse.Namespace) -> int:
    """Replay.

    Raises:
        UsageError: A flag or a path is wrong.
        MissingExtra: Pictures are wanted and what draws is not installed.
        ModelError: The model failed.
    """
    settings = _settings(args)
    changes = {change: changed(settings, change) for change in args.compare}
    for change in changes:
        if change.startswith(_OF_THE_MODEL):
            raise UsageError(f"--compare {change}: is decided when the model is opened; run twice with --with-setting")
    _check(args)
    pace = None if args.real_time else _pace(args)
    latencies_ms = () if args.latencies is None else numbers("--latencies", args.latencies)
    from codex_lsp.cli.evaluate.corpus import held_at
    from codex_lsp.cli.evaluate.replay_run import Runs, check_output, measured, write_files
    from codex_lsp.cli.evaluate.replay_table import table
    from codex_lsp.statistics.picture import check_installed

    if args.output is not None:
        # Before minutes of work that would end without its pictures.
        check_installed()
    held = held_at(args.paths, args.language or ())
    material = _material(args, held)
    if args.output is not None:
        # Now, not after hours.
        check_output(args.output)
    # There is nothing to save, and a thread that is loading weights would keep a Ctrl-C waiting.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    found = measured(
        args, Runs(settings=settings, changes=changes, pace=pace, latencies_ms=latencies_ms), held, material
    )
    if args.output is not None:
        write_files(args.output, found)
    if args.json:
        write_json(found)
    else:
        for line in table(found):
            write_line(line)
    return 0


def changed(settings: Settings, change: str) -> Settings:
    """Settings with one of them changed, as `NAME=VALUE` says.

    Raises:
        UsageError: There is no such setting, or it cannot have this value.
    """
    name, equals, text = change.partition("=")
    if not equals:
        raise UsageError(f"{change}: no value; give NAME=VALUE, for example completion.n=1")
    layer = {name: settings_layers.parse_text(name, text)}
    settings, problems = settings_layers.merge(settings, layer, Source.FLAG)
    if problems:
        raise UsageError(problems[0])
    return settings


def _settings(args: argparse.Namespace) -> Settings:
    from codex_lsp.evaluation.replay import replay_settings

    settings = replay_settings(settings_of_command({} if args.model is None else {"model": args.model}))
    if args.model is not None:
        # A model that is named is meant, whatever endpoint a person's settings name.
        settings = replay_settings(Settings(model=settings.model, engine=settings.engine))
    for change in (*args.with_setting, *(f"{name}=false" for name in args.without)):
        settings = changed(settings, change)
    return settings


def _check(args: argparse.Namespace) -> None:
    for flag, value, least in (("--files", args.files, 1), ("--lines", args.lines, 1), ("--ranking", args.ranking, 0)):
        check_count(flag, value, least)
    check_count("--keys", args.keys)
    if args.real_time and (args.compare or args.latencies or args.pace):
        raise UsageError("--real-time types once, at the model's own pace: without --compare, --latencies and --pace")
    if args.gap_ms is not None and not 1 <= args.gap_ms <= _MOST_GAP_MS:
        raise UsageError(f"--gap-ms {args.gap_ms:g}: give 1 to {_MOST_GAP_MS}")
    if args.wrong_look_share is not None and not 0 <= args.wrong_look_share <= 1:
        raise UsageError(f"--wrong-look-share {args.wrong_look_share:g}: give 0 to 1")


def _material(args: argparse.Namespace, held: "Held") -> "Material":
    from codex_lsp.evaluation.reader import Attention, Part
    from codex_lsp.evaluation.replay import Material, Person, within
    from codex_lsp.evaluation.stretches import drawn_stretches, whole_files
    from codex_lsp.evaluation.typist import Habits

    drawn = (
        whole_files(held.files, args.files, args.seed)
        if args.whole_files
        else drawn_stretches(held.files, args.files, args.lines, args.seed)
    )
    if not drawn:
        raise UsageError(f"{', '.join(map(str, args.paths))}: no line of code to type; name files with source code")
    attention: dict[str, Any] = {
        "wrong_look_share": args.wrong_look_share,
        "takes": None if args.takes is None else Part(args.takes),
    }
    person = Person(
        habits=Habits() if args.gap_ms is None else Habits(median_gap_ms=args.gap_ms),
        attention=replace(Attention(), **{name: value for name, value in attention.items() if value is not None}),
        seed=args.seed,
    )
    return Material(stretches=tuple(drawn if args.keys is None else within(drawn, args.keys)), person=person)


def numbers(flag: str, text: str) -> tuple[float, ...]:
    """Numbers from 0, separated by commas.

    Raises:
        UsageError: They are something else.
    """
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = (math.nan,)
    if not all(0 <= number < math.inf for number in found):
        raise UsageError(f"{flag} {text}: give milliseconds separated by commas, for example 0,100,400")
    return found


def _pace(args: argparse.Namespace) -> "Pace":
    from codex_lsp.evaluation.pace import Pace
    from codex_lsp.evaluation.replay import MEASURED_PACE

    if args.pace is None:
        return MEASURED_PACE
    parts = numbers("--pace", args.pace)
    if len(parts) != _PACE_PARTS:
        raise UsageError(f"--pace {args.pace}: give three numbers: of a generation, of a prompt token, of a step")
    return Pace(base_ms=parts[0], prompt_token_ms=parts[1], step_ms=parts[2])
