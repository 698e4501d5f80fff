"""A probe's findings as one picture: a rate with its interval for each group, a colour for each model."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from codex_lsp.evaluation.probes.judged import Findings, Row
from codex_lsp.evaluation.probes.probe import Labels
from codex_lsp.statistics.picture import blank, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df")
_WIDTH_INCHES = 7.2
_LINE_INCHES = 0.32
_SPREAD = 0.6
"""The part of a group's room that its models share."""


def chart(labels: Labels, found: Mapping[str, Findings]) -> bytes:
    """An SVG document.

    Raises:
        MissingExtra: What draws is not installed.
    """
    shown = {model: [row for row in findings.rows if row.rate is not None] for model, findings in found.items()}
    groups = list(dict.fromkeys(row.group for rows in shown.values() for row in rows))
    height = 4.0 if labels.is_ordered else 1.4 + _LINE_INCHES * max(len(groups), 1) * max(len(found), 1) ** 0.5
    figure = blank(_WIDTH_INCHES, height)
    axes = figure.subplots()
    draw = _lines if labels.is_ordered else _bars
    draw(axes, labels, groups, shown)
    axes.set_title(labels.title, loc="left", fontsize=10)
    _as_percent(axes.yaxis if labels.is_ordered else axes.xaxis)
    if not groups:
        axes.text(0.5, 0.5, "no answer that counts", ha="center", va="center", transform=axes.transAxes)
    elif len(found) > 1:
        # Below the axes: bars leave no room among them that is sure to be free.
        figure.legend(loc="outside lower center", ncols=len(found), frameon=False)
    return svg(figure)


def _lines(axes: "Axes", labels: Labels, groups: Sequence[str], shown: Mapping[str, Sequence[Row]]) -> None:
    for number, (model, rows) in enumerate(shown.items()):
        places = [groups.index(row.group) + _aside(number, len(shown)) / 5 for row in rows]
        axes.errorbar(
            places,
            _rates(rows),
            yerr=_errors(rows),
            marker="o",
            capsize=3,
            label=model,
            color=_colour(number),
            clip_on=False,
        )
    axes.set_xticks(range(len(groups)), groups)
    axes.set_xlabel(labels.group)
    axes.set_ylabel(labels.rate)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#d0d7de")


def _bars(axes: "Axes", labels: Labels, groups: Sequence[str], shown: Mapping[str, Sequence[Row]]) -> None:
    for number, (model, rows) in enumerate(shown.items()):
        places = [groups.index(row.group) + _aside(number, len(shown)) for row in rows]
        axes.barh(
            places,
            _rates(rows),
            xerr=_errors(rows),
            height=_SPREAD / len(shown),
            capsize=3,
            ecolor="#24292f",
            label=model,
            color=_colour(number),
        )
    axes.set_yticks(range(len(groups)), groups)
    axes.invert_yaxis()
    axes.set_xlabel(labels.rate)
    axes.set_xlim(left=0)
    axes.grid(axis="x", color="#d0d7de")
    axes.set_axisbelow(True)


def _as_percent(axis: "Axis") -> None:
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(xmax=1.0, symbol=" %"))


def _aside(number: int, models: int) -> float:
    """How far a model's mark is from the middle of its group."""
    return (number - (models - 1) / 2) * _SPREAD / models


def _rates(rows: Sequence[Row]) -> list[float]:
    return [0.0 if row.rate is None else row.rate for row in rows]


def _errors(rows: Sequence[Row]) -> list[list[float]]:
    """How far the bounds lie below and above each rate."""
    below: list[float] = []
    above: list[float] = []
    for rate, row in zip(_rates(rows), rows, strict=True):
        low, high = row.interval or (rate, rate)
        below.append(max(rate - low, 0.0))
        above.append(max(high - rate, 0.0))
    return [below, above]


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]
