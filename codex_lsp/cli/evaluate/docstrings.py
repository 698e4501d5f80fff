"""`codex-lsp evaluate docstrings`: docstrings of one model, graded by the bodies that another writes from them."""

import argparse
import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.evaluate.flags import add_json, add_model, add_seed
from codex_lsp.cli.output import progress, write_json, write_line
from codex_lsp.cli.train.step import count

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
    from codex_lsp.evaluation.formats import FORMATS

    wanted = "humaneval" if args.data is None else "tasks"
    args.format = next(kind for kind in FORMATS if kind.name == wanted)
    data = benchmark_of(args, os.environ)
    tasks = sliced(data.benchmark.tasks, args.slice)
    from codex_lsp.execution.sandboxed_grader import SandboxedGrader

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
    from codex_lsp.evaluation.docstrings import DocstringPlan, DocstringRun
    from codex_lsp.evaluation.harness_run import KIND, RunFolder

    plan = DocstringPlan(n=args.n, max_tokens=args.max_tokens, seed=args.seed)
    common = {"benchmark": "docstrings", "data": data.source, "data_sha256": data.sha256, "tasks": len(tasks)}
    models = {"docstring_model": _name(args.docstring_model), "model": _name(args.model)}
    for name, of in (("docstrings", ("docstring_model",)), ("bodies", tuple(models))):
        made = {**common, **{key: models[key] for key in of}, "sampling": asdict(plan)}
        RunFolder(path=args.out / name).begin({"kind": KIND, "run": made})
    return DocstringRun(
        docstrings=RunFolder(path=args.out / "docstrings"),
        bodies=RunFolder(path=args.out / "bodies"),
        tasks=tasks,
        plan=plan,
    )


def _name(model: str | None) -> str:
    from codex_lsp.cli.evaluate.command import last_part

    return "the settings' own" if model is None else last_part(model)


async def _written(name: str, opened: "DocstringRun") -> "tuple[Sample, ...]":
    async with AsyncExitStack() as stack:
        return await opened.write(_model(name, stack), progress)


async def _read(name: str | None, opened: "DocstringRun", docstrings: "Sequence[Sample]") -> "tuple[Sample, ...]":
    async with AsyncExitStack() as stack:
        return await opened.read(_model(name, stack), docstrings, progress)


def _model(name: str | None, stack: AsyncExitStack) -> "LanguageModel":
    from codex_lsp.cli.settings import settings_of_command
    from codex_lsp.models.registry import open_model

    settings = settings_of_command({} if name is None else {"model": name})
    if name is not None:
        # A model that is named is meant, whatever endpoint a person's settings name.
        settings = replace(settings, endpoint=type(settings.endpoint)())
    model = open_model(settings, environment=os.environ, in_process=True)
    stack.push_async_callback(model.close)
    return model


def _report(args: argparse.Namespace, found: "Mapping[str, Any]") -> None:
    if args.json:
        write_json(found)
        return
    write_line(f"{found['tasks']} tasks, {found['samples']} docstrings")
    for name in ("pass@1", f"pass@{args.n}"):
        write_line(f"{name:10}{found[name]:>8.2%}")
    write_line(f"{'own':10}{found['own']:>8.2%}  the tasks' own docstrings")
