"""Runs the tests of a package in the sandbox and gathers what its functions were called with and gave back.

As the Codex paper did it (section 3.2), with one difference: values cross in an encoding of plain built-in values and
are never pickled, so a package can lie about its calls and do nothing else to who reads them.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from codex_lsp.execution.decoder import decode
from codex_lsp.execution.encoding import EncodingError
from codex_lsp.execution.interpreter import interpreter_paths, python_environment
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.running import run
from codex_lsp.execution.sandbox import FIRST_FREE_CHANNEL, WORK_FOLDER, Job, Sandbox

MAX_CALLS = 24
"""So many different calls of one function are told."""
MAX_CALL_BYTES = 3000
TRACE_LIMIT_S = 240.0
_LENGTH_BYTES = 4
_MAX_ENDING_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedPackage:
    """A package on disk, with tests.

    Attributes:
        name: As it is known.
        version: Of what lies there.
        root: The folder below which modules count; readable to everybody.
        tests: What pytest is given: files or folders.
        left_out: Parts of paths below the root that are no module of the package: its tests, others' packages.
        doctests: Whether the examples in docstrings are tests too.
    """

    name: str
    version: str
    root: Path
    tests: tuple[Path, ...]
    left_out: tuple[str, ...] = ("tests/", "test/", "conftest", "site-packages", "_vendor")
    doctests: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a function that was seen.

    Attributes:
        path: Of its module, below the package's root.
        name: Of the function.
        arguments: All that have a place, defaults too.
        keywords: Those that go by name alone.
        result: What it returned.
    """

    path: str
    name: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    result: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What running a package's tests came to: the calls, the seconds it took, and how each run of pytest ended."""

    calls: tuple[Call, ...]
    wall_s: float
    ended: tuple[str, ...]


def trace(sandbox: Sandbox, package: TracedPackage, limit_s: float = TRACE_LIMIT_S) -> Trace:
    """Run the tests once, each file or folder of them in a sandbox of its own.

    What was seen until the time was up, or until a test ended the process, is kept.

    Args:
        sandbox: Where.
        package: Whose tests.
        limit_s: Of each run.

    Raises:
        SandboxUnavailable: The sandbox could not be made; nothing was run.
    """
    calls: list[Call] = []
    ended: list[str] = []
    seconds = 0.0
    for tests in package.tests:
        done = run(sandbox, _job(package, tests, limit_s), report_channel=FIRST_FREE_CHANNEL)
        calls += read_calls(done.reports)
        seconds += done.wall_s
        last = done.stdout.decode(errors="replace").strip().splitlines()[-1:]
        how = "timed out" if done.timed_out else " ".join([f"exit {done.exit.code}", *last])
        ended.append(f"{tests.name}: {how}"[:_MAX_ENDING_CHARS])
    return Trace(calls=tuple(calls), wall_s=seconds, ended=tuple(ended))


def _job(package: TracedPackage, tests: Path, limit_s: float) -> Job:
    settings = {
        "root": str(package.root.resolve()),
        "left_out": package.left_out,
        "calls": MAX_CALLS,
        "bytes": MAX_CALL_BYTES,
    }
    doctests = ("--doctest-modules", "--doctest-continue-on-failure") if package.doctests else ()
    inside = resources("codex_lsp.training.inside").joinpath("tracing_plugin.py").read_bytes()
    return Job(
        command=(
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tracing_plugin", "-W", "ignore"),
            *("--continue-on-collection-errors", "--import-mode=importlib", "--rootdir", str(package.root)),
            *("-o", "addopts=", *doctests, str(tests)),
        ),
        limits=Limits(
            wall_s=limit_s, cpu_s=limit_s, memory_bytes=3072 * MIB, disk_bytes=256 * MIB, output_bytes=64 * MIB
        ),
        files={
            ".tracing/tracing_plugin.py": inside,
            ".tracing/encoding.py": resources("codex_lsp.execution").joinpath("encoding.py").read_bytes(),
        },
        readable=(package.root, *interpreter_paths()),
        environment={
            **python_environment(),
            "PYTHONPATH": f"{WORK_FOLDER}/.tracing:{package.root}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "TRACING": json.dumps(settings),
        },
    )


def read_calls(frames: bytes) -> Iterator[Call]:
    """The calls of the frames that the plugin wrote; what is no call, or is cut off, is left out."""
    at = 0
    while at + _LENGTH_BYTES <= len(frames):
        end = at + _LENGTH_BYTES + int.from_bytes(frames[at : at + _LENGTH_BYTES], "big")
        call = _call(frames[at + _LENGTH_BYTES : end])
        if call is not None:
            yield call
        at = end


def _call(data: bytes) -> Call | None:
    try:
        begun, result = decode(data)
        path, name, arguments, keywords = decode(begun)
    except (EncodingError, TypeError, ValueError):
        return None
    if not isinstance(path, str) or not isinstance(name, str) or not name.isidentifier():
        return None
    if not isinstance(arguments, tuple) or not isinstance(keywords, dict):
        return None
    return Call(path=path, name=name, arguments=arguments, keywords=keywords, result=result)
