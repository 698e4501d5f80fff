"""`codex-lsp engine`: the process that serves one model on the OpenAI completions wire."""

import argparse
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.settings import load_settings
from codex_lsp.config import EndpointSettings, Settings
from codex_lsp.decoding.threads import thread_environment
from codex_lsp.errors import UsageError

if TYPE_CHECKING:
    from codex_lsp.service.listener import Listener

logger = logging.getLogger(__name__)

EPILOG = """examples:
  codex-lsp engine --socket ~/.cache/codex-lsp/engine.sock
  codex-lsp engine --host 0.0.0.0 --port 8080 --token-file tokens.txt --model Qwen/Qwen2.5-Coder-0.5B

On TCP a caller must send `Authorization: Bearer TOKEN` with a token of the file (one to a line).
"""
MAX_PORT = 65535


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "engine",
        help="serve a model on the OpenAI completions wire",
        description="Serve one model on the OpenAI completions wire, on a Unix socket or on TCP.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--socket", type=Path, metavar="PATH", help="Unix socket to make, in a folder with mode 0700")
    where.add_argument("--port", type=int, help=f"TCP port, 0 to {MAX_PORT} (0: any free one; stderr names it)")
    parser.add_argument("--host", default="127.0.0.1", help="TCP address (default: %(default)s)")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="tokens that callers may use; needed on TCP")
    parser.add_argument("--model", help="`embedded`, a Hugging Face model folder, or a hub name")
    parser.add_argument(
        "--shared", action="store_true", help="end when no process holds a lock on PATH's `.users` file, or when idle"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM, SIGINT or, where it is shared, the end of its last user."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    # One line for each request of our own is noise; what goes wrong still shows.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    _check(args)
    settings, problems = load_settings({} if args.model is None else {"model": args.model})
    for problem in problems:
        logger.warning("%s", problem)
    # The thread settings are read once, when torch is first imported.
    os.environ.update(thread_environment(settings.engine.threads))
    return _serve(args, replace(settings, endpoint=EndpointSettings()))


def _check(args: argparse.Namespace) -> None:
    if args.socket is None and args.token_file is None:
        raise UsageError("an engine on TCP needs `--token-file FILE`; write one token to a line of it")
    if args.shared and args.socket is None:
        raise UsageError("`--shared` needs `--socket PATH`; on TCP an engine ends when it is told to")
    if args.port is not None and not 0 <= args.port <= MAX_PORT:
        raise UsageError(f"`--port {args.port}`: expected 0 to {MAX_PORT}")


def _serve(args: argparse.Namespace, settings: Settings) -> int:
    from codex_lsp.models.registry import open_model, require_extra

    require_extra()
    from codex_lsp.models.remote.shared_engine import USERS_SUFFIX
    from codex_lsp.service.app import create_app
    from codex_lsp.service.auth import BearerTokens, read_tokens
    from codex_lsp.service.listener import tcp_listener, unix_listener
    from codex_lsp.service.loading import LoadingModel
    from codex_lsp.service.run import Lifetime, serve

    tokens = None if args.token_file is None else read_tokens(args.token_file)
    model = LoadingModel(lambda: open_model(settings, environment={}, in_process=True))
    app = create_app(model)
    lifetime = None
    if args.shared:
        users = args.socket.expanduser().absolute().with_suffix(USERS_SUFFIX)
        lifetime = Lifetime(users=users, idle_s=settings.engine.idle_minutes * 60)
    listener: Listener = (
        tcp_listener(args.host, args.port)
        if args.socket is None
        else unix_listener(args.socket.expanduser().absolute())
    )
    with listener:
        logger.info("serving %s on %s", settings.model, listener.name)
        guarded = app if tokens is None else BearerTokens(app, tokens)
        serve(guarded, model, listener, lifetime)
    return 0
