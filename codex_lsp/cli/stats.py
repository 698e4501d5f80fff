"""`codex-lsp stats`: what was shown and accepted, what stayed, and how fast it came."""

import argparse
import importlib.util
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.output import progress, write_json, write_line
from codex_lsp.errors import StatisticsError, UsageError

if TYPE_CHECKING:
    from codex_lsp.statistics.counts import Row

EPILOG = """examples:
  codex-lsp stats
  codex-lsp stats --days 30 --json
  codex-lsp stats --export figures.csv
  codex-lsp stats --forget

Figures are counts and lengths, never text, and stay on this machine; the setting statistics.enabled turns them off.
"""
FILE_NAME = "statistics.sqlite3"
MAX_DAYS = 36500


def statistics_file() -> Path:
    """Where the figures are, for example `~/.local/share/codex-lsp/statistics.sqlite3`."""
    # Imported here, as in `settings.user_file`.
    import platformdirs

    return Path(platformdirs.user_data_dir("codex-lsp", appauthor=False)) / FILE_NAME


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Declare the command."""
    parser = subparsers.add_parser(
        "stats",
        help="what you accepted and how fast it came, counted on this machine alone",
        description="Shown, accepted and retained suggestions, and latency by tier, language and model.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--days", type=int, metavar="N", help="the last N days only, today included")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--json", action="store_true", help="write JSON")
    action.add_argument("--export", type=Path, metavar="FILE", help="write every figure to FILE (.csv, .jsonl)")
    action.add_argument("--plot", type=Path, metavar="FILE", help="draw into FILE (SVG; needs codex-lsp[plot])")
    action.add_argument("--forget", action="store_true", help="remove all figures")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show, export, draw or forget the figures.

    Raises:
        UsageError: A flag is wrong.
        StatisticsError: The database is damaged or locked, or a file cannot be written.
        MissingExtra: A plot is wanted and what draws is not installed.
    """
    if args.forget:
        return _forget(args)
    since = _first_day(args.days)
    if args.plot is not None:
        from codex_lsp.statistics import picture, plot

        picture.check_installed()
        plot.plot(_rows(since), args.plot)
        progress(f"drawn into {args.plot}")
    elif args.export is not None:
        from codex_lsp.statistics import export

        export.check_name(args.export)
        progress(f"{export.export(_rows(since), args.export)} figures written to {args.export}")
    else:
        _show(_rows(since), args)
    return 0


def _show(rows: "list[Row]", args: argparse.Namespace) -> None:
    from codex_lsp.cli.stats_table import table
    from codex_lsp.statistics.summary import summary

    found = {"days": args.days, **summary(rows)}
    if args.json:
        write_json(found)
    elif not rows:
        write_line(
            "nothing is recorded yet" if args.days is None else f"nothing is recorded of the last {args.days} days"
        )
    else:
        for line in table(found):
            write_line(line)


def _forget(args: argparse.Namespace) -> int:
    if args.days is not None:
        raise UsageError("--forget removes everything; leave out --days")
    _require_sqlite()
    from codex_lsp.statistics import database

    path = statistics_file()
    write_line(f"{path}: all figures are removed" if database.forget(path) else f"{path}: there is nothing to remove")
    return 0


def _rows(since: str) -> "list[Row]":
    _require_sqlite()
    from codex_lsp.statistics import database

    try:
        with database.opened(statistics_file(), create=False) as opened:
            return opened.rows(since=since)
    except FileNotFoundError:
        return []


def _first_day(days: int | None) -> str:
    """The first of the last `days` days; an empty text is before all of them."""
    if days is None:
        return ""
    if not 1 <= days <= MAX_DAYS:
        raise UsageError(f"--days {days}: give 1 to {MAX_DAYS}")
    return (date.today() - timedelta(days=days - 1)).isoformat()


def _require_sqlite() -> None:
    if importlib.util.find_spec("_sqlite3") is None:
        raise StatisticsError("this Python was built without SQLite; install one that has it")
