"""`codex-lsp serve`: the language server on standard input and output."""

import argparse
import gc
import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from codex_lsp.cli.settings import load_settings
from codex_lsp.cli.stats import statistics_file
from codex_lsp.config import Settings, describe
from codex_lsp.settings_layers import environment_layer

if TYPE_CHECKING:
    from codex_lsp.models.protocol import LanguageModel

EPILOG = """examples:
  codex-lsp serve
  codex-lsp serve --model ~/models/Qwen2.5-Coder-0.5B --log-level debug
"""
LOG_LEVELS = ("debug", "info", "warning", "error")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Declare the command."""
    parser = subparsers.add_parser(
        "serve",
        help="speak the language server protocol on standard input and output",
        description="Speak the Language Server Protocol on standard input and output. Editors start this command.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", help="`embedded`, a model folder or a hub name; stands above the editor's setting")
    parser.add_argument("--log-level", choices=LOG_LEVELS, default="info", help="what goes to standard error")
    # Editors' client libraries add it of themselves; standard input and output is all there is.
    parser.add_argument("--stdio", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve one client; the exit code says whether it asked to shut down."""
    flags: dict[str, str | int | float | bool] = {} if args.model is None else {"model": args.model}
    settings, problems = load_settings(flags)
    known = {item.name for item in describe()}
    pinned = {name: value for name, value in (environment_layer(os.environ) | flags).items() if name in known}
    _log_to_stderr(args.log_level)
    # Starting up only makes objects that stay: searching them for garbage costs a tenth of the time to `initialize`.
    gc.disable()
    import asyncio

    from codex_lsp.cli.recitation import recitation_filter
    from codex_lsp.server.app import create_server
    from codex_lsp.server.stdio import claim_stdio
    from codex_lsp.statistics.ledger import Ledger

    gc.freeze()
    gc.enable()
    ledger = Ledger(statistics_file(), keep_days=settings.statistics.keep_days)
    server = create_server(
        settings,
        _open_model,
        _token_counter,
        pinned=pinned,
        ledger=ledger,
        recitation=recitation_filter(),
        problems=problems,
    )
    return asyncio.run(server.serve(*claim_stdio()))


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if level != "debug":
        # pygls logs whole messages, the documents in them too; what matters of it the server logs itself.
        logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
        logging.getLogger("httpx").setLevel(logging.WARNING)


def _open_model(settings: Settings) -> "LanguageModel":
    from codex_lsp.models.registry import open_model

    return open_model(settings, environment=os.environ, in_process=False)


def _token_counter(tokenizer: str | None) -> Callable[[str], int]:
    from codex_lsp.models.token_count import token_counter

    return token_counter(tokenizer)
