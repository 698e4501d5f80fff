"""A library in a Python process of its own, which is asked in lines of JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from benchmarks.peers.child import Child
from benchmarks.peers.peer import PeerFailed, PeerMissing, Setting

MISSING = "missing"
FAILED = "failed"


class Worker:
    """A module that is run with `-m` or a script, and answers each line with one.

    Its first line says what it is (`version`), or that the library is not there (`missing`); an answer may say that
    the request `failed`.
    """

    def __init__(self, name: str, command: Sequence[str], setting: Setting, *, log: Path) -> None:
        """Start it and read its first line.

        Raises:
            PeerMissing: The library is not there.
            PeerFailed: It ends.
        """
        self._name = name
        self._child = Child(name, command, setting.environment(), log, speaks=True)
        try:
            self.version = str(self._read()["version"])
        except (PeerMissing, PeerFailed):
            self._child.close()
            raise

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request and its answer.

        Raises:
            PeerFailed: It gives none.
        """
        stream = self._child.process.stdin
        if stream is None:
            raise self._child.failed("has no input")
        try:
            stream.write(json.dumps(request).encode() + b"\n")
            stream.flush()
        except OSError as error:
            raise self._child.failed("ended") from error
        return self._read()

    def close(self) -> None:
        """End it."""
        self._child.close()

    def _read(self) -> dict[str, Any]:
        stream = self._child.process.stdout
        line = b"" if stream is None else stream.readline()
        if not line:
            raise self._child.failed("ended")
        answer = cast("dict[str, Any]", json.loads(line))
        if MISSING in answer:
            raise PeerMissing(f"{self._name}: {answer[MISSING]}")
        if FAILED in answer:
            raise PeerFailed(f"{self._name}: {answer[FAILED]}")
        return answer
