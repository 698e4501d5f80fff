"""The pictures of graded samples: what rankers are worth, pass@k by temperature, and BLEU of right and wrong ones."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from codex_lsp.evaluation.bleu import BINS
from codex_lsp.statistics.picture import blank, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito: told apart by people who see fewer colours too.
COLOURS = {
    "oracle": "#000000",
    "mean_logprob": "#0072b2",
    "sum_logprob": "#56b4e9",
    "back_translation": "#cc79a7",
    "cluster_size": "#009e73",
    "public_examples": "#d55e00",
    "random": "#8c959f",
}
NAMES = {
    "oracle": "oracle (pass@k)",
    "mean_logprob": "mean log-probability",
    "sum_logprob": "sum of log-probabilities",
    "back_translation": "back-translation",
    "cluster_size": "cluster size",
    "public_examples": "public examples",
    "random": "random",
}
_RIGHT, _WRONG = "#0072b2", "#d55e00"
_FEW_TASKS = 4
_MANY = 10
_TOP = 100.0


def ranking_chart(table: Mapping[str, Any]) -> bytes:
    """The pass rate of the sample that each ranker takes among k, as an SVG document.

    Raises:
        MissingExtra: What draws is not installed.
    """
    figure = blank(7.6, 4.4)
    axes = figure.subplots()
    for name, colour in COLOURS.items():
        points = table["curves"][name]
        if points is not None:
            dashes = ":" if name == "random" else "-"
            _draw(axes, points, NAMES[name], colour, dashes)
    _finish(axes, "The sample that a ranker takes among k", "k, samples to choose from", "share that passes")
    return svg(figure)


def pass_chart(points: Sequence[Mapping[str, Any]]) -> bytes:
    """pass@k with its 95 % interval over tasks, as an SVG document.

    Raises:
        MissingExtra: What draws is not installed.
    """
    figure = blank(7.6, 3.6)
    axes = figure.subplots()
    _draw(axes, points, "", _RIGHT, "-")
    _shade(axes, points, _RIGHT)
    _finish(axes, "pass@k, with its 95 % interval over tasks", "k", "pass@k")
    return svg(figure)


def temperature_chart(table: Mapping[str, Any]) -> bytes:
    """pass@k by temperature, as an SVG document.

    Raises:
        MissingExtra: What draws is not installed.
    """
    from matplotlib import colormaps  # noqa: PLC0415 - an extra
    from matplotlib.colors import to_hex  # noqa: PLC0415

    figure = blank(7.6, 4.4)
    axes = figure.subplots()
    colours = colormaps["viridis"]
    for at, curve in enumerate(table["curves"]):
        colour = to_hex(colours(0.9 * at / max(len(table["curves"]) - 1, 1)))
        _draw(axes, curve["points"], f"T = {curve['temperature']:g}", colour, "-")
    _finish(axes, "pass@k by temperature", "k", "pass@k")
    return svg(figure)


def bleu_chart(table: Mapping[str, Any]) -> bytes:
    """BLEU of right and wrong samples: over all tasks that have both, and of the four that have most of both; SVG.

    Raises:
        MissingExtra: What draws is not installed.
    """
    figure = blank(7.6, 5.6)
    grid = figure.add_gridspec(3, 2, height_ratios=(1.5, 1, 1))
    whole = figure.add_subplot(grid[0, :])
    _histograms(whole, table["histogram"], f"BLEU against the reference, {table['tasks']} tasks with right and wrong")
    whole.legend(frameon=False)
    some = sorted(table["by_task"], key=lambda task: -min(task["right"], task["wrong"]))[:_FEW_TASKS]
    for at, task in enumerate(some):
        title = f"{task['task_id']}: {task['right']} right, {task['wrong']} wrong"
        _histograms(figure.add_subplot(grid[1 + at // 2, at % 2]), task["histogram"], title)
    return svg(figure)


def _draw(axes: "Axes", points: Sequence[Mapping[str, Any]], name: str, colour: str, dashes: str) -> None:
    across, up = [point["k"] for point in points], [point["value"] for point in points]
    axes.plot(across, up, label=name, color=colour, linestyle=dashes, marker="." if len(points) < _MANY else "")


def _shade(axes: "Axes", points: Sequence[Mapping[str, Any]], colour: str) -> None:
    bounded = [point for point in points if point["interval"] is not None]
    low, high = ([point["interval"][side] for point in bounded] for side in (0, 1))
    axes.fill_between([point["k"] for point in bounded], low, high, color=colour, alpha=0.15, linewidth=0)


def _finish(axes: "Axes", title: str, across: str, up: str) -> None:
    axes.set_title(title, loc="left")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#d0d7de")
    most = max((float(line.get_xydata()[-1][0]) for line in axes.lines), default=1.0)  # pyright: ignore
    if most > _MANY:
        axes.set_xscale("log")
        axes.set_xticks([k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if k <= most])
        axes.get_xaxis().set_major_formatter("{x:g}")
        axes.minorticks_off()
    if any(not str(line.get_label()).startswith("_") and line.get_label() for line in axes.lines):
        axes.legend(frameon=False)


def _histograms(axes: "Axes", shares: Mapping[str, Sequence[float]], title: str) -> None:
    edges = [_TOP * at / BINS for at in range(BINS + 1)]
    for name, colour in (("right", _RIGHT), ("wrong", _WRONG)):
        if shares[name]:
            axes.stairs(shares[name], edges, label=name, color=colour, fill=True, alpha=0.35)
            axes.stairs(shares[name], edges, color=colour)
    axes.set_title(title, loc="left", fontsize="medium")
    axes.set_xlim(0, _TOP)
    axes.set_yticks([])
