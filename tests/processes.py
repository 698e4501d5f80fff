"""Whether a process runs, asked without `/proc`, which may belong to another process namespace than ours."""

import os
import select


def runs(process: int) -> bool:
    """Whether a process exists and has not ended; one that nobody has waited for yet has ended."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    if not hasattr(os, "pidfd_open"):
        return True
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return False
    try:
        # A pidfd is readable from the end of its process on, waited for or not (pidfd_open(2)).
        return not select.select([descriptor], [], [], 0)[0]
    finally:
        os.close(descriptor)
