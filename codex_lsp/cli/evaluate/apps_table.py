"""The paper's table of APPS, for people."""

from collections.abc import Iterator, Mapping
from typing import Any


def apps_table(levels: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """One line for each level: per cent in time, and in brackets with what passes too slowly."""
    names = [name for name in next(iter(levels.values())) if name != "tasks"]
    yield ""
    yield "level".ljust(16) + "tasks".rjust(7) + "".join(name.rjust(16) for name in names)
    for level, figures in levels.items():
        yield (
            level.ljust(16) + str(figures["tasks"]).rjust(7) + "".join(_cell(figures[name]).rjust(16) for name in names)
        )


def _cell(figure: Mapping[str, float] | None) -> str:
    return "-" if figure is None else f"{100 * figure['in_time']:.2f} ({100 * figure['any_time']:.2f})"
