"""Runs every escape program as whoever started it, and writes what came of each as JSON.

    python -m tests.unit.execution.escapes.driver < given.json

It is a process of its own so that the suite can start it as root and as a plain user, and look from outside at what is
left. Two programs run at a time, so that limits which count over all jobs of a user would be met.
"""

import json
import os
import resource
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from codex_lsp.execution.interpreter import interpreter_paths
from codex_lsp.execution.program_grading import judged
from codex_lsp.execution.running import run
from codex_lsp.execution.sandbox import Job, Sandbox, find_sandbox
from tests.unit.execution.escapes.escape import PRELUDE, Escape
from tests.unit.execution.escapes.programs import ESCAPES


def attempt(sandbox: Sandbox, escape: Escape, given: Mapping[str, Any]) -> dict[str, Any]:
    project = Path(given["project"])
    job = Job(
        command=(sys.executable, "-I", "-S", "-c", PRELUDE + escape.source, json.dumps(given)),
        limits=escape.limits,
        readable=(*interpreter_paths(), project),
        masked=tuple(project / name for name in given["masked"]),
    )
    ended = run(sandbox, job)
    outcome, detail = judged(ended, escape.limits, None)
    return {
        "outcome": outcome,
        "detail": detail,
        "stdout": ended.stdout.decode(errors="replace"),
        "stderr": ended.stderr.decode(errors="replace"),
        "wall_s": ended.wall_s,
    }


def main() -> None:
    given = json.load(sys.stdin)
    given |= {"pid": os.getpid(), "parent": os.getppid(), "prefixes": [str(path) for path in interpreter_paths()]}
    sandbox = find_sandbox()
    with ThreadPoolExecutor(2) as threads:
        started = [threads.submit(attempt, sandbox, escape, given) for escape in ESCAPES]
        results = [each.result() for each in started]
    report = {
        "results": {escape.name: result for escape, result in zip(ESCAPES, results, strict=True)},
        "largest_process_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "uid": os.getuid(),
    }
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
