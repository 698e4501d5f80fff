"""The statistics as a picture: what was taken day by day, and how fast answers came."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.errors import StatisticsError
from codex_lsp.statistics.counts import Measure, Row
from codex_lsp.statistics.latency import LAST_BUCKET, STEPS_PER_DOUBLING
from codex_lsp.statistics.picture import blank, svg
from codex_lsp.statistics.summary import histograms, totals

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_LABELS = 6


def plot(rows: Sequence[Row], path: Path) -> None:
    """Draw into an SVG file.

    Raises:
        MissingExtra: What draws is not installed.
        StatisticsError: The file cannot be written.
    """
    figure = blank(8.0, 6.0)
    upper, lower = figure.subplots(2, 1)
    _draw_days(upper, rows)
    _draw_latency(lower, rows)
    try:
        path.write_bytes(svg(figure))
    except OSError as error:
        raise StatisticsError(f"{path}: cannot be written ({error.strerror}); name another file") from error


def _draw_days(axes: "Axes", rows: Sequence[Row]) -> None:
    days = sorted({row.group.day for row in rows})
    by_day = {day: totals(row for row in rows if row.group.day == day) for day in days}
    parts = (
        ("shown", [by_day[day][Measure.SHOWN] for day in days], "#d0d7de"),
        ("accepted, in part too", [_taken(by_day[day]) for day in days], "#8ac5ff"),
        ("accepted to the end", [by_day[day][Measure.ACCEPTED] for day in days], "#1f6feb"),
    )
    for label, heights, colour in parts:
        axes.bar(range(len(days)), heights, label=label, color=colour)
    step = max(math.ceil(len(days) / MAX_LABELS), 1)
    axes.set_xticks(range(0, len(days), step), days[::step])
    axes.set_title("Suggestions by day", loc="left")
    axes.legend(frameon=False, ncols=len(parts), loc="lower right", bbox_to_anchor=(1.0, 1.0))


def _draw_latency(axes: "Axes", rows: Sequence[Row]) -> None:
    for tier, histogram in sorted(histograms(rows, lambda group: group.tier).items()):
        total, seen = sum(histogram.values()), 0
        shares: list[float] = []
        for bucket in range(LAST_BUCKET + 1):
            seen += histogram[bucket]
            shares.append(seen / total)
        bounds_ms = [2 ** (bucket / STEPS_PER_DOUBLING) for bucket in range(LAST_BUCKET + 1)]
        axes.step(bounds_ms, shares, where="post", label=f"{tier} ({total})")
    axes.set_xscale("log")
    axes.set_title("Share of answers within so many milliseconds", loc="left")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False)


def _taken(total: Counter[str]) -> int:
    return total[Measure.ACCEPTED] + total[Measure.PARTLY_ACCEPTED]
