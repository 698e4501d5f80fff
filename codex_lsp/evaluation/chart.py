"""A small line chart as SVG: series over numbers, axes with a few round ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT, _MARGIN = 720, 400, 64
_COLOURS = ("#1f6feb", "#bf3989", "#1a7f37", "#9a6700", "#57606a")
_TICKS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points from left to right, and what they are called."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """A range of values in round ticks, on so many pixels from `start`."""

    low: float
    high: float
    step: float
    start: float
    size: float

    def place(self, value: float) -> float:
        return self.start + self.size * (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        return [self.low + self.step * number for number in range(round((self.high - self.low) / self.step) + 1)]


def line_chart(*, title: str, across: str, up: str, series: Sequence[Series]) -> str:
    """The chart as an SVG document.

    Args:
        title: Above it.
        across: What the horizontal axis counts.
        up: What the vertical axis counts.
        series: At least one, each with at least one point.
    """
    xs = [x for one in series for x, _ in one.points]
    ys = [y for one in series for _, y in one.points]
    horizontal = _axis(xs, _MARGIN, _WIDTH - 2 * _MARGIN)
    vertical = _axis(ys, _HEIGHT - _MARGIN, -(_HEIGHT - 2 * _MARGIN))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12">\n<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_MARGIN, 20, title, "start", size=14),
        _text(_MARGIN, 44, up, "start"),
        _text(_WIDTH - _MARGIN, _HEIGHT - 16, across, "end"),
    ]
    for tick in vertical.ticks():
        y = vertical.place(tick)
        parts.append(f'<path d="M{_MARGIN},{y:.1f}H{_WIDTH - _MARGIN}" stroke="#d0d7de"/>')
        parts.append(_text(_MARGIN - 6, y + 4, f"{tick:.6g}", "end"))
    parts += [
        _text(horizontal.place(tick), _HEIGHT - _MARGIN + 18, f"{tick:.6g}", "middle") for tick in horizontal.ticks()
    ]
    for number, one in enumerate(series):
        parts += _drawn(one, _COLOURS[number % len(_COLOURS)], number, horizontal, vertical)
    return "\n".join([*parts, "</svg>\n"])


def _drawn(one: Series, colour: str, number: int, horizontal: _Axis, vertical: _Axis) -> list[str]:
    placed = [(horizontal.place(x), vertical.place(y)) for x, y in one.points]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    key = 44 + 16 * number
    return [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed),
        _text(_WIDTH - _MARGIN, key, one.name, "end", colour=colour),
    ]


def _axis(values: Sequence[float], start: float, size: float) -> _Axis:
    low, high = min(values), max(values)
    rough = (high - low) / _TICKS or abs(high) / _TICKS or 1.0
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return _Axis(low=first * step, high=max(last, first + 1) * step, step=step, start=start, size=size)


def _text(x: float, y: float, text: str, anchor: str, *, size: int = 12, colour: str = "black") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(text)}</text>'
    )
