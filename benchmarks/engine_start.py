"""Measures how long the first answer of an engine takes that has just been started.

    python -m benchmarks.engine_start [--json] [--starts 5] [--model embedded]

`first_token_ms` is wall time from starting `codex-lsp engine` to the first event of a stream, `processor_ms` the
engine's processor time until then, which another process on the machine does not change, `rss_mb` its memory then.
Each is the median of all starts. The engine runs with one thread.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.engine_memory import resident_mb

OK = 200
POLL_S = 0.005
TIMEOUT_S = 120.0
CPU_FIELDS = slice(13, 15)
"""Of `/proc/PID/stat`: ticks in user and in kernel mode."""


def processor_ms(pid: int) -> float:
    """Processor time of a process and its threads so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()
    return sum(map(int, fields[CPU_FIELDS])) / os.sysconf("SC_CLK_TCK") * 1000


def first_event(client: httpx.Client) -> None:
    """Ask until the model is loaded, and read one event."""
    body = {"prompt": "def add(a, b):\n    return", "max_tokens": 4, "stream": True}
    while True:
        try:
            with client.stream("POST", "/v1/completions", json=body) as response:
                if response.status_code == OK and next(response.iter_lines()):
                    return
        except httpx.TransportError:
            pass
        time.sleep(POLL_S)


def one_start(model: str) -> dict[str, float]:
    """Start an engine and end it after its first event."""
    with tempfile.TemporaryDirectory(prefix="clsp-") as folder:
        path = str(Path(folder) / "engine.sock")
        environment = os.environ | {"CODEX_LSP_ENGINE_THREADS": "1"}
        command = [sys.executable, "-m", "codex_lsp", "engine", "--socket", path, "--model", model]
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            transport = httpx.HTTPTransport(uds=path)
            with httpx.Client(transport=transport, base_url="http://engine", timeout=TIMEOUT_S) as client:
                first_event(client)
            return {
                "first_token_ms": (time.perf_counter() - started) * 1000,
                "processor_ms": processor_ms(process.pid),
                "rss_mb": resident_mb(process.pid),
            }
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    starts = [one_start(args.model) for _ in range(args.starts)]
    found = {name: round(statistics.median(start[name] for start in starts), 1) for name in starts[0]}
    if args.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.writelines(f"{name:16} {value}\n" for name, value in found.items())


if __name__ == "__main__":
    main()
