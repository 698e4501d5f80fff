"""What a model is strong enough for: measured figures in `capabilities.toml`, never a guess.

A model that was not measured is offered what is proven by running, since nothing unproven of it is shown then.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from codex_lsp.assist.kind import AssistKind
from codex_lsp.types import Capabilities

_WITHOUT_MODEL = frozenset({AssistKind.TESTS, AssistKind.EXPLAIN})
"""Useful without any model: derived cases, and facts."""


def can(capabilities: Capabilities | None, kind: AssistKind) -> bool:
    """Whether an assist is worth offering with this model; None is no model at all.

    Tests are, since derived cases need no model, and explaining is, since facts need none: whether the model's own
    words belong into an explanation is `speaks`.
    """
    return kind in _WITHOUT_MODEL or (capabilities is not None and _is_able(capabilities.model, kind))


def speaks(capabilities: Capabilities | None) -> bool:
    """Whether a model's words that nothing checks are shown: measured, and right nearly always."""
    return capabilities is not None and _is_able(capabilities.model, AssistKind.EXPLAIN)


def measured_share(model: str, kind: AssistKind) -> float | None:
    """The share of its tasks of that kind that a model did; None where it was not measured."""
    row = _row_of(model)
    return None if row is None else row.shares.get(kind.value)


def unproven_right(model: str) -> tuple[int, int] | None:
    """How many unproven bodies of a model were right, and of how many; None where that was not measured."""
    row = _row_of(model)
    return None if row is None or row.unproven is None else (row.unproven["right"], row.unproven["of"])


def least_share(kind: AssistKind) -> float:
    """The share from which on an assist is offered."""
    return _table().least.get(kind.value, 0.0)


def _is_able(model: str, kind: AssistKind) -> bool:
    share = measured_share(model, kind)
    return kind.value in _table().proven if share is None else share >= least_share(kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One measured model, or family of models."""

    models: tuple[str, ...]
    shares: Mapping[str, float]
    unproven: Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What `capabilities.toml` holds."""

    least: Mapping[str, float]
    proven: frozenset[str]
    rows: tuple[_Row, ...]


def _row_of(model: str) -> _Row | None:
    rows = _table().rows
    return next((row for row in rows if any(re.search(pattern, model.lower()) for pattern in row.models)), None)


@cache
def _table() -> _Table:
    data = tomllib.loads(files("codex_lsp.assist").joinpath("capabilities.toml").read_text(encoding="utf-8"))
    return _Table(
        least=data["least"],
        proven=frozenset(data["unmeasured"]["proven"]),
        rows=tuple(
            _Row(models=tuple(row["models"]), shares=row["shares"], unproven=row.get("unproven"))
            for row in data.get("model", ())
        ),
    )
