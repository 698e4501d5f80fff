"""What the measures of assists on a benchmark share: flags, folders, and the manifest."""

import argparse
import os
import shlex
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp import __version__
from codex_lsp.cli.evaluate.command import last_part

if TYPE_CHECKING:
    from codex_lsp.evaluation.benchmark_data import BenchmarkData


def add_run(parser: argparse.ArgumentParser) -> None:
    """Which tasks are measured, and where results are kept."""
    parser.add_argument(
        "--data", metavar="PATH", help="a file, a folder of benchmarks, or a data set of the hub, `ORG/NAME[:FILE]`"
    )
    parser.add_argument("--slice", type=int, metavar="N", help="only N of the tasks, evenly spread")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep results there; the same command goes on")


def manifest(
    kind: str, args: argparse.Namespace, data: "BenchmarkData", *, flags: Sequence[str], run: Mapping[str, Any]
) -> dict[str, Any]:
    """What made a result.

    Args:
        kind: The measure, as the command line says it.
        args: Of the command.
        data: That is measured.
        flags: Those of the command that it is made again with, where they were given.
        run: What decides the results beside the data.
    """
    from codex_lsp.training.manifest import versions

    given = [(flag, getattr(args, flag)) for flag in flags]
    words = [word for flag, value in given if value for word in (f"--{flag}", last_part(value))]
    return {
        "kind": kind,
        "command": shlex.join(["codex-lsp", "evaluate", *kind.split(), *words, "--json"]),
        "versions": {"codex-lsp": __version__, **versions("coverage", "hypothesis", "pytest")},
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "run": {"data": data.source, "data_sha256": data.sha256, **run},
    }


@contextmanager
def run_folders(out: Path | None) -> Generator[tuple[Path, Path]]:
    """Where results are kept, and where the tasks' modules lie while they are run."""
    with tempfile.TemporaryDirectory(prefix="codex-lsp-") as name:
        # Run as root, what is in the sandbox is another user: the folder must be open to it.
        Path(name).chmod(0o755)
        yield (out or Path(name) / "run"), Path(name) / "work"
