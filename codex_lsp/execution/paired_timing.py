"""How much faster one version of a function is than another: measured in pairs, in one sandboxed process.

What counts is processor time, of threads and child processes too, and never the clock: a machine that others use ends
no contest. A version is as fast as it is in the worse of two ways: called again and again, and called once for each new
copy of its module, so that none wins by remembering what it was asked before.

Both versions and the clock share that process, so one that means harm can say what it likes of its speed, and nothing
else. What is held from outside is that it ended in time.
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path

from codex_lsp.execution.interpreter import python_environment
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.running import run
from codex_lsp.execution.sandbox import FIRST_FREE_CHANNEL, Job, Sandbox

_LIMITS = Limits(wall_s=30.0, cpu_s=30.0, memory_bytes=2048 * MIB)
_BOOT = """
import json
with open("given.json", encoding="utf-8") as file:
    given = json.load(file)
program = {"__name__": "paired_timing"}
exec(compile(given["program"], "paired_timing", "exec"), program)
program["main"](given["request"])
"""
_LEAST_PAIRS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingRequest:
    """Two versions of a module, and the calls that are timed.

    Attributes:
        interpreter: The project's.
        path: The module's file.
        module: Its dotted name.
        name: Of the function, one of the module's own.
        sources: The module as it is, and as it would be.
        inputs: Positional arguments of plain values; none may make the function raise.
        import_from: Folders put before `sys.path`.
        readable: Places mounted read-only.
        masked: Files and folders below them that must not be seen.
    """

    interpreter: Path
    path: Path
    module: str
    name: str
    sources: tuple[str, str]
    inputs: Sequence[tuple[object, ...]]
    import_from: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    masked: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Speedup:
    """What the pairs say, in the way of calling in which they say less.

    Attributes:
        median: Of the ratios of old to new: 2.0 is twice as fast.
        low: The second smallest of them: all pairs but one say at least so much.
    """

    median: float
    low: float


def time_pairs(sandbox: Sandbox, request: TimingRequest) -> Speedup | None:
    """Measure; None where too little was measured, as a version raised or took too long. Blocks.

    Raises:
        SandboxUnavailable: The sandbox could not be made; nothing was run.
    """
    program = resources("codex_lsp.execution.inside").joinpath("paired_timing.py").read_text("utf-8")
    given = {
        "path": str(request.path),
        "module": request.module,
        "name": request.name,
        "sources": request.sources,
        "inputs": [repr(arguments) for arguments in request.inputs],
        "import_from": [str(folder) for folder in request.import_from],
    }
    job = Job(
        command=(str(request.interpreter), "-s", "-c", _BOOT),
        limits=_LIMITS,
        files={"given.json": json.dumps({"program": program, "request": given}).encode()},
        readable=request.readable,
        masked=request.masked,
        environment={**python_environment(request.interpreter), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return _speedup(run(sandbox, job, report_channel=FIRST_FREE_CHANNEL).reports)


def _speedup(reports: bytes) -> Speedup | None:
    pairs: list[list[float]] = []
    for line in reports.split(b"\n"):
        try:
            pairs.append([float(old) / float(new) for old, new in json.loads(line)])
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            continue  # cut, or not of our form
    ways = [sorted(ratios) for ratios in zip(*pairs, strict=True)] if len({len(each) for each in pairs}) == 1 else []
    if not ways or len(pairs) < _LEAST_PAIRS:
        return None
    return Speedup(median=min(map(statistics.median, ways)), low=min(ratios[1] for ratios in ways))
