"""Every figure as it is kept, for other programs: CSV or JSON lines."""

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from codex_lsp.errors import StatisticsError, UsageError
from codex_lsp.statistics.counts import Row

COLUMNS = ("day", "language", "model", "tier", "measure", "value")
_JSON_LINES = (".jsonl", ".ndjson")


def check_name(path: Path) -> None:
    """Refuse a name that does not tell the format.

    Raises:
        UsageError: It ends neither in .csv nor in .jsonl or .ndjson.
    """
    if path.suffix.lower() not in (".csv", *_JSON_LINES):
        raise UsageError(f"{path}: not a format that is written; name the file .csv, .jsonl or .ndjson")


def export(rows: Iterable[Row], path: Path) -> int:
    """Write one line for each figure, and give how many there are.

    Raises:
        UsageError: The name does not tell the format.
        StatisticsError: The file cannot be written.
    """
    check_name(path)
    records = [{**asdict(row.group), "measure": row.measure, "value": row.value} for row in rows]
    write = _write_json_lines if path.suffix.lower() in _JSON_LINES else _write_csv
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            write(file, records)
    except OSError as error:
        raise StatisticsError(f"{path}: cannot be written ({error.strerror}); name another file") from error
    return len(records)


def _write_csv(file: TextIO, records: list[dict[str, Any]]) -> None:
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([record[name] for name in COLUMNS] for record in records)


def _write_json_lines(file: TextIO, records: list[dict[str, Any]]) -> None:
    file.writelines(json.dumps(record) + "\n" for record in records)
