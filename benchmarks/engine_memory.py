"""Measures whether the engine's memory stays flat: one real `codex-lsp engine`, thousands of requests of every kind.

    python benchmarks/engine_memory.py [--json] [--requests 10000] [--clients 8] [--model embedded]

Requests are whole answers, streams, streams that are closed half-way, prompts that are new, prompts that go on from
others, and ones that are refused. `rss_mb` is the engine's resident memory after each tenth of them; `growth_mb` is its
change from the first to the last of these: by then caches are full and libraries warm.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

TENTHS = 10
OK = 200
TIMEOUT_S = 600.0
POLL_S = 0.05
MAX_PROMPT_LINES = 60
WORDS = ("total", "price", "count", "item", "cart", "self", "result", "value", "name", "index")
# A small cache is full early, so that what grows after it is no cache.
CACHE_MB = 8


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in megabytes."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)  # noqa: S607
    return int(shown.stdout) / 1024


def random_lines(chance: random.Random, most: int) -> str:
    """Some lines of code that nobody wrote before."""
    lines = [f"{chance.choice(WORDS)}_{chance.randrange(10**6)} = {chance.choice(WORDS)}" for _ in range(most)]
    return "\n".join(lines[: chance.randrange(1, most)]) + "\n"


class Caller:
    """Asks one request after another; most go on from the last prompt, as typing does."""

    def __init__(self, client: httpx.AsyncClient, number: int) -> None:
        """Ask through `client`."""
        self._client = client
        self._chance = random.Random(number)  # noqa: S311 - not for secrets
        self._document = f"document {number}"
        self._text = ""
        self.statuses: Counter[int] = Counter()

    async def ask(self) -> None:
        """One request of a kind that chance names."""
        if self._chance.random() < 0.2 or len(self._text) > 5000:  # noqa: PLR2004 - one in five, or a long text
            self._text = random_lines(self._chance, MAX_PROMPT_LINES)
        self._text += self._chance.choice(WORDS) + self._chance.choice((" ", "\n", " = ", "("))
        kind = self._chance.choice(("whole", "stream", "stream", "left", "refused"))
        body: dict[str, Any] = {
            "prompt": self._text,
            "n": self._chance.choice((1, 4)),
            "max_tokens": self._chance.choice((1, 4, 12)),
            "stream": kind in {"stream", "left"},
            "temperature": 5 if kind == "refused" else 0.4,
            f"field_{self._chance.randrange(10**6)}": 1,
            "codex": {"document": self._document},
        }
        async with self._client.stream("POST", "/v1/completions", json=body) as response:
            self.statuses[response.status_code] += 1
            if kind == "left":
                await anext(response.aiter_raw(1))
            else:
                await response.aread()


async def measured(socket: Path, pid: int, *, requests: int, clients: int) -> dict[str, Any]:
    """Ask, and look at the memory ten times."""
    transport = httpx.AsyncHTTPTransport(uds=str(socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://engine", timeout=TIMEOUT_S) as client:
        while (await client.get("/health")).status_code != OK:  # noqa: ASYNC110 - another process sends no event
            await asyncio.sleep(POLL_S)
        callers = [Caller(client, number) for number in range(clients)]
        memory: list[float] = []
        started = time.monotonic()
        for _ in range(TENTHS):
            await asyncio.gather(*(_several(caller, requests // TENTHS // clients) for caller in callers))
            memory.append(round(resident_mb(pid), 1))
        cache = (await client.get("/health")).json()["cache"]
    statuses = sum((caller.statuses for caller in callers), Counter[int]())
    return {
        "requests": statuses.total(),
        "statuses": dict(sorted(statuses.items())),
        "rss_mb": memory,
        "growth_mb": round(memory[-1] - memory[0], 1),
        "cache": cache,
        "seconds": round(time.monotonic() - started, 1),
    }


async def _several(caller: Caller, count: int) -> None:
    for _ in range(count):
        await caller.ask()


def run(model: str, *, requests: int, clients: int) -> dict[str, Any]:
    """Start an engine, measure it, and end it."""
    # Every client has a connection or two.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4 * clients + 256), hard), hard))
    with tempfile.TemporaryDirectory(prefix="clsp-") as folder:
        path = Path(folder) / "engine.sock"
        command = [sys.executable, "-m", "codex_lsp", "engine", "--socket", str(path), "--model", model]
        environment = os.environ | {"CODEX_LSP_ENGINE_CACHE_MB": str(CACHE_MB), "CODEX_LSP_ENGINE_THREADS": "1"}
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=log)
        try:
            while not path.exists():
                if process.poll() is not None:
                    sys.exit((Path(folder) / "log").read_text(encoding="utf-8"))
                time.sleep(POLL_S)
            return asyncio.run(measured(path, process.pid, requests=requests, clients=clients))
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    report = run(args.model, requests=args.requests, clients=args.clients)
    if args.json:
        print(json.dumps(report))  # noqa: T201 - what it reports
    else:
        for name, value in report.items():
            print(f"{name:>10}  {value}")  # noqa: T201 - what it reports


if __name__ == "__main__":
    main()
