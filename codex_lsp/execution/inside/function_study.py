"""Studies a function: makes calls of it, each in a process of its own, and looks which mutants they tell apart.

Runs under a project's own interpreter. What it finds goes, as lines of JSON, to a descriptor of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from codex_lsp.execution.inside.forked import Tell, forked
from codex_lsp.execution.inside.module_under_study import definition, executed, imported
from codex_lsp.execution.inside.one_call import observed, signature
from codex_lsp.execution.inside.surroundings import Watched

_CHANNEL = 3
_SLOWER = 10.0
"""So many times the original's processor time a mutant may take."""
_SPARE_CPU_S = 0.1
_PATIENCE = 5.0
"""Seconds on the clock for one of processor time: on a busy machine nothing is ended that would have ended itself."""
_MEMORY_BYTES = 512 << 20
"""What one call may take beside what the module holds."""
_MOST_ENDLESS = 8
_ENDINGS = ("died", "timed out")


def main(request: dict[str, Any]) -> None:
    """Do what is asked, and end the process."""
    for _ in range(request["skipped_pids"]):
        _skip_pid()
    coverage = _coverage(request)
    if isinstance(coverage, str):
        _tell({"unmeasured": coverage})
        coverage = None
    module, function = imported(request, _tell)
    name = request["qualname"].rpartition(".")[2]
    _tell({"imported": True, **definition(function, name, request["path"])})
    study = _Study(request, module, coverage)
    study.observe()
    if request["mutants"]:
        study.kill()
    _tell({"done": True, "cpu_s": _used_s()})
    os._exit(0)


class _Study:
    """One module, one function, and what is known of it so far."""

    def __init__(self, request: dict[str, Any], module: Any, coverage: Any) -> None:
        self._request = request
        self._module = module
        self._coverage = coverage
        self._name = request["qualname"].rpartition(".")[2]
        self._usable: list[int] = []
        self._wall_s = _PATIENCE * request["call_timeout_s"]

    def observe(self) -> None:
        """Every call in a process of its own, until so many had no end that the others are not worth the wait."""
        endless = 0
        for number, call in enumerate(self._request["calls"]):
            told: dict[str, Any] = {"outcome": "died"}
            for line in forked(self._observing(call), self._wall_s):
                if line in _ENDINGS:
                    told = {"outcome": line}
                elif line != "ended":
                    told = json.loads(line)
            if told["outcome"] in ("returned", "raised"):
                self._usable.append(number)
            _tell({"call": number, **told})
            endless += told["outcome"] == "timed out"
            if endless == _MOST_ENDLESS:
                return

    def _observing(self, call: str) -> Callable[[Tell], None]:
        def work(tell: Tell) -> None:
            _limit_memory()
            around: Any = contextlib.nullcontext()
            watched = Watched(self._request["masked"]) if self._request["watch"] else None
            if watched is not None:
                around = watched
            elif self._coverage is not None:
                around = self._coverage
            signal.setitimer(signal.ITIMER_PROF, self._request["call_timeout_s"])
            told = observed(self._module, self._name, call, self._request["setup"], around)
            signal.setitimer(signal.ITIMER_PROF, 0)
            if watched is not None:
                told.update(asked=sorted(watched.asked), effects=sorted(watched.effects))
            elif self._coverage is not None:
                told["arcs"] = self._coverage.arcs()
            tell(json.dumps(told))

        return work

    def kill(self) -> None:
        """Every mutant in a process of its own, compared with the unchanged module run the same way."""
        source = Path(self._module.__file__).read_bytes()
        expected = dict(self._told(source, {}))
        if not expected:
            return  # nothing to compare with
        end = _used_s() + self._request["mutants_cpu_s"]
        for number, mutant in enumerate(self._request["mutants"]):
            if _used_s() > end:
                return
            killing = [call for call, told in self._told(mutant, expected) if told != expected.get(call)]
            _tell({"mutant": number, "killed_by": killing, "compared": list(expected)})

    def _told(self, source: str | bytes, expected: dict[int, Any]) -> Iterator[tuple[int, Any]]:
        """What each call comes to with a source; a call with which it hangs or dies is the last."""
        calls = [number for number in self._usable if not expected or number in expected]
        left = iter(calls)
        for line in forked(self._trying(source, calls, expected), self._wall_s):
            if line == "ended":
                return
            if line == "import failed":
                yield from ((call, _Told("import failed", 0.0)) for call in calls)
                return
            call = next(left, None)
            if line in _ENDINGS:
                if call is not None and expected:
                    yield call, _Told(line, 0.0)
                return
            if call is not None:
                yield call, _Told(*json.loads(line))

    def _trying(self, source: str | bytes, calls: list[int], expected: dict[int, Any]) -> Callable[[Tell], None]:
        def work(tell: Tell) -> None:
            _limit_memory()
            try:
                module = executed(self._module, source)
            except BaseException:  # noqa: BLE001 - a mutant may do anything when it is imported
                tell("import failed")
                return
            for call in calls:
                known = expected.get(call)
                limit_s = self._request["call_timeout_s"]
                signal.setitimer(
                    signal.ITIMER_PROF, limit_s if known is None else min(limit_s, _SPARE_CPU_S + _SLOWER * known.cpu_s)
                )
                told = observed(
                    module, self._name, self._request["calls"][call], self._request["setup"], contextlib.nullcontext()
                )
                tell(json.dumps([signature(told), told.get("cpu_s", 0.0)]))

        return work


class _Told:
    """What a call came to in short; equal where no test could tell."""

    def __init__(self, text: str, cpu_s: float) -> None:
        self.text = text
        self.cpu_s = cpu_s

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Told) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]


class _Coverage:
    """Branch coverage around one call, by coverage.py."""

    def __init__(self, package: Any, path: str) -> None:
        self._measured = package.Coverage(
            data_file=None, branch=True, config_file=False, include=[path], messages=False
        )
        # What starting costs at first (13 ms, against 0.3) is paid once, not in every process.
        self._measured.start()
        self._measured.stop()

    def __enter__(self) -> None:
        self._measured.start()

    def __exit__(self, *error: object) -> None:
        self._measured.stop()

    def arcs(self) -> list[tuple[int, int]]:
        data = self._measured.get_data()
        found = [arc for name in data.measured_files() for arc in data.arcs(name) or ()]
        return sorted(set(found))


def _coverage(request: dict[str, Any]) -> Any:
    """What measures; None where nothing is asked, and a reason where it cannot be."""
    if request["coverage_from"] is None:
        return None
    sys.path.append(request["coverage_from"])
    try:
        import coverage  # noqa: PLC0415 - brought along, or the project's own

        return _Coverage(coverage, request["path"])
    except Exception as error:  # noqa: BLE001 - an interpreter it does not run in, or a project's own that is broken
        return f"coverage.py does not run in {sys.executable}: {error}"
    finally:
        sys.path.remove(request["coverage_from"])


def _used_s() -> float:
    """Processor time of this process and those that it has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


def _limit_memory() -> None:
    if not sys.platform.startswith("linux"):
        return
    held = int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = held + _MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _skip_pid() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _tell(line: dict[str, Any]) -> None:
    rest = json.dumps(line).encode() + b"\n"
    while rest:
        rest = rest[os.write(_CHANNEL, rest) :]
