"""What the sandbox costs a program: seconds from its start to its end, beside the same program without one.

    python -m benchmarks.sandbox [--programs 100]

Both are measured in turn, in the same minute, the program as small as a program of Python can be.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from codex_lsp.execution.interpreter import interpreter_paths
from codex_lsp.execution.running import run
from codex_lsp.execution.sandbox import Job, Sandbox, find_sandbox

COMMAND = (sys.executable, "-I", "-S", "-c", "print(1)")
THREADS = 2


def bare() -> None:
    """Run it as it is."""
    subprocess.run(COMMAND, capture_output=True, check=True)


def sandboxed(sandbox: Sandbox) -> None:
    """Run it in a sandbox of its own."""
    ended = run(sandbox, Job(command=COMMAND, readable=interpreter_paths()))
    if ended.stdout != b"1\n":
        raise SystemExit(f"the program did not run: {ended}")


def measured(acts: dict[str, Callable[[], None]], programs: int) -> dict[str, list[float]]:
    """Seconds of each act, in turn."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(programs):
        for name, act in acts.items():
            started = time.perf_counter()
            act()
            taken[name].append(time.perf_counter() - started)
    return taken


def main() -> None:
    """Measure, and write a table to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=100, help="how many of each")
    programs = parser.parse_args().programs
    sandbox = find_sandbox()
    taken = measured({"without": bare, "in the sandbox": lambda: sandboxed(sandbox)}, programs)
    out = sys.stdout
    out.write("| | median | best |\n|---|---|---|\n")
    for name, clock in taken.items():
        out.write(f"| {name} | {statistics.median(clock) * 1000:.1f} ms | {min(clock) * 1000:.1f} ms |\n")
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        for each in [threads.submit(sandboxed, sandbox) for _ in range(programs)]:
            each.result()
    out.write(f"\n{THREADS} threads: {programs / (time.perf_counter() - started):.0f} programs a second\n")


if __name__ == "__main__":
    main()
