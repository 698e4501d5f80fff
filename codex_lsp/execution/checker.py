"""The program that runs checks, inside a sandbox of its own: a server that forks once for each candidate.

On its control socket it is given, for each check, the test's source with two descriptors: the channel to a candidate,
and one to whoever wants the verdict. The fork reads `(program, entry_point, most_s)` from the latter, prepares the
test, writes `("started",)`, asks the candidate all that the test asks, writes `(outcome, detail, seconds)`, and ends.
It ends too when `most_s` seconds have passed, and at once when the other end of its channel closes: what a candidate
returns may keep a comparison busy for hours. Tests are compiled, and numpy is imported, once in the server; draws of
`random` begin at the same seed for each candidate.
"""

import contextlib
import fcntl
import gc
import os
import random
import re
import resource
import signal
import socket
import sys
import time
from collections import OrderedDict

from codex_lsp.execution.channel import Channel, ChannelClosed
from codex_lsp.execution.checked_source import CheckedSource, checked_source
from codex_lsp.execution.checking import UnusableTest, judged, one_line, prepared
from codex_lsp.execution.decoder import decode
from codex_lsp.execution.encoding import encode
from codex_lsp.execution.proxy import CandidateProxy

_KEPT_TESTS = 64
_MEMORY_BYTES = 2 << 30
"""Of one fork, so that what a candidate returns exhausts its own checker and never the server's."""
_NUMPY = re.compile(r"^\s*(?:import|from)\s+numpy\b", re.MULTILINE)


class TestCache:
    """The tests compiled last; the samples of one task come together."""

    def __init__(self) -> None:
        """Nothing is compiled yet."""
        self._kept: OrderedDict[str, CheckedSource | str] = OrderedDict()

    def compiled(self, source: str) -> CheckedSource | str:
        """A test made ready, or why it is none."""
        if source not in self._kept:
            self._kept[source] = _compiled(source)
            if len(self._kept) > _KEPT_TESTS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(source)
        return self._kept[source]


def _compiled(source: str) -> CheckedSource | str:
    if _NUMPY.search(source):
        _preload_numpy()
    try:
        return checked_source(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"the test does not compile: {type(error).__name__}: {error}"


def _preload_numpy() -> None:
    try:
        __import__("numpy")
    except ImportError:
        return  # the test says so itself when it runs


def serve(control: socket.socket) -> None:
    """Fork a checker for each check that is sent, until the other end closes."""
    cache = TestCache()
    while True:
        received = _received(control)
        _reap()
        if received is None:
            return
        source, descriptors = received
        test = cache.compiled(source)
        gc.freeze()
        if os.fork() == 0:
            control.close()
            _check(test, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _reap() -> None:
    """Wait for the forks that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _received(control: socket.socket) -> tuple[str, list[int]] | None:
    """The next check's source and descriptors, or None at the end."""
    head, descriptors, _, _ = socket.recv_fds(control, 1, 2)
    if not head:
        return None
    return decode(Channel(control.fileno()).receive()), list(descriptors)


def _check(test: CheckedSource | str, candidate_fd: int, verdict_fd: int) -> None:
    """One check, in a process of its own that ends with it."""
    verdict = Channel(verdict_fd)
    try:
        program, entry_point, most_s = decode(verdict.receive())
        _bounded(most_s)
        _ends_with(verdict_fd)
        verdict.send(encode(_result(test, CandidateProxy(Channel(candidate_fd), entry_point), program, verdict)))
    except ChannelClosed:
        pass  # nobody wants it any more
    finally:
        os._exit(0)


def _result(
    test: CheckedSource | str, candidate: CandidateProxy, program: str, verdict: Channel
) -> tuple[str, str, float]:
    if isinstance(test, str):
        return "refused", one_line(test), 0.0
    try:
        check = prepared(test, candidate)
    except UnusableTest as error:
        return "refused", one_line(str(error)), 0.0
    verdict.send(encode(("started",)))
    begun = time.monotonic()
    return *judged(check, program, candidate, test.asserts), time.monotonic() - begun


def _bounded(most_s: float) -> None:
    """End this process after so many seconds, on the clock or of the processor, and draw as always."""
    signal.setitimer(signal.ITIMER_REAL, most_s)
    cpu_s = int(most_s) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    random.seed(0)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(0)


def _ends_with(verdict_fd: int) -> None:
    """Let the kernel end this process when the other end closes, even inside an operation that lasts.

    Unhandled, the signal of a descriptor on which something happens ends a process; nothing is sent to this one after
    its question, so that the close is all that can happen.
    """
    fcntl.fcntl(verdict_fd, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(verdict_fd, fcntl.F_SETFL, fcntl.fcntl(verdict_fd, fcntl.F_GETFL) | os.O_ASYNC)


def main() -> None:
    """Serve on the descriptor named by the first argument."""
    serve(socket.socket(fileno=int(sys.argv[1])))
