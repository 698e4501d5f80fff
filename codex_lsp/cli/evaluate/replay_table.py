"""A replay as a table for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from codex_lsp.evaluation.ranking_study import POLICIES, SIZES

_HEADLINES = {
    "saved_ratio": "keys saved, of all characters",
    "seconds_saved_per_minute": "seconds saved per minute of typing",
    "line_exact_match": "line exact match",
    "line_edit_similarity": "line edit similarity",
    "shown": "answers shown",
    "read": "of them, new to the reader",
    "accepted": "of those, accepted at least in part",
    "accepted_share": "accepted share",
    "right_share": "share with the line right",
    "late": "answers too late",
    "characters": "characters",
    "model_calls_ratio": "generations per keystroke",
    "reuse_share": "answers without a generation",
    "prompt_reuse_share": "prompt tokens read before",
    "p50_ms": "latency ms, p50",
    "p95_ms": "latency ms, p95",
}


def table(result: Mapping[str, Any]) -> Iterator[str]:
    """The lines of all tables of a result."""
    width = max(map(len, _HEADLINES.values()))
    for name, title in _HEADLINES.items():
        yield f"{title.ljust(width)}  {_number(result[name]).rjust(10)}"
    for tier, figures in result["by"]["tiers"].items():
        times = f"{_number(figures['p50_ms'])} / {_number(figures['p95_ms'])}"
        yield f"{f'{tier}: shown, ms p50 / p95'.ljust(width)}  {figures['shown']:>10}  {times}"
    if result["measured_pace"] is not None:
        yield f"pace, ms: {', '.join(f'{name} {value:.3f}' for name, value in result['measured_pace'].items())}"
    yield from _calibration(result["calibration"])
    yield from _latencies(result["latencies"])
    yield from _comparisons(result["comparisons"])
    if result["ranking"] is not None:
        yield from _ranking(result["ranking"])


def _calibration(points: list[dict[str, Any]]) -> Iterator[str]:
    if points:
        yield from _titled("threshold", "shown", "line right", "accepted", "keys saved")
    for point in points:
        threshold = "none" if point["threshold"] is None else f"{point['threshold']:.3f}"
        yield _row(threshold, *(point[name] for name in ("shown_share", "right_share", "accepted_share", "saved")))


def _latencies(rows: list[dict[str, Any]]) -> Iterator[str]:
    names = ("saved_ratio", "seconds_saved_per_minute", "accepted", "late")
    if rows:
        yield from _titled("added ms", "saved ratio", "s per minute", "accepted", "late")
    for row in rows:
        yield _row(f"{row['added_ms']:g}", *(row[name] for name in names))


def _comparisons(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield from _titled(row["setting"], "value", "difference", "from", "to")
        for name, figures in row.items():
            if name != "setting":
                low, high = figures["interval"] or (None, None)
                yield _row(name, figures["value"], figures["difference"], low, high)


def _ranking(ranking: Mapping[str, Any]) -> Iterator[str]:
    exact = ranking["line_exact_match"]
    yield from _titled("line exact match, n =", *map(str, SIZES))
    for name in POLICIES:
        yield _row(name.replace("_", " "), *(exact[name][str(size)]["value"] for size in SIZES))
    for name, sizes in exact["differences"].items():
        cells = [sizes[str(size)] for size in SIZES]
        yield _row(name.replace("_", " "), *(cell["value"] for cell in cells))
        yield _row("  from", *((cell["interval"] or (None, None))[0] for cell in cells))
        yield _row("  to", *((cell["interval"] or (None, None))[1] for cell in cells))


def _titled(first: str, *rest: str) -> Iterator[str]:
    yield ""
    yield first.ljust(32) + "".join(title.rjust(14) for title in rest)


def _row(name: str, *cells: float | None) -> str:
    return name.ljust(32) + "".join(_number(cell).rjust(14) for cell in cells)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
