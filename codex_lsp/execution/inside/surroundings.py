"""Notices what a call draws on or changes beside its arguments. Runs under a project's own interpreter."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any

_CLOCKS = frozenset({"time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime"})
_MACHINE = frozenset({"getpid", "getppid", "uname", "urandom", "getcwd", "getrandom", "getlogin", "times"})
_TODAY = frozenset({"now", "today", "utcnow"})
_READS = ("r", "rb", "rt", "br", "tr")
_EFFECTS = frozenset(
    {
        *(
            "os.remove",
            "os.rename",
            "os.mkdir",
            "os.rmdir",
            "os.truncate",
            "os.chmod",
            "os.chown",
            "os.link",
            "os.symlink",
        ),
        *(
            "os.system",
            "os.exec",
            "os.posix_spawn",
            "os.spawn",
            "os.fork",
            "os.forkpty",
            "os.kill",
            "os.putenv",
            "os.utime",
        ),
        *("shutil.rmtree", "shutil.move", "shutil.copyfile", "shutil.copytree", "subprocess.Popen", "tempfile.mkstemp"),
        *(
            "tempfile.mkdtemp",
            "socket.connect",
            "socket.bind",
            "socket.getaddrinfo",
            "sqlite3.connect",
            "webbrowser.open",
        ),
    }
)


class Watched:
    """Around a call: which clocks, chance and machine it asked, and what it did to files, processes and the network.

    Attributes:
        asked: Names of what may answer otherwise the next time.
        effects: Names of what it changed or tried to.
    """

    def __init__(self, masked: Iterable[str] = ()) -> None:
        """Install the hook, which stays for the life of the process; what is masked is not as it is elsewhere."""
        self._masked = tuple(masked)
        self.asked: set[str] = set()
        self.effects: set[str] = set()
        self._seeded = False
        self._active = False
        sys.addaudithook(self._audit)

    def __enter__(self) -> Watched:
        """Watch."""
        self._active = True
        sys.setprofile(self._profile)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Watch no more."""
        sys.setprofile(None)
        self._active = False

    def _profile(self, frame: Any, event: str, function: Any) -> None:
        del frame
        if event != "c_call":
            return
        owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
        if owner is _RANDOM:
            self._seeded = self._seeded or name == "seed"
            if not self._seeded:
                self.asked.add("random")
        elif _may_differ(owner, name):
            self.asked.add(name)

    def _look_at(self, opened: object) -> None:
        path = _path_of(opened)
        for masked in self._masked:
            if path == masked or path.startswith(f"{masked}/"):
                self.asked.add(f"{masked.rpartition('/')[2]}, which is kept from code that is run")

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._active:
            return
        if event == "open":
            self._look_at(arguments[0])
            mode, flags = arguments[1], arguments[2]
            writes = (
                mode not in _READS if isinstance(mode, str) else bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            )
            if writes:
                self.effects.add("open for writing")
        elif event in _EFFECTS:
            self.effects.add(event)


def _path_of(opened: object) -> str:
    return os.path.realpath(os.fsdecode(opened)) if isinstance(opened, (str, bytes)) else ""


def _may_differ(owner: object, name: str) -> bool:
    if owner is time:
        return name in _CLOCKS
    if owner is _POSIX:
        return name in _MACHINE
    return name in _TODAY and getattr(owner, "__module__", "") == "datetime"


_RANDOM = random._inst  # type: ignore[attr-defined]  # the generator that the whole program shares
_POSIX = sys.modules.get("posix")
