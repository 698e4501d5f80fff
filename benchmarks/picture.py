"""Bars in groups as SVG, on a logarithmic axis, each with its value."""

import math
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT, TOP = 760, 210, 70, 40
BAR, GAP = 16, 14
COLOURS = ("#1f6feb", "#54aeff", "#8250df", "#bf8700", "#d1242f", "#cf6679", "#57606a")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One value above zero with its name."""

    name: str
    value: float


def bars(title: str, unit: str, groups: dict[str, list[Bar]]) -> str:
    """A picture of groups of bars, one below the other."""
    values = [bar.value for group in groups.values() for bar in group]
    low = 10 ** math.floor(math.log10(min(values, default=1.0)))
    high = 10 ** math.ceil(math.log10(max(values, default=10.0) * 1.01))
    names = list(dict.fromkeys(bar.name for group in groups.values() for bar in group))
    parts: list[str] = []
    y = TOP
    for heading, group in groups.items():
        parts.append(f'<text x="4" y="{y + BAR - 4}" font-weight="bold">{escape(heading)}</text>')
        for bar in group:
            width = (WIDTH - LEFT - RIGHT) * math.log(bar.value / low) / math.log(high / low)
            colour = COLOURS[names.index(bar.name) % len(COLOURS)]
            parts.append(
                f'<text x="{LEFT - 6}" y="{y + BAR - 4}" text-anchor="end">{escape(bar.name)}</text>'
                f'<rect x="{LEFT}" y="{y}" width="{max(width, 1):.1f}" height="{BAR - 2}" fill="{colour}"/>'
                f'<text x="{LEFT + max(width, 1) + 5:.1f}" y="{y + BAR - 4}">{shown(bar.value)}</text>'
            )
            y += BAR
        y += GAP
    foot = f"{escape(unit)}, logarithmic from {low:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + GAP}" font-family="sans-serif" '
        f'font-size="12">\n<rect width="{WIDTH}" height="{y + GAP}" fill="white"/>\n'
        f'<text x="4" y="20" font-size="14">{escape(title)}</text>\n'
        + "\n".join(parts)
        + f'\n<text x="{WIDTH - 4}" y="{y + 4}" text-anchor="end">{foot}</text>\n</svg>\n'
    )


def shown(value: float) -> str:
    """Three digits, more before the point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004
