"""The pictures of a replay: precision against coverage, value against latency, and what ranking is worth."""

from collections.abc import Iterator, Mapping
from typing import Any

from codex_lsp.evaluation.chart import Series, line_chart
from codex_lsp.evaluation.ranking_study import POLICIES, SIZES


def charts(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """File names and SVG documents, of what was measured."""
    points = [point for point in result["calibration"] if point["right_share"] is not None]
    if points:
        yield "precision.svg", _precision(points)
    if result["latencies"]:
        yield "latency.svg", _latency(result["latencies"])
        yield "latency-keys.svg", _latency_keys(result["latencies"])
    if result["ranking"] is not None:
        yield "ranking.svg", _ranking(result["ranking"])


def _precision(points: list[dict[str, Any]]) -> str:
    names = {"right_share": "line right", "accepted_share": "accepted, at least in part"}
    series = [
        Series(name=name, points=tuple((point["shown_share"], point[key]) for point in points))
        for key, name in names.items()
    ]
    return line_chart(
        title="Precision against coverage, by threshold on mean log-probability",
        across="share of suggestions shown",
        up="share of those that is right",
        series=series,
    )


def _latency(rows: list[dict[str, Any]]) -> str:
    points = tuple((row["added_ms"], row["seconds_saved_per_minute"]) for row in rows)
    return line_chart(
        title="Value against latency",
        across="milliseconds added to every generation",
        up="seconds saved per minute of typing",
        series=[Series(name="", points=points)],
    )


def _latency_keys(rows: list[dict[str, Any]]) -> str:
    points = tuple((row["added_ms"], row["saved_ratio"]) for row in rows)
    return line_chart(
        title="Keys saved against latency",
        across="milliseconds added to every generation",
        up="saved ratio",
        series=[Series(name="", points=points)],
    )


def _ranking(ranking: Mapping[str, Any]) -> str:
    exact = ranking["line_exact_match"]
    return line_chart(
        title="Line exact match by n",
        across="candidates",
        up="line exact match",
        series=[
            Series(
                name=name.replace("_", " "),
                points=tuple((size, exact[name][str(size)]["value"]) for size in SIZES),
            )
            for name in POLICIES
        ],
    )
