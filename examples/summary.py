"""A function with a name and a docstring; its body is still to be written."""

import csv
from pathlib import Path


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file and return its rows as dictionaries."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def mean(values: list[float]) -> float:
    """Return the arithmetic mean of the values, or 0.0 if there are none."""
    
