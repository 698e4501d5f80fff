"""Descriptors that a started program inherits under numbers of our choice."""

import contextlib
import fcntl
import os
from types import TracebackType
from typing import Any, Self

from codex_lsp.execution.sandbox import LAST_CHANNEL

Action = tuple[Any, ...]
"""One file action of `os.posix_spawn`."""


class Inherited:
    """Collects what is inherited; its own copies lie above every number asked for, and are closed at its end."""

    def __init__(self) -> None:
        """Nothing is inherited yet."""
        self._stack = contextlib.ExitStack()
        self._actions: list[Action] = []

    def keep(self, descriptor: int, inside: int | None) -> int:
        """Let it be inherited as `inside`, or as a number above all channels where None; the number."""
        copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, LAST_CHANNEL + 1)
        self._stack.callback(os.close, copy)
        # Onto itself, `dup2` as a file action only takes the mark off that closes it at `exec`.
        self._actions.append((os.POSIX_SPAWN_DUP2, copy, copy if inside is None else inside))
        return copy if inside is None else inside

    def holding(self, content: bytes) -> int:
        """A file in memory at its start, inherited above all channels; the number."""
        made = os.memfd_create("codex-lsp", os.MFD_CLOEXEC)
        try:
            with open(made, "wb", closefd=False) as file:
                file.write(content)
            os.lseek(made, 0, os.SEEK_SET)
            return self.keep(made, None)
        finally:
            os.close(made)

    def actions(self, *, quiet: bool) -> list[Action]:
        """For `os.posix_spawn`; quiet opens /dev/null as the three standard streams."""
        null: list[Action] = [(os.POSIX_SPAWN_OPEN, index, os.devnull, os.O_RDWR, 0) for index in range(3)]
        return _closing_leaks() + (null if quiet else []) + self._actions

    def __enter__(self) -> Self:
        """The collection itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the copies."""
        self._stack.close()


def _closing_leaks() -> list[Action]:
    """What this process was itself left open by whoever started it, and would hand down."""
    leaks: list[Action] = []
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - names alone; Linux and macOS have it
        with contextlib.suppress(OSError):  # the one that lists them is closed by now
            if int(name) > 2 and os.get_inheritable(int(name)):  # noqa: PLR2004 - the standard streams are replaced
                leaks.append((os.POSIX_SPAWN_CLOSE, int(name)))
    return leaks
