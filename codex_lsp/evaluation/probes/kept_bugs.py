"""Wrong solutions in a file: on a busy machine a check may run out of time, and the next making find others."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.task import Benchmark

NAME = "bugs.json"


def kept_bugs(
    folder: Path, benchmark: Benchmark, seed: int, make: Callable[[], Mapping[str, str]]
) -> Mapping[str, str]:
    """The wrong solutions that a folder keeps for these tasks and this seed; made and kept where it has none.

    Raises:
        UsageError: The folder cannot be written.
    """
    tasks = json.dumps([asdict(task) for task in benchmark.tasks], default=str)
    made_of = {"seed": seed, "tasks_sha256": hashlib.sha256(tasks.encode()).hexdigest()}
    path = folder / NAME
    held = _held(path)
    if held is not None and held["made_of"] == made_of:
        return held["bugs"]
    found = make()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"made_of": made_of, "bugs": dict(found)}, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); name another --out") from error
    return found


def _held(path: Path) -> dict[str, Any] | None:
    """What is there; None where that is nothing, or half of it, as a run that was killed leaves it."""
    try:
        held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        is_whole = all(isinstance(key, str) and isinstance(bug, str) for key, bug in held["bugs"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return held if is_whole and "made_of" in held else None
