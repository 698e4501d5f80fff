"""Rows of figures to what a person wants to know. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from codex_lsp.statistics.counts import Age, Group, Measure, Row
from codex_lsp.statistics.latency import bucket_named, percentile_ms

BY: dict[str, Callable[[Group], str]] = {
    "tier": lambda group: group.tier,
    "language": lambda group: group.language,
    "model": lambda group: group.model,
}
REUSED_TIERS = frozenset(("typed", "cache", "joined"))
"""Answers that needed no generation of their own."""


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """The fields of `codex-lsp stats --json`, but for those that say which days were asked for."""
    days = [row.group.day for row in rows]
    return {
        "since": min(days, default=None),
        "until": max(days, default=None),
        **_figures(rows),
        "by": {name: _by(rows, key) for name, key in BY.items()},
    }


def histograms(rows: Iterable[Row], key: Callable[[Group], str]) -> dict[str, Counter[int]]:
    """Latencies by a key of their group."""
    found: dict[str, Counter[int]] = {}
    for row in rows:
        bucket = bucket_named(row.measure)
        if bucket is not None:
            found.setdefault(key(row.group), Counter())[bucket] += row.value
    return found


def totals(rows: Iterable[Row]) -> Counter[str]:
    """Every measure, added up."""
    found: Counter[str] = Counter()
    for row in rows:
        found[row.measure] += row.value
    return found


def _by(rows: Sequence[Row], key: Callable[[Group], str]) -> dict[str, Any]:
    split: dict[str, list[Row]] = {}
    for row in rows:
        split.setdefault(key(row.group), []).append(row)
    return {name: _figures(split[name]) for name in sorted(split)}


def _figures(rows: Sequence[Row]) -> dict[str, Any]:
    total = totals(rows)
    latencies = sum(histograms(rows, lambda _: "").values(), Counter[int]())
    tiers = {name: sum(counted.values()) for name, counted in histograms(rows, lambda group: group.tier).items()}
    reused = sum(count for name, count in tiers.items() if name in REUSED_TIERS)
    taken = total[Measure.ACCEPTED] + total[Measure.PARTLY_ACCEPTED]
    return {
        "shown": total[Measure.SHOWN],
        "accepted": total[Measure.ACCEPTED],
        "partly_accepted": total[Measure.PARTLY_ACCEPTED],
        "acceptance": _share(taken, total[Measure.SHOWN]),
        "shown_characters": total[Measure.SHOWN_CHARACTERS],
        "accepted_characters": total[Measure.ACCEPTED_CHARACTERS],
        "partly_accepted_characters": total[Measure.PARTLY_ACCEPTED_CHARACTERS],
        "retained": {str(age): _retained(total, age) for age in Age},
        "answers": sum(latencies.values()),
        "reuse_share": _share(reused, sum(tiers.values())) if tiers.keys() <= _KNOWN_TIERS else None,
        "latency_ms": {"p50": percentile_ms(latencies, 0.5), "p95": percentile_ms(latencies, 0.95)},
    }


_KNOWN_TIERS = REUSED_TIERS | {"generated"}


def _retained(total: Counter[str], age: Age) -> dict[str, Any]:
    return {
        "texts": total[age.texts],
        "whole": total[age.whole],
        "characters": total[age.characters],
        "kept": total[age.kept],
        "share": _share(total[age.kept], total[age.characters]),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole > 0 else None
