"""`codex-lsp evaluate docstrings`: docstrings of one model, graded by the bodies that another writes from them."""

import argparse
import asyncio
import os
import shlex
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp import __version__
from codex_lsp.cli.evaluate.command import last_part
from codex_lsp.cli.evaluate.flags import add_json, add_model, add_seed
from codex_lsp.cli.evaluate.harness_table import percent
from codex_lsp.cli.output import progress, write_json, write_line
from codex_lsp.cli.train.step import count
from codex_lsp.errors import UsageError

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.lines import Subparsers
    from codex_lsp.evaluation.benchmark_data import BenchmarkData
    from codex_lsp.evaluation.docstrings import DocstringRun
    from codex_lsp.evaluation.samples_file import Sample
    from codex_lsp.evaluation.task import Task
    from codex_lsp.models.protocol import LanguageModel

EPILOG = """examples:
  codex-lsp evaluate docstrings --docstring-model codex-d --model codex-s --out run
"""
_N, _MAX_TOKENS = 10, 300


def add_parser(measures: "Subparsers") -> None:
    """Add the measure."""
    text = "docstrings that a model writes, graded by the bodies that a model writes from them"
    parser = measures.add_parser(
        "docstrings", help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--docstring-model", required=True, metavar="MODEL", help="writes docstrings: what `train codex-d` made"
    )
    add_model(parser)
    parser.add_argument("--data", metavar="PATH", help="tasks in HumanEval's format (default: HumanEval, where it is)")
    parser.add_argument("--slice", type=count, metavar="N", help="only N of the tasks, evenly spread")
    parser.add_argument("--n", type=count, default=_N, metavar="N", help=f"docstrings of a task (default: {_N})")
    parser.add_argument(
        "--max-tokens", type=count, default=_MAX_TOKENS, metavar="N", help=f"of a text (default: {_MAX_TOKENS})"
    )
    parser.add_argument("--workers", type=count, metavar="N", help="candidates that run at a time (default: by cores)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="samples, results and figures")
    add_seed(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write docstrings, write bodies from them, grade those.

    Raises:
        UsageError: The data is not there, or the folder holds another run.
        SandboxUnavailable: Nothing here runs candidates safely.
        ModelError: A model failed.
    """
    from codex_lsp.cli.evaluate.harness_material import benchmark_of, sliced
    from codex_lsp.evaluation.docstrings import docstring_tasks
    from codex_lsp.evaluation.formats import HUMANEVAL, TASKS
    from codex_lsp.execution.sandboxed_grader import SandboxedGrader

    data = benchmark_of(HUMANEVAL if args.data is None else TASKS, args.data)
    tasks = sliced(data.benchmark.tasks, args.slice)
    if not docstring_tasks(tasks):
        raise UsageError(f"{data.source}: no task has both a docstring and a reference; name other data")

    opened = _opened(args, data, tasks)
    with SandboxedGrader(args.workers) as grader:
        docstrings = asyncio.run(_written(args.docstring_model, opened))
        bodies = asyncio.run(_read(args.model, opened, docstrings))
        found = opened.grade(docstrings, bodies, grader, progress)
    found["manifest"] = opened.bodies.manifest()
    opened.bodies.write("figures.json", found)
    _report(args, found)
    return 0


def _opened(args: argparse.Namespace, data: "BenchmarkData", tasks: "Sequence[Task]") -> "DocstringRun":
    from codex_lsp.cli.evaluate.measured_model import model_record, settings_of_model
    from codex_lsp.evaluation.docstrings import DocstringPlan, DocstringRun
    from codex_lsp.evaluation.harness_run import KIND, RunFolder
    from codex_lsp.training.manifest import versions

    plan = DocstringPlan(n=args.n, max_tokens=args.max_tokens, seed=args.seed)
    made = {
        "kind": KIND,
        "command": _command(args),
        "versions": {"codex-lsp": __version__, **versions("torch", "transformers", "tokenizers")},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    run = {
        "benchmark": "docstrings",
        "data": data.source,
        "data_sha256": data.sha256,
        "tasks": len(tasks),
        "sampling": asdict(plan),
        "docstring_model": model_record(settings_of_model(args.docstring_model)),
    }
    docstrings, bodies = RunFolder(path=args.out / "docstrings"), RunFolder(path=args.out / "bodies")
    docstrings.begin({**made, "run": run})
    bodies.begin({**made, "run": {**run, "model": model_record(settings_of_model(args.model))}})
    return DocstringRun(docstrings=docstrings, bodies=bodies, tasks=tasks, plan=plan)


def _command(args: argparse.Namespace) -> str:
    """The command line that makes a result again, with folders by their last part."""
    names = ("docstring_model", "model", "data", "slice", "n", "max_tokens", "seed")
    flags = [(f"--{name.replace('_', '-')}", getattr(args, name)) for name in names]
    words = [word for flag, value in flags if value is not None for word in (flag, last_part(value))]
    return shlex.join(["codex-lsp", "evaluate", "docstrings", *words, "--json"])


async def _written(name: str, opened: "DocstringRun") -> "tuple[Sample, ...]":
    async with AsyncExitStack() as stack:
        return await opened.write(_model(name, stack), progress)


async def _read(name: str | None, opened: "DocstringRun", docstrings: "Sequence[Sample]") -> "tuple[Sample, ...]":
    async with AsyncExitStack() as stack:
        return await opened.read(_model(name, stack), docstrings, progress)


def _model(name: str | None, stack: AsyncExitStack) -> "LanguageModel":
    from codex_lsp.cli.evaluate.measured_model import settings_of_model
    from codex_lsp.models.registry import open_model

    model = open_model(settings_of_model(name), environment=os.environ, in_process=True)
    stack.push_async_callback(model.close)
    return model


def _report(args: argparse.Namespace, found: "Mapping[str, Any]") -> None:
    if args.json:
        write_json(found)
        return
    write_line(f"{found['tasks']} tasks, {found['samples']} docstrings")
    for name in dict.fromkeys(("pass@1", f"pass@{args.n}")):
        write_line(f"{name:10}{percent(found[name]):>8}")
    write_line(f"{'own':10}{percent(found['own']):>8}  the tasks' own docstrings")
