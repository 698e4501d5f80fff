"""Grading on a Ray cluster: the same sandboxes and verdicts, on every node."""

from codex_lsp.evaluation.ray_workers import RayWorkers
from codex_lsp.execution.checks import Check
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Verdict


class RayGrader:
    """A grader with one worker for each processor of a cluster; a check is self-contained, so any node may take it."""

    def __init__(self) -> None:
        """Start the workers of the cluster that this process has joined.

        Raises:
            UsageError: The cluster has no processors.
        """
        self._pool = RayWorkers(_grader)

    @property
    def workers(self) -> int:
        """How many candidates run at a time, all nodes together."""
        return self._pool.count

    def grade(self, check: Check) -> Verdict:
        """Run one candidate to its verdict on some node; blocks.

        Raises:
            SandboxUnavailable: No node has a sandbox that holds.
            CodexLspError: Every worker was lost.
        """
        verdict: Verdict = self._pool.call("grade", check)
        return verdict

    def close(self) -> None:
        """End the workers."""
        self._pool.close()


def _grader() -> SandboxedGrader:
    return SandboxedGrader(workers=1)
