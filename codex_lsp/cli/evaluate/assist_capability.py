"""`codex-lsp evaluate assists capability`: what a model is strong enough for, by small tasks that are run."""

import argparse
import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from codex_lsp import __version__
from codex_lsp.cli.evaluate.flags import add_json
from codex_lsp.cli.output import progress, write_json, write_line
from codex_lsp.cli.settings import settings_of_command
from codex_lsp.config import Settings
from codex_lsp.errors import UsageError

if TYPE_CHECKING:
    from codex_lsp.assist.kind import AssistKind
    from codex_lsp.cli.evaluate.lines import Subparsers

NAME = "capability"
EPILOG = """examples:
  codex-lsp evaluate assists capability --model embedded-s
  codex-lsp evaluate assists capability --model Qwen/Qwen2.5-Coder-1.5B --kinds docstring,explain --json
"""
_BUDGET, _TIMEOUT_S = 30, 30


def add_parser(subparsers: "Subparsers") -> None:
    """Add the measure to those of `evaluate assists`."""
    parser = subparsers.add_parser(
        NAME,
        help="what a model is strong enough for",
        description="Have a model do ten small tasks of each assist that needs one, check each by running it, and give "
        "the share that it did: a row of the table that decides what is offered with the model.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", metavar="MODEL", help="`embedded`, `embedded-s`, a model folder, or a hub name")
    parser.add_argument("--kinds", metavar="KINDS", help="assists, with commas between them (default: all)")
    parser.add_argument("--budget", type=int, default=_BUDGET, metavar="N", help=f"candidates (default: {_BUDGET})")
    parser.add_argument(
        "--timeout", type=int, default=_TIMEOUT_S, metavar="S", help=f"of each task, in seconds (default: {_TIMEOUT_S})"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="SEED", help="of the sampling (default: 0)")
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure one model.

    Raises:
        UsageError: A flag is wrong.
        ModelError: The model failed.
        SandboxUnavailable: Nothing here runs code nobody trusts.
    """
    kinds = _kinds(args.kinds)
    given: Mapping[str, Any] = {"model": args.model, "assist.budget": args.budget, "assist.timeout_s": args.timeout}
    settings = settings_of_command({name: value for name, value in given.items() if value is not None})
    if args.model is not None:
        # A model that is named is meant, whatever endpoint a person's settings name.
        settings = replace(settings, endpoint=type(settings.endpoint)())
    report = asyncio.run(_measured(settings, kinds, args))
    if args.json:
        write_json(report)
    else:
        for kind, share in report["shares"].items():
            write_line(f"{kind:12} {share:.2f}")
    return 0


def _kinds(text: str | None) -> "tuple[AssistKind, ...]":
    from codex_lsp.assist.kind import AssistKind
    from codex_lsp.evaluation.assist_capability import MEASURED

    if text is None:
        return MEASURED
    known = {kind.value: kind for kind in MEASURED}
    named = [name.strip() for name in text.split(",")]
    for name in named:
        if name not in known:
            raise UsageError(f"--kinds: no `{name}`; use {', '.join(known)}")
    return tuple(AssistKind(name) for name in named)


async def _measured(settings: Settings, kinds: "tuple[AssistKind, ...]", args: argparse.Namespace) -> dict[str, Any]:
    from codex_lsp.cli.workbench import bench_with
    from codex_lsp.evaluation.assist_capability import capability_tasks, measure_capability
    from codex_lsp.models.registry import open_model

    model = open_model(settings, environment=os.environ, in_process=True)
    try:
        progress("loading the model")
        name = (await model.capabilities()).model
        # A line for each is enough.
        bench = bench_with(model, settings, may_run_unsandboxed=False, tells=False)
        figures = await measure_capability(capability_tasks(kinds), bench, seed=args.seed, tell=progress)
    finally:
        await model.close()
    made = {"version": __version__, "seed": args.seed, "budget": args.budget, "timeout_s": args.timeout}
    return {"model": name, **figures.report(), "manifest": made}
