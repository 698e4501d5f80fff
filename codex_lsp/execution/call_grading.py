"""Call grading: a checker and a candidate, each in a sandbox of its own, and a verdict that only the checker can write.

The candidate holds one descriptor, the channel on which it is asked for values; the checker holds that channel and
another one, to this process. So nothing that the candidate prints, writes, patches, forks or sends is a verdict: it is
asked for values, in an encoding that carries plain ones only, and the test, which runs elsewhere, compares them.
"""

import contextlib
import signal
import time
from collections.abc import Generator

from codex_lsp.execution.channel import Channel, ChannelClosed, ChannelGarbled
from codex_lsp.execution.checker_host import CheckerHost
from codex_lsp.execution.checks import CallCheck
from codex_lsp.execution.decoder import decode
from codex_lsp.execution.encoding import EncodingError, encode
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.proxy import ENDED
from codex_lsp.execution.sandbox import Exit, Sandbox
from codex_lsp.execution.verdict import Outcome, Verdict
from codex_lsp.execution.workers import Worker, WorkerPool

_PREPARE_S = 60.0
_GRACE_S = 5.0
_EXIT_S = 5.0
_TRIES = 2


class CallGrader:
    """Grades call checks; may be used from several threads."""

    def __init__(self, sandbox: Sandbox, ahead: int) -> None:
        """Start nothing before the first check.

        Args:
            sandbox: Where candidates and checkers run.
            ahead: How many candidates' interpreters are kept ready.
        """
        self._workers = WorkerPool(sandbox, ahead)
        self._checkers = CheckerHost(sandbox)

    def grade(self, check: CallCheck) -> Verdict:
        """Hold one candidate against its test.

        Raises:
            SandboxUnavailable: A sandbox could not be started.
        """
        for _ in range(_TRIES):
            try:
                with self.worker(check.limits) as worker:
                    return self._graded(check, worker)
            except (ChannelClosed, ChannelGarbled, TimeoutError):
                continue  # the checker's server may have gone with another one's check
            except EncodingError as error:
                return Verdict(outcome=Outcome.REFUSED, detail=f"program or test: {error}")
        return Verdict(outcome=Outcome.REFUSED, detail="the checker ended without a verdict")

    @contextlib.contextmanager
    def worker(self, limits: Limits) -> Generator[Worker]:
        """A worker for one candidate that is asked without a checker.

        Raises:
            SandboxUnavailable: It could not be started.
        """
        worker = self._workers.take(limits)
        try:
            yield worker
        finally:
            self._workers.discard(worker)

    def close(self) -> None:
        """End all workers and checkers."""
        self._workers.close()
        self._checkers.close()

    def _graded(self, check: CallCheck, worker: Worker) -> Verdict:
        job = encode((check.program, check.entry_point, check.limits.wall_s + _PREPARE_S + _GRACE_S))
        checker = self._checkers.open(f"{check.helpers}\n{check.test}", worker.channel.fd)
        worker.channel.close()  # the checker's now; where it ends, the candidate sees it
        try:
            checker.send(job, time.monotonic() + _PREPARE_S)
            return _read_verdict(checker, check.limits.wall_s, worker)
        finally:
            checker.close()


def _read_verdict(checker: Channel, wall_s: float, worker: Worker) -> Verdict:
    """What the checker says; the candidate's clock runs from its `started`."""
    said = decode(checker.receive(time.monotonic() + _PREPARE_S))
    begun = time.monotonic()
    if said == ("started",):
        try:
            said = decode(checker.receive(begun + wall_s))
        except TimeoutError:
            return Verdict(
                outcome=Outcome.TIMED_OUT, detail=f"no end within {wall_s:g} s", wall_s=time.monotonic() - begun
            )
    outcome, detail, spent_s = said
    if outcome == ENDED:
        return _ended(worker.process.wait(_EXIT_S), worker.limits.cpu_s, detail, spent_s)
    return Verdict(outcome=Outcome(outcome), detail=detail, wall_s=spent_s)


def _ended(how: Exit | None, cpu_s: float, detail: str, spent_s: float) -> Verdict:
    """The verdict on a candidate whose process is gone, by what ended it."""
    if how is None:
        return Verdict(outcome=Outcome.ERROR, detail="it closed its channel", wall_s=spent_s)
    if how.memory_exceeded:
        return Verdict(outcome=Outcome.OUT_OF_MEMORY, detail="its processes held too much memory", wall_s=spent_s)
    if how.signal in (signal.SIGXCPU, signal.SIGKILL) and spent_s >= cpu_s / 2:
        return Verdict(outcome=Outcome.TIMED_OUT, detail="its processor time is used up", wall_s=spent_s)
    said = f"by signal {how.signal}" if how.signal else f"with exit code {how.code}"
    return Verdict(outcome=Outcome.ERROR, detail=f"{detail} {said}", wall_s=spent_s)
