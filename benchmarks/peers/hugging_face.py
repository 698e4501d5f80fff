"""`transformers.generate`, as people call it: a batch of n samples, the whole prompt read for each request.

With `kept` it is called with what it read before: keys and values up to where the prompt changed, copied for n rows.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.peers.peer import Ask, PeerFailed, Setting, checked
from benchmarks.peers.rendering import rendered
from benchmarks.peers.worker import Worker

NAME = "transformers.generate"


class HuggingFace:
    """The library in a process of its own."""

    def __init__(self, setting: Setting, *, kept: bool) -> None:
        """Generate with or without keeping what was read."""
        self._setting = setting
        self._kept = kept
        self._worker: Worker | None = None

    def start(self) -> None:
        """Import the library and load the weights."""
        command = [sys.executable, "-m", "benchmarks.peers.hugging_face_worker", str(self._setting.folder)]
        log = Path(tempfile.gettempdir()) / "codex-lsp-bench-transformers.log"
        self._worker = Worker(NAME, [*command, str(self._setting.threads)], self._setting, log=log)

    def version(self) -> str:
        """Its version and number format."""
        return "" if self._worker is None else self._worker.version

    def complete(self, ask: Ask) -> list[int]:
        """Generate."""
        if self._worker is None:
            raise PeerFailed(f"{NAME}: was not started")
        request = {"text": rendered(ask.prompt), "n": ask.n, "tokens": ask.tokens, "stops": ask.stops}
        return checked(self._worker.ask({**request, "kept": self._kept})["counts"], ask, NAME)

    def close(self) -> None:
        """End it."""
        if self._worker is not None:
            self._worker.close()
