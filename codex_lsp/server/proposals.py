"""What an assist would change, put before the person and applied once they agree, in the way that their client can."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult, FileEdit
from codex_lsp.context.document import Document
from codex_lsp.context.regular_file import exists
from codex_lsp.errors import AssistRefused
from codex_lsp.server.assist_edits import Current, workspace_edit
from codex_lsp.server.new_files import write_new
from codex_lsp.server.reports import shown_document
from codex_lsp.server.workbenches import opened, stored

if TYPE_CHECKING:
    from codex_lsp.server.language_server import CodexLanguageServer

APPLY, DISCARD = "Apply", "Discard"


class Proposals:
    """Has edits applied by the client of one server; files that it cannot create are written here."""

    def __init__(self, ls: "CodexLanguageServer") -> None:
        """Propose through `ls`."""
        self._ls = ls

    async def edit(self, request: AssistRequest, edits: Sequence[FileEdit]) -> types.WorkspaceEdit:
        """The edits as one of the client's, for the documents as they are when this returns.

        Raises:
            AssistRefused: A document has moved on, or the client cannot create a file.
        """
        on_disk = await asyncio.to_thread(self._on_disk, edits)
        # From here on in one step, so that no message can change a document before the edit is on its way.
        self._check_version(request)
        now = [
            found if (found := self._opened(edit)) is not None else kept
            for edit, kept in zip(edits, on_disk, strict=True)
        ]
        return workspace_edit(edits, now, encoding=self._ls.encoding, abilities=self._ls.abilities)

    async def check(self, request: AssistRequest, result: AssistResult) -> None:
        """See whether the edits of a result can be applied as things stand.

        Raises:
            AssistRefused: They cannot.
        """
        await self.edit(request, self._of_client(result))

    async def applied(self, request: AssistRequest, result: AssistResult) -> bool:
        """Have the edits of a result applied; False where the person does not want them.

        Raises:
            AssistRefused: The client cannot, or a document has moved on.
        """
        theirs = self._of_client(result)
        own = [edit for edit in result.edits if edit not in theirs]
        # First, so that nobody is asked about what cannot be done.
        proposed = await self.edit(request, theirs)
        if own or not self._ls.abilities.annotates:
            if not await self._confirmed(result, own):
                return False
            proposed = await self.edit(request, theirs)
        if theirs and not await self._applied_by_client(proposed, result.edits[0].label):
            return False
        if own:
            self._check_version(request)
            if any(self._opened(edit) is not None for edit in own):
                raise AssistRefused("a file of that name was opened meanwhile, so that nothing was changed; ask again")
            for path in await asyncio.to_thread(write_new, own):
                await shown_document(self._ls, path, take_focus=True)
        return True

    def _of_client(self, result: AssistResult) -> list[FileEdit]:
        creates = self._ls.abilities.creates_files
        return [edit for edit in result.edits if creates or edit.before is not None]

    async def _applied_by_client(self, edit: types.WorkspaceEdit, label: str) -> bool:
        params = types.ApplyWorkspaceEditParams(edit=edit, label=label)
        try:
            answer = await self._ls.workspace_apply_edit_async(params)
        except JsonRpcException as error:
            raise AssistRefused(f"the editor does not apply edits ({error})") from error
        if not answer.applied and answer.failure_reason:
            raise AssistRefused(f"the editor did not apply it: {answer.failure_reason}")
        return answer.applied

    async def _confirmed(self, result: AssistResult, own: Sequence[FileEdit]) -> bool:
        """Ask the person, where the client does not ask by itself."""
        question = "; ".join(f"{edit.label}: {edit.description}".removesuffix(": ") for edit in result.edits)
        if own:
            question += f" (new: {', '.join(str(edit.path) for edit in own)})"
        actions = [types.MessageActionItem(title=APPLY), types.MessageActionItem(title=DISCARD)]
        params = types.ShowMessageRequestParams(type=types.MessageType.Info, message=question, actions=actions)
        try:
            answer = await self._ls.window_show_message_request_async(params)
        except JsonRpcException:
            return False
        return answer is not None and answer.title == APPLY

    def _check_version(self, request: AssistRequest) -> None:
        now = self._ls.documents.get(request.document.uri)
        name = "the document" if request.path is None else f"`{request.path.name}`"
        if now is None:
            raise AssistRefused(f"{name} was closed meanwhile, so that nothing was changed; open it and ask again")
        if now.version != request.document.version:
            raise AssistRefused(f"{name} has changed meanwhile, so that nothing was changed; ask again")

    def _opened(self, edit: FileEdit) -> Current | None:
        ls = self._ls
        document = ls.documents.get(edit.uri or "") if edit.path is None else opened(ls, edit.path)
        return None if document is None else Current(document=document, is_open=True)

    def _on_disk(self, edits: Sequence[FileEdit]) -> list[Current | None]:
        """What is there under the names of edits; reads files."""
        return [self._stored(edit) for edit in edits]

    def _stored(self, edit: FileEdit) -> Current | None:
        if edit.path is None:
            return None
        document = stored(self._ls, edit.path)
        if document is None and exists(edit.path):
            # Something that cannot be read: whatever it is, it is not what the edit was made for.
            document = Document(uri=edit.path.as_uri(), language="", version=0, text="")
        return None if document is None else Current(document=document, is_open=False)
