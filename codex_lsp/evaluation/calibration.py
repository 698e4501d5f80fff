"""Precision against coverage: what a threshold on mean log-probability would have shown, and how much of it right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from codex_lsp.evaluation.replay_ratios import share
from codex_lsp.evaluation.session import Reading

_POINTS = 20
_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One threshold.

    Attributes:
        threshold: In nats; -inf is written None: everything is shown.
        shown_share: Of all readings, those at or above it.
        right_share: Of those, whose line was right; None where nothing is shown.
        accepted_share: Of those, that the reader took something of.
        saved: Keys that those saved.
    """

    threshold: float | None
    shown_share: float
    right_share: float | None
    accepted_share: float | None
    saved: int


def calibrated(readings: Sequence[Reading]) -> list[Point]:
    """The curve, from showing everything to showing the surest twentieth; empty without log-probabilities."""
    known = sorted(
        (reading.mean_logprob, at) for at, reading in enumerate(readings) if reading.mean_logprob is not None
    )
    if not known or len(known) < len(readings):
        return []
    limits = [known[len(known) * number // _POINTS][0] for number in range(1, _POINTS)]
    # Rounded down, so that a threshold that is read off the table shows what its line says.
    thresholds = [math.floor(limit * 10**_DIGITS) / 10**_DIGITS for limit in limits]
    return [_point(readings, None), *(_point(readings, threshold) for threshold in dict.fromkeys(thresholds))]


def _point(readings: Sequence[Reading], threshold: float | None) -> Point:
    shown = [one for one in readings if threshold is None or (one.mean_logprob or 0.0) >= threshold]
    return Point(
        threshold=threshold,
        shown_share=share(len(shown), len(readings)) or 0.0,
        right_share=share(sum(reading.is_line_right for reading in shown), len(shown)),
        accepted_share=share(sum(reading.keys > 0 for reading in shown), len(shown)),
        saved=sum(reading.accepted - reading.keys for reading in shown),
    )
