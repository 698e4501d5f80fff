"""Whether a diagnostic is gone from a changed text, and no other has come: by our own check, or by the tool itself.

Python's own complaints are asked of its compiler; undefined names and unused imports of `name_check`; what else a tool
says, of that tool (`linters`), where it is here. Of other tools nothing is known, and nothing is offered for them.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from codex_lsp.assist.findings import Finding, one_line
from codex_lsp.assist.linters import findings, linter_of
from codex_lsp.assist.name_check import known_problem, name_problems
from codex_lsp.assist.project import Project
from codex_lsp.assist.repair import Repair
from codex_lsp.assist.request import AssistRequest, Problem
from codex_lsp.assist.syntax_repairs import syntax_error
from codex_lsp.assist.workbench import Workbench
from codex_lsp.context.document import PositionEncoding
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.cancellable import in_sandbox

IsGone = Callable[[str], Awaitable[bool]]
"""Takes the whole changed text."""
Ask = Callable[[str], Awaitable[list[Finding]]]
"""What a tool says of a whole text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disappearance:
    """How a problem is known to be gone.

    Attributes:
        is_gone: Tells it of a changed text.
        mends: What the tool that told of it would do itself, and calls safe.
    """

    is_gone: IsGone
    mends: tuple[Repair, ...] = ()


async def disappearance_of(
    problem: Problem, request: AssistRequest, bench: Workbench, project: Project | None
) -> Disappearance:
    """A check of a problem that the request's document has now.

    Args:
        problem: The one.
        request: Whose document has it.
        bench: As said.
        project: None for a document that was never saved.

    Raises:
        AssistRefused: Nothing here can tell whether it is gone.
        SandboxUnavailable: The tool could tell, and there is no sandbox to run it in.
    """
    text = request.document.text
    if await asyncio.to_thread(syntax_error, text) is not None:
        return Disappearance(is_gone=_compiles)
    # In a file of thousands of lines that takes a while.
    if (known := await asyncio.to_thread(known_problem, problem, text)) is not None:
        before = await asyncio.to_thread(name_problems, text) or frozenset()

        async def is_gone(changed: str) -> bool:
            after = await asyncio.to_thread(name_problems, changed)
            return after is not None and known not in after and after <= before

        return Disappearance(is_gone=is_gone)
    return await _told(problem, request, bench, project)


async def _compiles(changed: str) -> bool:
    return await asyncio.to_thread(syntax_error, changed) is None


async def _told(problem: Problem, request: AssistRequest, bench: Workbench, project: Project | None) -> Disappearance:
    """By the tool that said so."""
    if project is None:
        raise AssistRefused(f"{_unchecked(problem)}: the document was never saved; save it to a file first")
    if not request.trusted:
        raise AssistRefused(f"{_unchecked(problem)}: no tool is run in a workspace that is not trusted; trust it first")
    try:
        linter = await asyncio.to_thread(linter_of, problem.source, project)
    except AssistRefused as reason:
        raise AssistRefused(f"{_unchecked(problem)}: {reason}; nothing is offered for it") from None
    sandbox = await asyncio.to_thread(bench.find_sandbox)
    bench.tell(f"asking {linter.name}", None)

    async def ask(text: str) -> list[Finding]:
        return await in_sandbox(sandbox, lambda inside: findings(inside, linter, project, text))

    return await _asked(problem, request, ask)


async def _asked(problem: Problem, request: AssistRequest, ask: Ask) -> Disappearance:
    said = await ask(request.document.text)
    told = _meant(said, problem, request)
    if not told:
        raise AssistRefused(
            f"{problem.source} does not say `{in_one_line(problem.message)}` of the file by the project's settings; "
            "nothing is offered for it"
        )
    before = Counter(each.what for each in said)

    async def is_gone(changed: str) -> bool:
        if await asyncio.to_thread(syntax_error, changed) is not None:
            return False
        try:
            after = Counter(each.what for each in await ask(changed))
        except AssistRefused:
            return False
        return not after - before and any(after[each.what] < before[each.what] for each in told)

    return Disappearance(is_gone=is_gone, mends=tuple(each.mend for each in told if each.mend is not None))


def _meant(said: list[Finding], problem: Problem, request: AssistRequest) -> list[Finding]:
    """The findings that a diagnostic may be, the nearest first: by its words, else by its code on its lines."""
    places = (request.document.position_at(at, PositionEncoding.UTF32) for at in (problem.start, problem.end))
    first, last = (place.line + 1 for place in places)
    message, code = one_line(problem.message), problem.code.partition(":")[0]
    by_words = [each for each in said if each.message == message]
    by_code = [each for each in said if code and each.code == code and first <= each.line <= last]
    return sorted(by_words or by_code, key=lambda each: abs(each.line - first))


def _unchecked(problem: Problem) -> str:
    return f"whether `{in_one_line(problem.message)}` is gone cannot be checked"


def in_one_line(message: str) -> str:
    """A tool's message as part of one of ours, which is one line."""
    line = one_line(message).replace("`", "'")
    return line if len(line) <= 80 else f"{line[:79]}\u2026"  # noqa: PLR2004 - of one line
