"""What is offered with which model."""

import tomllib
from dataclasses import replace
from importlib.resources import files

import pytest

from codex_lsp.assist.capability import can, least_share, measured_share, speaks, unproven_right
from codex_lsp.assist.kind import AssistKind
from codex_lsp.models.scripted import everything

TABLE = tomllib.loads(files("codex_lsp.assist").joinpath("capabilities.toml").read_text(encoding="utf-8"))
UNKNOWN = everything("somebody/some-model")


def test_without_a_model_what_needs_none() -> None:
    assert {kind for kind in AssistKind if can(None, kind)} == {AssistKind.TESTS, AssistKind.EXPLAIN}
    assert not speaks(None)


def test_an_unmeasured_model_is_offered_what_is_proven_by_running() -> None:
    offered = {kind.value for kind in AssistKind if can(UNKNOWN, kind)}
    assert offered == {"tests", "explain", "docstring", "fix", "optimise", "solve"}
    assert measured_share(UNKNOWN.model, AssistKind.SOLVE) is None
    assert not speaks(UNKNOWN)


@pytest.mark.parametrize("model", ["embedded", "embedded-s"])
def test_the_models_that_ship_are_measured(model: str) -> None:
    capabilities = replace(UNKNOWN, model=model)
    for kind in (AssistKind.DOCSTRING, AssistKind.TRANSLATE, AssistKind.OPTIMISE, AssistKind.FIX, AssistKind.SOLVE):
        share = measured_share(model, kind)
        assert share is not None
        assert can(capabilities, kind) is (share >= least_share(kind))
    words = measured_share(model, AssistKind.EXPLAIN)
    assert words is not None
    assert speaks(capabilities) is (words >= least_share(AssistKind.EXPLAIN))
    assert can(capabilities, AssistKind.EXPLAIN)


def test_the_table_names_known_assists_and_shares() -> None:
    known = {kind.value for kind in AssistKind}
    assert set(TABLE["least"]) | set(TABLE["unmeasured"]["proven"]) <= known
    for row in TABLE["model"]:
        assert row["models"]
        assert set(row["shares"]) <= known
        assert all(0 <= share <= 1 for share in row["shares"].values())
        assert "unproven" not in row or 0 <= row["unproven"]["right"] <= row["unproven"]["of"]


def test_how_many_unproven_bodies_were_right() -> None:
    assert unproven_right("embedded-s") == (1, 86)
    assert unproven_right("embedded") is None
    assert unproven_right(UNKNOWN.model) is None
