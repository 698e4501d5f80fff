"""A probe's findings as one table for people."""

from collections.abc import Iterator, Mapping, Sequence

from codex_lsp.evaluation.probes.judged import Findings, Interval, Row
from codex_lsp.evaluation.probes.probe import Labels

_SMALL = 0.01


def table(labels: Labels, found: Mapping[str, Findings]) -> Iterator[str]:
    """The lines of a table in Markdown, a row for each group of each model, and the notes below it."""
    names = sorted({name for findings in found.values() for row in findings.rows for name in row.counts})
    head = ["model", labels.group, "answers", labels.rate, "95 % interval", *names]
    rows = [_cells(model, row, names) for model, findings in found.items() for row in findings.rows]
    widths = [max(len(cells[column]) for cells in (head, *rows)) for column in range(len(head))]
    yield _line(head, widths)
    yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    for cells in rows:
        yield _line(cells, widths)
    for model, findings in found.items():
        for note in findings.notes:
            yield f"{model}: {note}" if len(found) > 1 else note


def percent(value: float | None) -> str:
    """A share as people read it, small ones with more digits.

    >>> percent(0.104), percent(0.00104), percent(0.0), percent(None)
    ('10.4 %', '0.104 %', '0 %', '-')
    """
    if value is None:
        return "-"
    digits = 1 if value >= _SMALL else 3
    return f"{100 * value:.{digits}f}".rstrip("0").rstrip(".") + " %"


def bounds(interval: Interval | None) -> str:
    """An interval as people read it."""
    return "-" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


def _cells(model: str, row: Row, names: Sequence[str]) -> list[str]:
    counts = [str(row.counts.get(name, 0)) for name in names]
    return [model, row.group, str(row.answers), percent(row.rate), bounds(row.interval), *counts]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
