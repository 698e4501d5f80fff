"""A child process: started with its log in a file, ended surely."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.peers.peer import PeerFailed, PeerMissing

START_TIMEOUT_S = 120.0
END_TIMEOUT_S = 5.0
POLL_S = 0.005
_LINE = 200


class Child:
    """A process that answers on its standard output (`speaks`), or through a socket."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path, *, speaks: bool = False
    ) -> None:
        """Start `command`; what it says on standard error goes to `log`.

        Raises:
            PeerMissing: There is no such program.
        """
        self._name = name
        self._log = log
        with log.open("wb") as errors:
            try:
                self.process = subprocess.Popen(
                    list(command),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE if speaks else errors,
                    stderr=errors,
                    env=dict(environment),
                )
            except OSError as error:
                raise PeerMissing(f"{name}: {command[0]} cannot be started ({error.strerror})") from error

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until it is ready.

        Raises:
            PeerFailed: It ended before, or takes too long.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while not ready():
            if self.process.poll() is not None:
                raise self.failed("ended")
            if time.monotonic() > deadline:
                raise self.failed(f"is not ready after {START_TIMEOUT_S:g} s")
            time.sleep(POLL_S)

    def failed(self, what: str) -> PeerFailed:
        """An error with the last line of its log."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "its log is empty")
        return PeerFailed(f"{self._name}: {what} ({said[-_LINE:]})")

    def close(self) -> None:
        """End the process."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.process.terminate()
        try:
            self.process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
