"""Grading on a Ray cluster: the same sandboxes and verdicts, on every node."""

import threading

from codex_lsp.evaluation.ray_workers import RayWorkers, count_of
from codex_lsp.execution.checks import Check
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Verdict


class RayGrader:
    """A grader with one worker for each processor of a cluster; a check is self-contained, so any node may take it.

    Its workers start with the first check: until then the processors are free for those that sample.
    """

    def __init__(self) -> None:
        """See that a sandbox of the cluster that this process has joined holds.

        Raises:
            UsageError: The cluster has no processors.
            SandboxUnavailable: A node has no sandbox that holds.
        """
        tried = RayWorkers(_grader, most=1)
        tried.wait_ready()
        tried.close()
        self._pool: RayWorkers | None = None
        self._lock = threading.Lock()

    @property
    def workers(self) -> int:
        """How many candidates run at a time, all nodes together."""
        return count_of("CPU")

    def grade(self, check: Check) -> Verdict:
        """Run one candidate to its verdict on some node; blocks.

        Raises:
            SandboxUnavailable: No node has a sandbox that holds.
            CodexLspError: Every worker was lost.
        """
        with self._lock:
            self._pool = self._pool or RayWorkers(_grader)
        verdict: Verdict = self._pool.call("grade", check)
        return verdict

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.close()


def _grader() -> SandboxedGrader:
    return SandboxedGrader(workers=1)
