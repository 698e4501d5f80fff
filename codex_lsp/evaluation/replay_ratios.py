"""The figures of a replay that are ratios of sums over its files: so they can be resampled file by file."""

import math
from collections.abc import Callable, Iterable

from codex_lsp.evaluation.session import Typed

_DIGITS = 6

Parts = tuple[float, float]
"""What one file adds to a ratio's part and to its whole."""


def _saved(typed: Typed) -> Parts:
    return sum(reading.accepted - reading.keys for reading in typed.readings), typed.characters


def _seconds(typed: Typed) -> Parts:
    return 60 * (typed.alone_s - typed.seconds), typed.alone_s


def _calls(typed: Typed) -> Parts:
    return len(typed.costs), typed.inserts


def _reused(typed: Typed) -> Parts:
    return sum(answer.is_reused for answer in typed.answers), len(typed.answers)


def _exact(typed: Typed) -> Parts:
    return sum(line.is_exact for line in typed.lines), len(typed.lines)


def _similar(typed: Typed) -> Parts:
    return math.fsum(line.similarity for line in typed.lines), len(typed.lines)


def _accepted(typed: Typed) -> Parts:
    return sum(reading.keys > 0 for reading in typed.readings), len(typed.readings)


def _right(typed: Typed) -> Parts:
    return sum(reading.is_line_right for reading in typed.readings), len(typed.readings)


def _known_tokens(typed: Typed) -> Parts:
    return sum(cost.tokens - cost.new for cost in typed.costs), sum(cost.tokens for cost in typed.costs)


RATIOS: dict[str, Callable[[Typed], Parts]] = {
    "saved_ratio": _saved,
    "seconds_saved_per_minute": _seconds,
    "line_exact_match": _exact,
    "line_edit_similarity": _similar,
    "model_calls_ratio": _calls,
    "reuse_share": _reused,
    "accepted_share": _accepted,
    "right_share": _right,
    "prompt_reuse_share": _known_tokens,
}
"""By public name; `docs/explanation/measures.md` defines each."""


def ratio(parts: Iterable[Parts]) -> float | None:
    """The sum of parts over the sum of wholes; None of nothing.

    >>> ratio([(1, 2), (2, 2)]), ratio([])
    (0.75, None)
    """
    found = tuple(parts)
    return share(math.fsum(part for part, _ in found), math.fsum(whole for _, whole in found))


def share(part: float, whole: float) -> float | None:
    """A part of a whole; None of nothing."""
    return rounded(part / whole) if whole else None


def rounded(value: float) -> float:
    """With as many digits as a measure can have."""
    return round(value, _DIGITS)
