"""`codex-lsp`: parses the command line and runs one command.

Exit codes: 0 done, 1 failed, 2 usage.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from codex_lsp import __version__
from codex_lsp.cli.output import progress
from codex_lsp.errors import CodexLspError, UsageError

# Each module brings `add_parser(subparsers)` and sets `run`; none imports its heavy parts before it runs.
COMMANDS = ("assist", "complete", "engine", "evaluate", "models", "serve", "stats", "train")
EPILOG = """examples:
  codex-lsp complete src/app.py:12:9
  codex-lsp serve
  codex-lsp evaluate lines src --cursors 100
"""
INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    root = argparse.ArgumentParser(
        prog="codex-lsp",
        description="Private code completion: several continuations, ranked by mean log-probability.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"codex-lsp {__version__}")
    subparsers = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"codex_lsp.cli.{name}").add_parser(subparsers)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; every known failure is one line on stderr."""
    args = parser().parse_args(arguments)
    try:
        return int(args.run(args))
    except CodexLspError as error:
        progress(f"codex-lsp: {error}")
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of stdout left (`| head`): not a failure of ours; keep Python from complaining at exit.
        sys.stderr.close()
        return 1
