"""How many threads compute, and that they do not spin: an editor's machine is shared with the person's own work."""

import os

_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def thread_count(threads: int) -> int:
    """The number of threads a setting means: 0 is one less than there are cores for this process, and at least one."""
    return threads if threads > 0 else max(_cores() - 1, 1)


def thread_environment(threads: int) -> dict[str, str]:
    """Variables that must be in `os.environ` before torch is imported.

    Waiting threads sleep instead of spinning: a spinning one loses its core to a neighbour just when it is needed,
    which costs a whole time slice.

    Args:
        threads: CPU threads; 0 for one less than there are cores.
    """
    count = dict.fromkeys(_VARIABLES, str(thread_count(threads)))
    return {**count, "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
