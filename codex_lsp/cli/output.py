"""What commands say: results on stdout, progress and errors on stderr."""

import json
import sys
from typing import Any


def write_line(text: str) -> None:
    """Write one line of result to stdout; what the terminal cannot encode is escaped, never fatal."""
    _write(sys.stdout, text + "\n")


def write_json(value: Any) -> None:
    """Write one JSON document to stdout."""
    _write(sys.stdout, json.dumps(value, indent=2) + "\n")


def progress(text: str) -> None:
    """Write one line of progress or complaint to stderr."""
    _write(sys.stderr, text + "\n")


def _write(stream: Any, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, errors="backslashreplace").decode(encoding))
    stream.flush()
