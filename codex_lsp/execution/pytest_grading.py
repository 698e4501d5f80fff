"""Program grading of pytest files: which tests passed, told by pytest itself on a descriptor of its own.

What `program_grading` says of forging holds here above all: tests and what they test share one process. A run passes
only where pytest ends with exit code 0, has reported at least one passed test and no other outcome but skipped; a
program that means harm can arrange all three.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from codex_lsp.execution.interpreter import interpreter_paths, python_environment
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.program_grading import judged
from codex_lsp.execution.running import Run, run
from codex_lsp.execution.sandbox import FIRST_FREE_CHANNEL, WORK_FOLDER, Job, Sandbox
from codex_lsp.execution.verdict import Outcome, Verdict

_PLUGIN = "codex_lsp_pytest_reports"
_PLUGIN_FOLDER = ".codex-lsp"
# A project that makes errors of warnings would not start for want of a plugin that its settings speak of.
_OPTIONS = ("-p", "no:cacheprovider", "-p", _PLUGIN, "-W", "ignore::pytest.PytestConfigWarning")
_TESTS_FAILED = 1
_OUTCOMES = frozenset({"passed", "failed", "error", "skipped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestCheck:
    """Tests to be run.

    Attributes:
        files: Relative posix path to content, written into the work folder, where pytest starts.
        arguments: Of pytest: files, names of tests, options; all tests of the work folder where empty.
        plugins: Load the plugins that are installed, which a project's own tests may need and which cost each run a
            second; else `-p NAME` loads one. What a project's settings say to plugins that are not there counts not.
        readable: Places mounted read-only at their own paths, beside the interpreter's.
        masked: Files and folders below them that must not be seen.
        replaced: Files below them that are run with other content than they have.
        interpreter: Whose pytest runs them; what it needs to be readable is named by the caller. None for ours.
        import_from: Folders put before `sys.path`; each lies in the work folder or is readable.
        limits: As said.
    """

    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    arguments: tuple[str, ...] = ()
    plugins: bool = False
    readable: tuple[Path, ...] = ()
    masked: tuple[Path, ...] = ()
    replaced: Mapping[Path, bytes] = field(default_factory=dict[Path, bytes])
    interpreter: Path | None = None
    import_from: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=lambda: Limits(wall_s=30.0, cpu_s=30.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestOutcome:
    """What one test came to.

    Attributes:
        name: Pytest's name of it, for example `test_a.py::test_one[3]`; of the file where that cannot be collected.
        outcome: `passed`, `failed`, `error` or `skipped`.
        detail: What was raised, with the values of an assertion; empty where nothing was.
    """

    name: str
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestResult:
    """What a run of pytest came to.

    Attributes:
        verdict: Of all together.
        tests: In the order they ran; those that were reached.
    """

    verdict: Verdict
    tests: tuple[PytestOutcome, ...]


def grade_pytest(sandbox: Sandbox, check: PytestCheck) -> PytestResult:
    """Run the tests once; never raises for what they do.

    Raises:
        SandboxUnavailable: The sandbox could not be made; nothing was run.
    """
    plugin = resources("codex_lsp.execution.inside").joinpath("pytest_reports.py").read_bytes()
    path = [f"{WORK_FOLDER}/{_PLUGIN_FOLDER}", *(str(folder) for folder in check.import_from)]
    job = Job(
        command=(str(check.interpreter or sys.executable), "-m", "pytest", "-q", *_OPTIONS, *check.arguments),
        limits=check.limits,
        files={**check.files, f"{_PLUGIN_FOLDER}/{_PLUGIN}.py": plugin},
        readable=check.readable if check.interpreter else (*check.readable, *interpreter_paths()),
        masked=check.masked,
        replaced=check.replaced,
        environment={
            **python_environment(check.interpreter),
            "PYTHONPATH": ":".join(path),
            "PYTHONDONTWRITEBYTECODE": "1",
            **({} if check.plugins else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
        },
    )
    try:
        ended = run(sandbox, job, report_channel=FIRST_FREE_CHANNEL)
    except ValueError as error:
        return PytestResult(verdict=Verdict(outcome=Outcome.REFUSED, detail=str(error)), tests=())
    tests = reported(ended.reports)
    outcome, detail = _judged(ended, tests, check.limits)
    return PytestResult(verdict=Verdict(outcome=outcome, detail=detail, wall_s=ended.wall_s), tests=tests)


def reported(lines: bytes) -> tuple[PytestOutcome, ...]:
    """Outcomes from the channel; lines that are not of our form, or were cut, are left out."""
    outcomes = (_outcome(line) for line in lines.split(b"\n"))
    return tuple(outcome for outcome in outcomes if outcome is not None)


def _outcome(line: bytes) -> PytestOutcome | None:
    try:
        said: Any = json.loads(line)
        name, outcome, detail = said["name"], said["outcome"], said["detail"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if outcome not in _OUTCOMES or not isinstance(name, str) or not isinstance(detail, str):
        return None
    return PytestOutcome(name=name, outcome=outcome, detail=detail)


def _judged(ended: Run, tests: tuple[PytestOutcome, ...], limits: Limits) -> tuple[Outcome, str]:
    wrong = next((test for test in tests if test.outcome in {"failed", "error"}), None)
    if ended.exit.code == _TESTS_FAILED and wrong is not None:
        return (Outcome.FAILED if wrong.outcome == "failed" else Outcome.ERROR), f"{wrong.name}: {wrong.detail}"
    outcome, detail = judged(ended, limits, None)
    if outcome is not Outcome.PASSED:
        return outcome, wrong.detail if wrong is not None and outcome is Outcome.ERROR else detail
    if wrong is not None or not any(test.outcome == "passed" for test in tests):
        return Outcome.ERROR, "pytest ended well and reported no passed test" if wrong is None else wrong.detail
    return Outcome.PASSED, ""
