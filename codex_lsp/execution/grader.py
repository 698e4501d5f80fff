"""The seam between who has candidates and what runs them."""

from typing import Protocol

from codex_lsp.execution.checks import Check
from codex_lsp.execution.verdict import Verdict


class Grader(Protocol):
    """Runs candidates; made once, used from several threads, closed at the end."""

    @property
    def workers(self) -> int:
        """How many candidates it runs at a time; more threads than that only wait."""
        ...

    def grade(self, check: Check) -> Verdict:
        """Run one candidate to its verdict; blocks, and never raises for what the candidate does.

        Raises:
            SandboxUnavailable: There is none here that holds; nothing was run.
        """
        ...

    def close(self) -> None:
        """End what was started ahead."""
        ...
