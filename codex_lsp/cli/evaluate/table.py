"""A result as a table for people."""

from collections.abc import Iterator, Mapping
from typing import Any


def table(result: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a table: one column for the model, one for each baseline."""
    columns = {result["manifest"]["model"]: result, **result["baselines"]}
    rows = [
        ("", list(columns)),
        ("bits per byte", [_number(column["bits_per_byte"]) for column in columns.values()]),
    ]
    for combination in result["by"]["combinations"]:
        found = [column["by"]["combinations"][combination] for column in columns.values()]
        name = combination.replace("_", " ")
        rows += [
            (f"{name}: exact match", [_percent(figures["line_exact_match"]) for figures in found]),
            (f"{name}: edit similarity", [_number(figures["line_edit_similarity"]) for figures in found]),
        ]
    for language in result["by"]["languages"]:
        found = [column["by"]["languages"].get(language, {}).get("bits_per_byte") for column in columns.values()]
        rows.append((f"{language}: bits per byte", [_number(bits) for bits in found]))
    times = [column["decode_ms"] for column in columns.values()]
    rows += [
        (f"{name} ms, p50 / p95", [f"{_number(ms[key]['p50'], 1)} / {_number(ms[key]['p95'], 1)}" for ms in times])
        for key, name in (("token", "decode step"), ("completion", "completion"))
    ]
    width = max(len(name) for name, _ in rows)
    for name, cells in rows:
        yield "  ".join([name.ljust(width), *(cell.rjust(18) for cell in cells)]).rstrip()


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
