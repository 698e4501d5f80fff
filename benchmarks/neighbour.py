"""A busy neighbour: a process of ours that multiplies matrices, as a person's own work would.

    python -m benchmarks.neighbour

It ends when its input does.
"""

import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

SIZE = 384


@contextmanager
def neighbour(*, busy: bool) -> Generator[None]:
    """Keep one core busy inside the block, if so wanted."""
    if not busy:
        yield
        return
    command = [sys.executable, "-m", "benchmarks.neighbour"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            if process.stdout is not None:
                process.stdout.readline()
            yield
        finally:
            process.kill()


def main() -> int:
    """Multiply until the input ends."""
    import torch  # noqa: PLC0415 - only in the process that multiplies

    torch.set_num_threads(1)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    matrix = torch.randn(SIZE, SIZE)
    sys.stdout.write("multiplying\n")
    sys.stdout.flush()
    while not ended.is_set():
        matrix @ matrix  # pyright: ignore[reportUnusedExpression]
    return 0


if __name__ == "__main__":
    sys.exit(main())
