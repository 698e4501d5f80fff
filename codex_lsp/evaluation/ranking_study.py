"""What ranking is worth: the best of n by mean log-probability beside a random one, the greedy one and an oracle.

Every subset of the sampled rows is as likely as any other, so figures for n are means over all subsets of n rows,
in closed form, and not of one draw.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from codex_lsp.evaluation.bootstrap import interval
from codex_lsp.evaluation.drawn_rows import SAMPLED, CursorRows, Outcome
from codex_lsp.evaluation.replay_ratios import Parts, ratio, rounded

SIZES = (1, 2, 4, 8)
Value = Callable[[Outcome], float]
Policy = Callable[[CursorRows, int, Value], float]

VALUES: dict[str, Value] = {
    "line_exact_match": lambda outcome: float(outcome.is_exact),
    "line_edit_similarity": lambda outcome: outcome.similarity,
}


def _greedy(rows: CursorRows, _: int, value: Value) -> float:
    """The greedy row."""
    return value(rows.greedy)


def _random(rows: CursorRows, _: int, value: Value) -> float:
    """One of n sampled rows, blindly: the same for every n."""
    return math.fsum(map(value, rows.sampled)) / len(rows.sampled)


def _best(rows: CursorRows, size: int, value: Value) -> float:
    """The best by mean log-probability of n sampled rows."""
    return _first_of(sorted(rows.sampled, key=_by_mean_logprob), size, value)


def _best_with_greedy(rows: CursorRows, size: int, value: Value) -> float:
    """The best of the greedy row and n - 1 sampled ones: what is shipped."""
    above = [outcome for outcome in rows.sampled if _by_mean_logprob(outcome) < _by_mean_logprob(rows.greedy)]
    return _first_of(
        sorted(above, key=_by_mean_logprob), size - 1, value, of=len(rows.sampled), otherwise=value(rows.greedy)
    )


def _oracle(rows: CursorRows, size: int, value: Value) -> float:
    """The one of n sampled rows that is most like the truth, which only the truth tells."""
    return _first_of(sorted(rows.sampled, key=value, reverse=True), size, value)


POLICIES: dict[str, Policy] = {
    "greedy": _greedy,
    "random": _random,
    "best": _best,
    "best_with_greedy": _best_with_greedy,
    "oracle": _oracle,
}
_DIFFERENCES = (("best", "random"), ("best", "greedy"), ("best_with_greedy", "greedy"))


def ranking_figures(cursors: Sequence[CursorRows], *, seed: int) -> dict[str, Any]:
    """Every policy for every n, and differences, with 95 % intervals by file."""
    files: dict[str, list[CursorRows]] = defaultdict(list)
    for rows in cursors:
        files[rows.path].append(rows)
    by_file = list(files.values())
    return {
        "cursors": len(cursors),
        "files": len(by_file),
        "sampled": SAMPLED,
        **{measure: _measure(by_file, value, seed=seed) for measure, value in VALUES.items()},
    }


def _measure(by_file: Sequence[Sequence[CursorRows]], value: Value, *, seed: int) -> dict[str, Any]:
    found: dict[str, Any] = {name: {} for name in POLICIES}
    found["differences"] = {f"{one} - {other}": {} for one, other in _DIFFERENCES}
    for size in SIZES:
        parts = {
            name: [(math.fsum(policy(rows, size, value) for rows in file), float(len(file))) for file in by_file]
            for name, policy in POLICIES.items()
        }
        for name, some in parts.items():
            found[name][str(size)] = _figure(some, seed=seed)
        for one, other in _DIFFERENCES:
            apart = [(a - b, count) for (a, count), (b, _) in zip(parts[one], parts[other], strict=True)]
            found["differences"][f"{one} - {other}"][str(size)] = _figure(apart, seed=seed)
    return found


def _figure(parts: Sequence[Parts], *, seed: int) -> dict[str, Any]:
    bounds = interval(parts, ratio, seed=seed)
    return {"value": ratio(parts), "interval": None if bounds is None else [rounded(bound) for bound in bounds]}


def _by_mean_logprob(outcome: Outcome) -> float:
    """Sorts best first; what would not be shown comes last."""
    return math.inf if outcome.mean_logprob is None else -outcome.mean_logprob


def _first_of(
    ordered: Sequence[Outcome], size: int, value: Value, *, of: int | None = None, otherwise: float = 0.0
) -> float:
    """The mean value, over all subsets of `size` rows, of the row that comes first in `ordered`.

    Args:
        ordered: Rows, first to be taken first.
        size: Of the subsets.
        value: Of a row.
        of: How many rows subsets are drawn from, where `ordered` is not all of them.
        otherwise: The value where a subset has no row of `ordered`.
    """
    count = len(ordered) if of is None else of
    subsets = math.comb(count, size)
    # The row at `at` is taken by the subsets that hold it and none before it.
    taken = [math.comb(count - 1 - at, size - 1) if size else 0 for at in range(len(ordered))]
    total = math.fsum(share * value(outcome) for share, outcome in zip(taken, ordered, strict=True))
    return (total + (subsets - sum(taken)) * otherwise) / subsets
