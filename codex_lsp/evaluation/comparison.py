"""What each feature brings: one setting is changed at a time, over the same keys of the same person."""

from collections.abc import Sequence
from typing import Any

from codex_lsp.evaluation.bootstrap import interval
from codex_lsp.evaluation.replay_ratios import RATIOS, Parts, ratio, rounded
from codex_lsp.evaluation.session import Typed

COMPARED = ("saved_ratio", "seconds_saved_per_minute", "line_exact_match", "model_calls_ratio", "reuse_share")

Pair = tuple[Parts, Parts]
"""Of one file, in the baseline and changed."""


def compared(baseline: Sequence[Typed], changed: Sequence[Typed], *, seed: int) -> dict[str, Any]:
    """Figures of a changed run, and its differences from the baseline with 95 % intervals by file.

    Args:
        baseline: Of each file.
        changed: Of the same files, in the same order.
        seed: Of the intervals.
    """
    found: dict[str, Any] = {}
    for name in COMPARED:
        parts = RATIOS[name]
        pairs = [(parts(before), parts(after)) for before, after in zip(baseline, changed, strict=True)]
        bounds = interval(pairs, _difference, seed=seed)
        found[name] = {
            "value": ratio(after for _, after in pairs),
            "difference": _difference(pairs),
            "interval": None if bounds is None else list(bounds),
        }
    return found


def _difference(pairs: Sequence[Pair]) -> float | None:
    before, after = ratio(one for one, _ in pairs), ratio(other for _, other in pairs)
    return None if before is None or after is None else rounded(after - before)
