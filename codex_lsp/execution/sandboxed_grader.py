"""The grader that everyone uses: call checks and program checks, sandboxed, as many at a time as there are cores."""

import contextlib
import os
import threading
from collections.abc import Generator
from types import TracebackType
from typing import Self

from codex_lsp.execution.call_grading import CallGrader
from codex_lsp.execution.checks import CallCheck, Check
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.program_grading import grade_program
from codex_lsp.execution.sandbox import Sandbox, find_sandbox
from codex_lsp.execution.verdict import Verdict
from codex_lsp.execution.workers import Worker


class SandboxedGrader:
    """A `Grader`, and a context manager that closes it."""

    def __init__(self, workers: int | None = None, *, sandbox: Sandbox | None = None) -> None:
        """Find the sandbox; candidates' interpreters are started with the first call check.

        Args:
            workers: Candidates at a time; as many as there are cores by default.
            sandbox: One that was found already.

        Raises:
            SandboxUnavailable: There is none here that holds.
        """
        # First, as what counts cores is Linux's own too: elsewhere this is where the refusal comes from.
        self._sandbox = sandbox or find_sandbox()
        self._workers = workers or len(os.sched_getaffinity(0))
        self._free = threading.BoundedSemaphore(self._workers)
        self._calls = CallGrader(self._sandbox, ahead=self._workers)

    @property
    def workers(self) -> int:
        """How many candidates it runs at a time."""
        return self._workers

    def grade(self, check: Check) -> Verdict:
        """Run one candidate to its verdict; may be called from several threads.

        Raises:
            SandboxUnavailable: A sandbox could not be started.
        """
        with self._free:
            if isinstance(check, CallCheck):
                return self._calls.grade(check)
            return grade_program(self._sandbox, check)

    @contextlib.contextmanager
    def worker(self, limits: Limits) -> Generator[Worker]:
        """One of the workers, for a candidate that is asked without a checker (`behaviour`).

        Raises:
            SandboxUnavailable: It could not be started.
        """
        with self._free, self._calls.worker(limits) as worker:
            yield worker

    def close(self) -> None:
        """End what was started ahead."""
        self._calls.close()

    def __enter__(self) -> Self:
        """The grader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()
