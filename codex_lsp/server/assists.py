"""Assists that are asked for by a command: run with progress and cancel, then shown and offered as an edit."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types

from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.request import AssistRequest, Problem
from codex_lsp.assist.result import AssistResult
from codex_lsp.assist.run import run_assist
from codex_lsp.context.document import Document, PositionEncoding
from codex_lsp.errors import AssistRefused, CodexLspError
from codex_lsp.server.assist_call import AssistCall, ProblemCall
from codex_lsp.server.assist_progress import shown_progress
from codex_lsp.server.proposals import Proposals
from codex_lsp.server.reports import Reports
from codex_lsp.server.workbenches import Workbenches

if TYPE_CHECKING:
    from codex_lsp.server.language_server import CodexLanguageServer

logger = logging.getLogger(__name__)

T = TypeVar("T")

ASSIST = "codex-lsp.assist"
"""The command that does one; its argument is an `AssistCall`."""
TITLES: Mapping[AssistKind, str] = {
    AssistKind.TESTS: "Generating tests",
    AssistKind.SOLVE: "Solving with tests",
    AssistKind.DOCSTRING: "Writing a docstring",
    AssistKind.EXPLAIN: "Explaining",
    AssistKind.TRANSLATE: "Translating",
    AssistKind.OPTIMISE: "Making it faster",
    AssistKind.FIX: "Fixing",
}


class Assists:
    """The assists of one session: one of a kind at a time in each document; a newer one takes its place."""

    def __init__(self, ls: "CodexLanguageServer") -> None:
        """Serve the client of `ls`."""
        self._ls = ls
        self._benches = Workbenches(ls)
        self._proposals = Proposals(ls)
        self._reports = Reports(ls)
        self._tasks: dict[tuple[str, AssistKind], asyncio.Task[Any]] = {}

    async def perform(self, call: AssistCall, *, token: int | str | None) -> dict[str, Any] | None:
        """Do one, show what it came to, and have its edit applied where the person confirms it.

        Args:
            call: Which, and where.
            token: The client's own for its progress.

        Returns:
            `message`, and `applied`: whether the edit was; None where it was cancelled or could not be done, of which
            the person has been told.
        """
        request = self._asked(call)
        return None if request is None else await self._alone(call, self._performed(call.kind, request, token))

    async def resolved(self, call: AssistCall) -> types.WorkspaceEdit | None:
        """The edit of one, for a client that takes edits as answers alone; None as in `perform`, or for no edit."""
        request = self._asked(call)
        return None if request is None else await self._alone(call, self._resolved(call.kind, request))

    async def close(self) -> None:
        """End all that run, and remove what was written for them."""
        self.cancel()
        self._benches.consent.close()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await asyncio.to_thread(self._reports.close)

    def cancel(self) -> None:
        """Let all that run end."""
        for task in self._tasks.values():
            task.cancel()

    async def _alone(self, call: AssistCall, work: Coroutine[Any, Any, T]) -> T | None:
        """Await `work` as the only one of its kind in its document; None where another than the client ends it."""
        key = (call.uri, call.kind)
        older = self._tasks.get(key)
        if older is not None:
            older.cancel()
        task = self._tasks[key] = asyncio.create_task(work)
        try:
            return await task
        except asyncio.CancelledError:
            # A request that the client cancels is answered as that; one that made way is answered with nothing.
            if (current := asyncio.current_task()) is not None and current.cancelling():
                raise
            return None
        finally:
            if self._tasks.get(key) is task:
                del self._tasks[key]

    async def _performed(
        self, kind: AssistKind, request: AssistRequest, token: int | str | None
    ) -> dict[str, Any] | None:
        result = await self._result(kind, request, token)
        if result is None:
            return None
        applied, is_told = False, False
        try:
            if result.edits:
                await self._proposals.check(request, result)
            await self._tell(request, result, take_focus=not result.edits)
            is_told = True
            applied = bool(result.edits) and await self._proposals.applied(request, result)
        except AssistRefused as error:
            if not is_told:
                # What was found is worth reading without its edit.
                await self._tell(request, result, take_focus=True)
            self._ls.notices.assist_refused(str(error))
        return {"message": result.message, "applied": applied}

    async def _resolved(self, kind: AssistKind, request: AssistRequest) -> types.WorkspaceEdit | None:
        result = await self._result(kind, request, None)
        if result is None:
            return None
        await self._tell(request, result, take_focus=True)
        try:
            return await self._proposals.edit(request, result.edits) if result.edits else None
        except AssistRefused as error:
            self._ls.notices.assist_refused(str(error))
            return None

    def _asked(self, call: AssistCall) -> AssistRequest | None:
        # In one step, before another message can change the document.
        try:
            return self._request(call)
        except AssistRefused as error:
            self._ls.notices.assist_refused(str(error))
            return None

    def _request(self, call: AssistCall) -> AssistRequest:
        ls = self._ls
        document = ls.assisted_document(call.uri)
        if call.version is not None and call.version != document.version:
            raise AssistRefused("the document has changed since this was offered; ask again")
        path = ls.open_folders.file_of(call.uri)
        problem = call.problem
        return AssistRequest(
            document=document,
            offset=document.offset_at(call.position, ls.encoding),
            path=path,
            root=None if path is None else ls.open_folders.root_of(path),
            trusted=ls.is_trusted,
            target_language=call.target_language,
            problem=None if problem is None else problem_in(document, problem, ls.encoding),
        )

    async def _result(self, kind: AssistKind, request: AssistRequest, token: int | str | None) -> AssistResult | None:
        """What it came to; None where it failed, of which the person is told."""
        task = asyncio.current_task()
        title, on_cancel = TITLES[kind], (lambda: None) if task is None else task.cancel
        try:
            async with shown_progress(self._ls, title, token=token, on_cancel=on_cancel) as tell:
                return await run_assist(kind, request, self._benches.workbench(request.root, tell))
        except CodexLspError as error:
            self._ls.notices.assist_refused(str(error))
        except Exception as error:
            # A defect in one assist must not be an error box of the editor's; the log has it whole.
            logger.exception("%s failed", kind)
            self._ls.notices.assist_refused(f"{title} failed ({type(error).__name__}); the log says more")
        return None

    async def _tell(self, request: AssistRequest, result: AssistResult, *, take_focus: bool) -> None:
        """Show the report, and the one line; with an edit to be looked at, the report is beside that."""
        unseen, more = None, ""
        if result.report:
            stem = "untitled" if request.path is None else request.path.stem
            try:
                unseen = await self._reports.show(f"{result.kind} {stem}", result.report, take_focus=take_focus)
            except OSError as error:
                logger.warning("a report cannot be written: %s", error)
                more = f" (its report cannot be written: {error.strerror}; make room in the folder of temporary files)"
        self._ls.notices.assist_done(result.message + (more if unseen is None else f" (more in {unseen})"))


def problem_in(document: Document, problem: ProblemCall, encoding: PositionEncoding) -> Problem:
    """A problem at its place in a document."""
    start = document.offset_at(problem.range.start, encoding)
    end = max(start, document.offset_at(problem.range.end, encoding))
    return Problem(message=problem.message, start=start, end=end, source=problem.source, code=problem.code)
