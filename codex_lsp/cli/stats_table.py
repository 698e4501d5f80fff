"""The statistics as a table for people."""

from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = ("shown", "accepted", "in part", "taken", "characters", "kept 30 s", "kept 5 min", "p50 ms", "p95 ms")
WIDTH = 10


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a table: everything, then by tier, by language and by model."""
    yield f"from {found['since']} to {found['until']}"
    names = [name for entries in found["by"].values() for name in entries]
    width = max(len(name) for name in (*names, "everything")) + 2
    yield _line("", COLUMNS, width)
    yield _line("everything", _cells(found), width)
    for dimension, entries in found["by"].items():
        yield f"by {dimension}"
        for name, figures in entries.items():
            yield _line(f"  {name}", _cells(figures), width)
    if found["reuse_share"] is not None:
        yield f"{found['reuse_share']:.0%} of {found['answers']} answers needed no generation of their own"


def _cells(figures: Mapping[str, Any]) -> tuple[str, ...]:
    retained, latency = figures["retained"], figures["latency_ms"]
    return (
        str(figures["shown"]),
        str(figures["accepted"]),
        str(figures["partly_accepted"]),
        _percent(figures["acceptance"]),
        str(figures["accepted_characters"] + figures["partly_accepted_characters"]),
        _percent(retained["30s"]["share"]),
        _percent(retained["5min"]["share"]),
        _milliseconds(latency["p50"]),
        _milliseconds(latency["p95"]),
    )


def _line(name: str, cells: tuple[str, ...], width: int) -> str:
    return "  ".join([name.ljust(width), *(cell.rjust(WIDTH) for cell in cells)]).rstrip()


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
