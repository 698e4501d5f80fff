"""`--ray ADDRESS`: sampling and grading on the nodes of a Ray cluster."""

import argparse
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from codex_lsp.config import Settings
from codex_lsp.errors import MissingExtra, UsageError
from codex_lsp.models.registry import open_model

if TYPE_CHECKING:
    from codex_lsp.evaluation.ray_grader import RayGrader
    from codex_lsp.evaluation.ray_model import RayModel
    from codex_lsp.models.protocol import LanguageModel


def add_ray(parser: argparse.ArgumentParser) -> None:
    """Add the flag."""
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="sample and grade on a Ray cluster: HOST:PORT, ray://HOST:PORT or auto"
    )


@contextmanager
def joined(args: argparse.Namespace) -> Generator[None]:
    """Be the driver of the cluster that is named, and print nothing of one's own meanwhile; nothing where none is.

    Raises:
        MissingExtra: Ray is not installed.
        UsageError: No cluster answers there, or a flag is of one machine.
    """
    if args.ray is None:
        yield
        return
    if args.workers is not None:
        raise UsageError("--workers: on a Ray cluster as many candidates run at a time as it has processors")
    if find_spec("ray") is None:
        raise MissingExtra(f"--ray needs Ray: `{sys.executable} -m pip install 'codex-lsp[scale]'`, on every node")
    from codex_lsp.evaluation.ray_workers import cluster

    with cluster(args.ray):
        yield


def ray_grader() -> "RayGrader":
    """Grades on the cluster that was joined.

    Raises:
        SandboxUnavailable: A node has no sandbox that holds.
    """
    from codex_lsp.evaluation.ray_grader import RayGrader

    return RayGrader()


def ray_model(settings: Settings) -> "RayModel":
    """Samples on the cluster that was joined, with the model that settings name; its files must lie on every node."""
    from codex_lsp.evaluation.ray_model import RayModel

    return RayModel(partial(_opened, settings))


def _opened(settings: Settings) -> "LanguageModel":
    return open_model(settings, environment=os.environ, in_process=True)
