"""Runs an assist by its kind."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module

from codex_lsp.assist.kind import PYTHON, SCRIPTS, AssistKind
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult
from codex_lsp.assist.workbench import Workbench
from codex_lsp.errors import AssistRefused

Assist = Callable[[AssistRequest, Workbench], Awaitable[AssistResult]]

_HOMES: Mapping[AssistKind, tuple[str, str]] = {
    AssistKind.TESTS: ("generate_tests", "generate_tests"),
    AssistKind.DOCSTRING: ("docstring", "write_docstring"),
    AssistKind.EXPLAIN: ("explain", "explain"),
    AssistKind.TRANSLATE: ("translate", "translate"),
    AssistKind.OPTIMISE: ("optimise", "optimise"),
    AssistKind.FIX: ("fix", "fix"),
    AssistKind.SOLVE: ("solve", "solve"),
}


async def run_assist(kind: AssistKind, request: AssistRequest, bench: Workbench) -> AssistResult:
    """Do it; cancelling the task ends it, with whatever it runs.

    Raises:
        AssistRefused: It cannot be done here; one line says why and what to do. Nothing is to be edited.
        ModelError: The model failed.
        SandboxUnavailable: A sandbox that was there could not be started.
    """
    _check_language(kind, request)
    module, name = _HOMES[kind]
    # Each brings its own libraries: a server that is never asked needs none of them, and one that is goes on answering.
    assist: Assist = getattr(await asyncio.to_thread(import_module, f"codex_lsp.assist.{module}"), name)
    try:
        result = await assist(request, bench)
    except RecursionError as error:
        # A sum of a thousand terms parses, and is too deep for all that walks through its tree.
        raise AssistRefused("an expression in the file is nested too deeply to be read; split it") from error
    if not result.edits:
        return result
    return await asyncio.to_thread(_marked, result, request)


def _check_language(kind: AssistKind, request: AssistRequest) -> None:
    language = request.document.language
    if language != PYTHON and not (kind is AssistKind.TESTS and language in SCRIPTS):
        also = ", and tests are made of JavaScript and TypeScript too" if language in SCRIPTS else ""
        raise AssistRefused(f"the file is {language}; `{kind}` works in Python{also}")


def _marked(result: AssistResult, request: AssistRequest) -> AssistResult:
    from codex_lsp.assist.marked import with_marks  # noqa: PLC0415 - as above, where there is an edit

    return with_marks(result, request)
