"""What tells a right body of a function from a wrong one: the examples of its docstring, and the project's tests of it.

What a determined candidate can forge. Where all examples are calls with literals and the module needs the standard
library alone, they are first held by call grading: the check runs in a sandbox of its own, and nothing but right values
passes it. Whatever else there is (other examples, the project's tests) runs under pytest in one process with the
candidate, which could end that process well, patch the tests, or write their reports. A candidate that passes the first
and forges the second would have to know which tests there are; still, what passed pytest alone was proven against
mistakes, not against malice, and is shown to a person before it is taken.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from codex_lsp.assist.calling_tests import CallingTests, find_calling_tests, find_importing_tests
from codex_lsp.assist.docstring_test import DOCSTRING_TEST, docstring_test, without_name
from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.literal_examples import literal_examples_test, stands_alone
from codex_lsp.assist.project import Project
from codex_lsp.assist.pytest_plugins import plugin_options
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.workbench import Workbench
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.cancellable import CancellableSandbox, in_sandbox
from codex_lsp.execution.checks import CallCheck
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.pytest_grading import PytestCheck, PytestResult, grade_pytest
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Outcome, Verdict

_CALL_LIMITS = Limits(wall_s=3.0)
_TEST_LIMITS = Limits(wall_s=20.0, cpu_s=20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What there is to hold a function against, before anything is run.

    Attributes:
        function: The one; None where the whole module is meant.
        project: Its project.
        literal_test: `check(candidate)` for call grading; empty where that cannot be.
        calling: Tests of the project that call it.
        plugins: Options of pytest that load what those need.
    """

    function: PythonFunction | None
    project: Project
    literal_test: str
    calling: tuple[CallingTests, ...]
    plugins: tuple[str, ...]

    @property
    def needs_pytest(self) -> bool:
        """Something of it cannot be held by call grading."""
        return bool(self.calling) or not self.literal_test

    @property
    def what(self) -> str:
        """In words: `3 examples and 2 files of tests`."""
        if self.function is None:
            return _counted(len(self.calling), "file of tests that imports it", "files of tests that import it")
        parts = [
            _counted(len(self.function.doctests), "example of its docstring", "examples of its docstring"),
            _counted(sum(len(each.names) or 1 for each in self.calling), "test that calls it", "tests that call it"),
        ]
        return " and ".join(part for part in parts if part)


async def evidence_of(
    function: PythonFunction | None, project: Project, bench: Workbench, text: str
) -> Evidence | None:
    """What there is; None where there is nothing.

    Raises:
        AssistRefused: There are tests, and no pytest to run them with.
    """
    if function is None:
        calling = await asyncio.to_thread(find_importing_tests, project, bench.read)
    else:
        calling = await asyncio.to_thread(find_calling_tests, function, project, bench.read)
    examples = () if function is None else function.doctests
    if not examples and not calling:
        return None
    is_literal = function is not None and examples and stands_alone(text, function)
    literal = literal_examples_test(function) if function is not None and is_literal else ""
    plugins = await asyncio.to_thread(_plugins, calling, project, bench) if calling else ()
    evidence = Evidence(function=function, project=project, literal_test=literal, calling=calling, plugins=plugins)
    if evidence.needs_pytest and not project.has_pytest:
        raise AssistRefused(
            f"pytest is not installed for {project.interpreter}, so that nothing can be held against "
            f"{evidence.what}; run: {project.interpreter} -m pip install pytest"
        )
    return evidence


class Oracle:
    """Judges texts of a module by a function's examples and tests; made by `oracle_of`."""

    def __init__(self, evidence: Evidence, sandbox: Sandbox, grader: SandboxedGrader | None) -> None:
        """Hold `evidence`; `grader` is there where some of it is held by call grading."""
        self.evidence = evidence
        self._sandbox = sandbox
        self._grader = grader

    @property
    def what(self) -> str:
        """What it holds candidates against, in words."""
        return self.evidence.what

    async def judge(self, source: str) -> Verdict:
        """The verdict on the module with that text; cancelling the task ends what runs for it.

        Raises:
            SandboxUnavailable: A sandbox could not be started.
        """
        try:
            compile(source.removeprefix("\ufeff"), "<candidate>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return Verdict(outcome=Outcome.ERROR, detail=f"{type(error).__name__}: {error}")
        if self._grader is not None:
            verdict = await asyncio.to_thread(self._grader.grade, self._call_check(source))
            if not verdict.passed or not self.evidence.project.has_pytest:
                return verdict
        verdict = (await self.run_tests(source)).verdict
        return replace(verdict, detail=without_name(verdict.detail))

    async def run_tests(self, source: str, *, first_failure: bool = True) -> PytestResult:
        """What pytest says of the module with that text: the docstring's examples, as one test, and all that call it.

        Raises:
            SandboxUnavailable: A sandbox could not be started.
        """
        if not self.evidence.project.has_pytest:
            return PytestResult(verdict=await self.judge(source), tests=())
        check = self._pytest_check(source, ("-x",) if first_failure else ())
        return await in_sandbox(self._sandbox, lambda sandbox: grade_pytest(sandbox, check))

    def _call_check(self, source: str) -> CallCheck:
        function = self.evidence.function
        name = "" if function is None else function.name  # there is no test of literals then
        return CallCheck(program=source, entry_point=name, test=self.evidence.literal_test, limits=_CALL_LIMITS)

    def _pytest_check(self, source: str, options: tuple[str, ...]) -> PytestCheck:
        project, function = self.evidence.project, self.evidence.function
        named = [argument for each in self.evidence.calling for argument in each.arguments]
        files: dict[str, bytes] = {}
        if function is not None and function.doctests:
            files[DOCSTRING_TEST] = docstring_test(project.module, function).encode()
            named.insert(0, DOCSTRING_TEST)
        return PytestCheck(
            interpreter=project.interpreter,
            files=files,
            # A project's own options may ask for plugins, coverage and the like.
            arguments=(f"--rootdir={project.root}", "-o", "addopts=", *self.evidence.plugins, *options, *named),
            readable=project.readable,
            masked=project.masked,
            replaced={**self._open_tests(), project.path: source.encode("utf-8", "surrogatepass")},
            import_from=project.import_from,
            limits=_TEST_LIMITS,
        )

    def _open_tests(self) -> Mapping[Path, bytes]:
        """Tests as the person sees them, which may not be saved yet."""
        return {each.path: each.text.encode("utf-8", "surrogatepass") for each in self.evidence.calling}


@asynccontextmanager
async def oracle_of(
    request: AssistRequest, bench: Workbench, function: PythonFunction | None, project: Project
) -> AsyncGenerator[Oracle | None]:
    """An oracle for a function, None where nothing tells right from wrong; what it starts ends with it.

    Without a function it holds the whole module, by the tests that import it.

    Raises:
        AssistRefused: The workspace is not trusted, so that nothing may run; or there are tests and no pytest.
        SandboxUnavailable: There is no sandbox here that holds.
    """
    if not request.trusted:
        raise AssistRefused("nothing is run in a workspace that is not trusted; trust it first")
    evidence = await evidence_of(function, project, bench, request.document.text)
    if evidence is None:
        yield None
        return
    sandbox = CancellableSandbox(await asyncio.to_thread(bench.find_sandbox))
    grader = SandboxedGrader(2, sandbox=sandbox) if evidence.literal_test else None
    try:
        yield Oracle(evidence, sandbox, grader)
    finally:
        sandbox.end()
        if grader is not None:
            await asyncio.to_thread(grader.close)


def _plugins(calling: tuple[CallingTests, ...], project: Project, bench: Workbench) -> tuple[str, ...]:
    """What the tests need, by their text and by that of the settings and fixtures around them."""
    folders = dict.fromkeys(folder for each in calling for folder in each.path.parents)
    around = [folder / "conftest.py" for folder in folders if folder.is_relative_to(project.root)]
    around += [project.root / name for name in ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg")]
    documents = (bench.read(path) for path in around)
    return plugin_options((*(each.text for each in calling), *(each.text for each in documents if each)), project)


def _counted(count: int, one: str, many: str) -> str:
    return "" if not count else f"{count} {one if count == 1 else many}"
