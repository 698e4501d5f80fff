"""The pictures of a replay: precision against coverage, value against latency, and what ranking is worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codex_lsp.evaluation.ranking_study import POLICIES, SIZES
from codex_lsp.statistics.picture import blank, svg


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points from left to right, and what they are called; a single one needs no name."""

    points: Sequence[tuple[float, float]]
    name: str = ""


def charts(result: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """File names and SVG documents, of what was measured.

    Raises:
        MissingExtra: What draws is not installed.
    """
    points = [point for point in result["calibration"] if point["right_share"] is not None]
    if points:
        yield "precision.svg", _precision(points)
    if result["latencies"]:
        yield "latency.svg", _latency(result["latencies"], "seconds_saved_per_minute", "seconds saved per minute")
        yield "latency-keys.svg", _latency(result["latencies"], "saved_ratio", "saved ratio")
    if result["ranking"] is not None:
        yield "ranking.svg", _ranking(result["ranking"])


def line_chart(*, title: str, across: str, up: str, series: Sequence[Series]) -> bytes:
    """A chart as an SVG document.

    Args:
        title: Above it.
        across: What the horizontal axis counts.
        up: What the vertical axis counts.
        series: At least one.
    """
    figure = blank(7.2, 4.0)
    axes = figure.subplots()
    for one in series:
        axes.plot([x for x, _ in one.points], [y for _, y in one.points], marker=".", label=one.name)
    axes.set_title(title, loc="left")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(axis="y", color="#d0d7de")
    if any(one.name for one in series):
        axes.legend(frameon=False)
    return svg(figure)


def _precision(points: list[dict[str, Any]]) -> bytes:
    names = {"right_share": "line right", "accepted_share": "accepted, at least in part"}
    return line_chart(
        title="Precision against coverage, by threshold on mean log-probability",
        across="share of suggestions shown",
        up="share of those that is right",
        series=[
            Series(name=name, points=[(point["shown_share"], point[key]) for point in points])
            for key, name in names.items()
        ],
    )


def _latency(rows: list[dict[str, Any]], key: str, up: str) -> bytes:
    return line_chart(
        title="What latency costs",
        across="milliseconds added to every generation",
        up=up,
        series=[Series(points=[(row["added_ms"], row[key]) for row in rows])],
    )


def _ranking(ranking: Mapping[str, Any]) -> bytes:
    exact = ranking["line_exact_match"]
    return line_chart(
        title="Line exact match by n",
        across="candidates",
        up="line exact match",
        series=[
            Series(name=name.replace("_", " "), points=[(size, exact[name][str(size)]["value"]) for size in SIZES])
            for name in POLICIES
        ],
    )
