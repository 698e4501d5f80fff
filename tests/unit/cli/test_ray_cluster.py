"""`--ray` where Ray is not installed, and beside a flag of one machine."""

import argparse

import pytest

from codex_lsp.cli.evaluate import ray_cluster
from codex_lsp.cli.evaluate.ray_cluster import joined
from codex_lsp.errors import MissingExtra, UsageError


def test_without_ray_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        del name

    monkeypatch.setattr(ray_cluster, "find_spec", nothing)
    with pytest.raises(MissingExtra, match=r"codex-lsp\[scale\]"), joined(argparse.Namespace(ray="auto", workers=None)):
        pass


def test_workers_are_the_clusters() -> None:
    with pytest.raises(UsageError, match="--workers"), joined(argparse.Namespace(ray="auto", workers=2)):
        pass


def test_no_address_joins_nothing() -> None:
    with joined(argparse.Namespace(ray=None, workers=2)):
        pass
