"""What a function does: its calls observed, its branches covered, and the mutants that the calls tell apart.

The module is imported once in a sandbox, by its project's own interpreter, and every call is made in a process of its
own, so that neither an endless loop nor `os._exit` hurts. All calls are made twice, in two sandboxes that differ in
what no result should depend on: the seed of hashes, process numbers, time zone, home and working folder. As the
function shares a process with what tells of it, one that means harm can tell anything; it can do nothing else.
"""

import json
import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.branch_arcs import Arc, branch_arcs, coverage_folder
from codex_lsp.execution.cancellable import CancellableSandbox
from codex_lsp.execution.interpreter import python_environment
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.running import Run, run
from codex_lsp.execution.sandbox import FIRST_FREE_CHANNEL, Job, Sandbox
from codex_lsp.execution.study_reading import (
    Observation,
    agreed,
    compared_with,
    definition_of,
    killed_by,
    lines_of,
    seconds_of,
)
from codex_lsp.execution.unconfined import Unconfined

_FOLDER = ".codex-lsp"
_ROOM = "codex_lsp.execution.inside"
_PROGRAMS = ("value_source", "one_call", "surroundings", "forked", "module_under_study", "function_study")
_BOOT = f"""
import json, sys
if sys.path[:1] == [""]:
    del sys.path[0]
with open("{_FOLDER}/study.json", encoding="utf-8") as file:
    given = json.load(file)
for name, source in given["programs"]:
    sys.modules[name] = module = type(sys)(name)
    exec(compile(source, name, "exec"), module.__dict__)
module.main(given["request"])
"""
_ELSEWHERE: Mapping[str, str] = {"HOME": "/tmp", "USER": "somebody", "LOGNAME": "somebody", "TZ": "ELSEWHERE-14"}  # noqa: S108 - inside the sandbox
_IMPORT_S = 10.0
"""Of processor time; on the clock five times as much, within the limits."""
_MOST_ERROR = 300
"""Characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRequest:
    """What is to be found out of one function.

    Attributes:
        interpreter: The project's Python, 3.9 or newer.
        path: The module's file.
        module: Its dotted name.
        qualname: Of the function: `Stack.push`.
        import_from: Folders put before `sys.path`.
        readable: Places mounted read-only: the project and what its interpreter needs.
        masked: Files and folders below them that must not be seen.
        replaced: Files below them that seem to hold something else.
        calls: Expressions, evaluated in the module's namespace: `add(1, [2])`.
        setup: Statements that come before each of them, in a copy of that namespace.
        mutants: Whole sources of the module, each with one change.
        coverage: Whether branches are measured.
        lines: First and last line of the function, of which branches are told; None for the whole module's.
        limits: Of each of the two sandboxes.
        call_timeout_s: Of each call, in processor time; on the clock five times as much.
        mutants_cpu_s: Of all mutants together, in processor time; those that it does not reach are held to nothing.
    """

    interpreter: Path
    path: Path
    module: str
    qualname: str
    import_from: tuple[Path, ...]
    readable: tuple[Path, ...]
    masked: tuple[Path, ...] = ()
    replaced: Mapping[Path, bytes] = field(default_factory=dict[Path, bytes])
    calls: tuple[str, ...] = ()
    setup: str = ""
    mutants: tuple[str, ...] = ()
    coverage: bool = False
    lines: tuple[int, int] | None = None
    limits: Limits = field(default_factory=lambda: STUDY_LIMITS)
    call_timeout_s: float = 0.5
    mutants_cpu_s: float = 20.0


STUDY_LIMITS = Limits(
    wall_s=30.0, cpu_s=30.0, memory_bytes=4096 * MIB, processes=64, disk_bytes=128 * MIB, output_bytes=4 * MIB
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What was found out.

    Attributes:
        observations: One for each call, in their order.
        branches: All branches of the function; none where they were not measured.
        killed: For each mutant the numbers of the calls that tell it from the original: by the value, the exception,
            changed arguments, or what is printed where the value is None. A call that hangs a mutant ends its trial.
        compared: For each mutant the calls that it was held against the original by; none where time was up before it.
            What is not among `killed` is alike only where it is here.
        first_line: Where the definition begins that the name leads to, decorators included, 1-based; None where that
            cannot be told. Another one than was asked for: the module defines the name more than once.
        defined_in: The other module that the name leads to; empty where that is not so, or cannot be told.
        error: Why nothing could be found out; empty where it was.
        unmeasured: Why branches are not measured though they were to be; empty where they are.
        wall_s: Seconds of the longer of the two sandboxes.
        cpu_s: Seconds of processor time of both, as far as they came to their end.
    """

    observations: tuple[Observation, ...] = ()
    branches: frozenset[Arc] = frozenset()
    killed: tuple[frozenset[int], ...] = ()
    compared: tuple[frozenset[int], ...] = ()
    first_line: int | None = None
    defined_in: str = ""
    error: str = ""
    unmeasured: str = ""
    wall_s: float = 0.0
    cpu_s: float = 0.0


def study_function(sandbox: Sandbox, request: StudyRequest) -> Study:
    """Study a function; blocks. Never raises for what its code does.

    Raises:
        SandboxUnavailable: The sandbox could not be made, or mutants are to be run without one; nothing was run.
        MissingExtra: Branches are to be measured, and coverage.py is not installed.
    """
    if request.mutants and not _confines(sandbox):
        raise SandboxUnavailable("mutants are not the person's own code; they are not run without a sandbox")
    branches = _branches(request) if request.coverage else frozenset[Arc]()
    jobs = (_job(request, again=False), _job(request, again=True))
    try:
        with ThreadPoolExecutor(2) as pool:
            running = [pool.submit(run, sandbox, job, report_channel=FIRST_FREE_CHANNEL) for job in jobs]
            ended = [each.result() for each in running]
    except ValueError as error:
        return Study(error=str(error))
    return _read(request, ended, branches)


def _confines(sandbox: Sandbox) -> bool:
    while isinstance(sandbox, CancellableSandbox):
        sandbox = sandbox.sandbox
    return not isinstance(sandbox, Unconfined)


def _read(request: StudyRequest, ended: list[Run], branches: frozenset[Arc]) -> Study:
    first, second = (lines_of(each.reports) for each in ended)
    wall_s = max(each.wall_s for each in ended)
    error = next((_error(lines, each) for lines, each in zip((first, second), ended, strict=True)), "")
    if error:
        return Study(error=error, wall_s=wall_s)
    unmeasured = next((str(line["unmeasured"]) for line in first if "unmeasured" in line), "")
    first_line, defined_in = definition_of(first)
    observations = agreed(len(request.calls), first, second, within=request.lines)
    return Study(
        observations=observations,
        branches=frozenset[Arc]() if unmeasured else branches,
        killed=killed_by(len(request.mutants), first, observations),
        compared=compared_with(len(request.mutants), first),
        first_line=first_line,
        defined_in=defined_in,
        unmeasured=unmeasured,
        wall_s=wall_s,
        cpu_s=seconds_of(first) + seconds_of(second),
    )


def _error(lines: list[dict[str, Any]], ended: Run) -> str:
    """Why a module was not imported; empty where it was."""
    told = next((_one_line(str(line["error"])) for line in lines if "error" in line), "")
    if told or any("imported" in line for line in lines):
        return told
    if ended.exit.failure:
        return ended.exit.failure
    if ended.exit.memory_exceeded:
        return "importing it takes more memory than it may"
    if ended.timed_out or ended.exit.signal in (signal.SIGALRM, signal.SIGPROF):
        return f"importing it takes more than {_IMPORT_S:g} s"
    said = ended.stderr.decode(errors="replace").strip().splitlines()
    return _one_line(said[-1]) if said else "importing it ends the process"


def _one_line(text: str) -> str:
    return " ".join(text[:_MOST_ERROR].split()) + ("…" if len(text) > _MOST_ERROR else "")


def _branches(request: StudyRequest) -> frozenset[Arc]:
    content = request.replaced.get(request.path)
    source = (request.path.read_bytes() if content is None else content).decode("utf-8-sig", "replace")
    first, last = request.lines or (1, len(source) + 1)
    # From the line of a function in one line, a way leads on to what the module has after it.
    return frozenset(arc for arc in branch_arcs(source) if all(first <= abs(line) <= last for line in arc))


def _job(request: StudyRequest, *, again: bool) -> Job:
    """The whole study, or the calls once more in other surroundings."""
    coverage = coverage_folder() if request.coverage and not again else None
    asked = {
        "module": request.module,
        "path": str(request.path),
        "qualname": request.qualname,
        "import_from": [str(folder) for folder in request.import_from],
        "calls": request.calls,
        "setup": request.setup,
        "mutants": () if again else request.mutants,
        "coverage_from": None if coverage is None else str(coverage.parent),
        "watch": again,
        "masked": [str(path) for path in request.masked],
        "call_timeout_s": request.call_timeout_s,
        "mutants_cpu_s": request.mutants_cpu_s,
        "import_timeout_s": _IMPORT_S,
        "skipped_pids": 3 if again else 0,
        "start_in": ".." if again else ".",
    }
    inside = resources(_ROOM)
    programs = [(f"{_ROOM}.{name}", inside.joinpath(f"{name}.py").read_text("utf-8")) for name in _PROGRAMS]
    return Job(
        command=(str(request.interpreter), "-s", "-c", _BOOT),
        limits=request.limits,
        files={f"{_FOLDER}/study.json": json.dumps({"programs": programs, "request": asked}).encode()},
        readable=request.readable if coverage is None else (*request.readable, coverage),
        masked=request.masked,
        replaced=request.replaced,
        environment={
            **python_environment(request.interpreter),
            **(_ELSEWHERE if again else {}),
            "PYTHONHASHSEED": "1" if again else "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
