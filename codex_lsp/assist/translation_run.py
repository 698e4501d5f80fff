"""Runs a translation: its checks, and then the file of tests that it is offered with, as a person would."""

import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path

from codex_lsp.assist.script_checks import ScriptCheck, checking_program, failures_in, titles
from codex_lsp.assist.script_outcomes import first_line, outcomes_in
from codex_lsp.assist.script_runner import NODE_TEST, REPORT, REPORTER, Node, Runner
from codex_lsp.assist.translation import texts_of
from codex_lsp.execution.cancellable import in_sandbox
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.program_paths import find_program
from codex_lsp.execution.running import Run, run
from codex_lsp.execution.sandbox import FIRST_FREE_CHANNEL, WORK_FOLDER, Job, Sandbox
from codex_lsp.execution.toolchains import Toolchain

_LIMITS = Limits(wall_s=60.0, cpu_s=20.0, memory_bytes=4096 * MIB, processes=64, output_bytes=4 * MIB)
"""A compiler of TypeScript takes seconds, or many; node reserves much more address space than it uses."""
_COMPILED = "compiled"
_COMPILE = "--target es2022 --module esnext --moduleResolution bundler --rewriteRelativeImportExtensions"


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationRunner:
    """Where translations of a function run.

    Attributes:
        sandbox: Where.
        toolchain: Of the language.
        node: What runs tests.
        name: Of the translated function.
        checks: What it must do.
    """

    sandbox: Sandbox
    toolchain: Toolchain
    node: Node
    name: str
    checks: Sequence[ScriptCheck]

    async def run(self, code: str) -> tuple[dict[int, str], Run]:
        """What of the checks does not hold, and the run.

        Raises:
            SandboxUnavailable: It could not be started.
        """
        mark = secrets.token_hex(16)
        program = checking_program(code, self.checks, mark, typed=self._typed)
        job = Job(
            command=self.toolchain.command,
            files={self.toolchain.file: program.encode(errors="replace")},
            readable=self.toolchain.readable,
            limits=_LIMITS,
        )
        ended = await in_sandbox(self.sandbox, lambda held: run(held, job))
        return failures_in(ended.stdout.decode(errors="replace"), self.checks, mark), ended

    async def complaint_of_tests(self, code: str) -> str:
        """Why the file of tests that would be offered does not pass; empty where all of its tests do.

        Raises:
            SandboxUnavailable: It could not be started.
        """
        job = self._testing(code)
        ended = await in_sandbox(self.sandbox, lambda held: run(held, job, report_channel=FIRST_FREE_CHANNEL))
        report = outcomes_in(ended.reports)
        if report is None:
            return first_line(ended.stderr.decode(errors="replace")) or "it does not end in time"
        wrong = {title: report.tests.get(title, report.message or "was not run") for title in titles(self.checks)}
        return next((f"{title}: {said}" for title, said in wrong.items() if said), "")

    @property
    def _typed(self) -> bool:
        return self.toolchain.language == "typescript"

    def _testing(self, code: str) -> Job:
        """`node --test`; where node runs no TypeScript, of what its compiler makes of both files."""
        texts = texts_of(self.name, code, self.checks, typed=self._typed)
        node, tests, compiling = str(self.node.path), list(texts)[-1], ""
        if self._typed and not self.node.strips_types:
            compiler = str(Path(find_program("tsc") or "tsc").resolve())
            compiling = f"{shlex.join((node, compiler, *texts))} {_COMPILE} --outDir {_COMPILED}; cd {_COMPILED}; "
            tests = f"{tests.removesuffix('ts')}js"
        runner = Runner(name=NODE_TEST, folder=Path(WORK_FOLDER))
        testing = f"{shlex.join(runner.command(self.node, tests))} 3>&-; cat {REPORT} >&3"
        reporter = resources("codex_lsp.assist").joinpath("script_reporter.mjs").read_bytes()
        files = {place: text.encode(errors="replace") for place, text in texts.items()}
        return Job(
            command=("/bin/sh", "-c", f"{compiling}{testing}"),
            files={**files, REPORTER: reporter, f"{_COMPILED}/package.json": b'{"type": "module"}'},
            readable=(*self.toolchain.readable, *self.node.readable),
            limits=_LIMITS,
        )
