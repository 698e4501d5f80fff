"""Whether a diagnostic is gone from a changed text, and no other has come: by our own check, or by the tool itself.

Python's own complaints are asked of its compiler; undefined names and unused imports of `name_check`; what else `ruff`
or `pyflakes` says, of the tool, where the project's environment has it. Of other tools nothing is known, and nothing is
offered for what they say.
"""

import asyncio
from collections.abc import Awaitable, Callable

from codex_lsp.assist.known_problem import known_problem
from codex_lsp.assist.linters import Findings, Linter, findings, linter_of
from codex_lsp.assist.name_check import name_problems
from codex_lsp.assist.project import Project
from codex_lsp.assist.request import AssistRequest, Problem
from codex_lsp.assist.syntax_repairs import syntax_error
from codex_lsp.assist.workbench import Workbench
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.cancellable import in_sandbox
from codex_lsp.execution.sandbox import Sandbox

IsGone = Callable[[str], Awaitable[bool]]
"""Takes the whole changed text."""


async def disappearance_of(problem: Problem, request: AssistRequest, bench: Workbench, project: Project) -> IsGone:
    """A check of a problem that the request's document has now.

    Raises:
        AssistRefused: Nothing here can tell whether it is gone.
        SandboxUnavailable: The tool could tell, and there is no sandbox to run it in.
    """
    text = request.document.text
    if syntax_error(text) is not None:
        return _compiles
    if (known := known_problem(problem, text)) is not None:
        before = name_problems(text) or frozenset()

        async def is_gone(changed: str) -> bool:
            after = name_problems(changed)
            return after is not None and known not in after and after <= before

        return is_gone
    linter = linter_of(problem.source, project) if request.trusted else None
    if linter is None:
        tool = problem.source or "the tool that said so"
        raise AssistRefused(
            f"whether `{_short(problem.message)}` is gone cannot be checked: {tool} is not one of those that are run "
            "(ruff and pyflakes, from the project's virtual environment); nothing is offered for it"
        )
    sandbox = await asyncio.to_thread(bench.find_sandbox)
    return await _told_by(linter, problem, project, sandbox, text)


async def _compiles(changed: str) -> bool:
    return syntax_error(changed) is None


async def _told_by(linter: Linter, problem: Problem, project: Project, sandbox: Sandbox, text: str) -> IsGone:
    before = await _said(linter, project, sandbox, text)
    told = [key for key in before or () if key[1] == problem.message or (problem.code and key[0] == problem.code)]
    if before is None or not told:
        raise AssistRefused(
            f"{problem.source} does not say `{_short(problem.message)}` of the file as it is; nothing is offered for it"
        )

    async def is_gone(changed: str) -> bool:
        after = await _said(linter, project, sandbox, changed)
        if after is None or after - before:
            return False
        return any(after[key] < before[key] for key in told)

    return is_gone


async def _said(linter: Linter, project: Project, sandbox: Sandbox, text: str) -> Findings | None:
    return await in_sandbox(sandbox, lambda inside: findings(inside, linter, project, text))


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= 80 else f"{line[:79]}\u2026"  # noqa: PLR2004 - of one line
