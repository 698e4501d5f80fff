"""Measures how fast memory is read and matrices are multiplied, here and now.

    python -m benchmarks.rates BYTES THREADS

Prints `bytes_per_s` and `operations_per_s` as JSON: the best of several ways, as the floor is what cannot be beaten.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

PROBES = 30
SIZE = 1024
_FLOAT_BYTES = 4
_ROW = 1024


def best_s(work: Callable[[], object], probes: int = PROBES) -> float:
    """The shortest of several runs, in seconds."""
    times: list[float] = []
    for _ in range(probes):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def bytes_per_s(size: int) -> float:
    """The best rate of reading `size` bytes again and again, from wherever they are kept in between."""
    rows = max(size // _FLOAT_BYTES // _ROW, 1)
    memory = torch.randn(rows, _ROW)
    vector = torch.randn(_ROW)
    flat = memory.view(-1)
    ways: list[Callable[[], object]] = [lambda: memory @ vector, lambda: torch.dot(flat, flat), flat.sum, flat.amax]
    return rows * _ROW * _FLOAT_BYTES / min(map(best_s, ways))


def operations_per_s() -> float:
    """The best rate of matrix products over float32, bfloat16 and bytes."""
    wide = torch.randn(SIZE, SIZE)
    half = wide.bfloat16()
    narrow = torch.randint(-127, 127, (SIZE, SIZE), dtype=torch.int8)
    library: Any = torch
    ways: list[Callable[[], object]] = [
        lambda: wide @ wide,
        lambda: half @ half,
        lambda: library._int_mm(narrow, narrow),  # there is no public product of bytes
    ]
    return 2.0 * SIZE**3 / min(map(best_s, ways))


@torch.inference_mode()
def main() -> int:
    """Measure and print."""
    size, threads = map(int, sys.argv[1:])
    torch.set_num_threads(threads)
    figures = {"bytes_per_s": bytes_per_s(size), "operations_per_s": operations_per_s()}
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
