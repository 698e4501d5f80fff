"""The language server's state: who the client is, what is open in it, and the session with a model."""

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types
from pygls.exceptions import FeatureRequestError, JsonRpcException
from pygls.lsp.server import LanguageServer

from codex_lsp import __version__
from codex_lsp.completion.filters import Filter
from codex_lsp.context.document import Document, PositionEncoding
from codex_lsp.context.exclusion import is_excluded
from codex_lsp.errors import AssistRefused
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.server.abilities import Abilities, abilities_of
from codex_lsp.server.assists import Assists
from codex_lsp.server.documents import Documents
from codex_lsp.server.editor_settings import EditorSettings, names_another_model
from codex_lsp.server.feedback import Feedback
from codex_lsp.server.frames import FrameSplitter
from codex_lsp.server.indexer import Indexer
from codex_lsp.server.loading import wait_for_model
from codex_lsp.server.marks import Marks, marks_in
from codex_lsp.server.menu import Menu
from codex_lsp.server.notices import Notices
from codex_lsp.server.outlines import Outlines
from codex_lsp.server.protocol import CodexProtocol
from codex_lsp.server.session import OpenModel, Session, TokenCounter
from codex_lsp.server.stdio import DescriptorWriter, chunks_of, on_termination
from codex_lsp.server.walking import show_walk
from codex_lsp.server.watching import watch_sources
from codex_lsp.server.workspace import Workspace
from codex_lsp.statistics.ledger import Ledger

if TYPE_CHECKING:
    from codex_lsp.assist.safety import Mark

logger = logging.getLogger(__name__)

INTERNAL_ERROR = -32603
UNTRUSTED = (
    "codex-lsp: this workspace is not trusted, so that suggestions draw on open files only and none of it is run; "
    "trust it in the editor (`initializationOptions.trusted`) for those of the whole workspace, and for what is run"
)


class CodexLanguageServer(LanguageServer):
    """One client's server. Its handlers are in the modules beside this one; `create_server` puts them together."""

    def __init__(
        self,
        settings: EditorSettings,
        open_model: OpenModel,
        token_counter: TokenCounter,
        *,
        ledger: Ledger | None = None,
        recitation: Filter | None = None,
        problems: Sequence[str] = (),
    ) -> None:
        """Hold the parts; nothing is opened before the client says `initialized`."""
        super().__init__("codex-lsp", __version__, protocol_cls=CodexProtocol)
        self._messages = cast("CodexProtocol", self.protocol)
        self.documents = Documents()
        self.open_folders = Workspace()
        self.settings = settings
        self.notices = Notices(self._show_error, self._show_warning, self._show_info)
        self.menu = Menu(self, self.notices.menu_waits_for_restart)
        self.feedback = Feedback(ledger, self.documents, settings.current.statistics)
        self.indexer = Indexer(self._show_walk, settings.current.context, exclude=settings.current.exclude)
        self.session = Session(
            open_model,
            token_counter,
            notices=self.notices,
            wait_for_model=self._wait_for_model,
            neighbours=self.indexer.neighbours,
            recitation=recitation,
        )
        self.marks = Marks(
            self.documents, self.text_document_publish_diagnostics, self._marks_in, lambda: self.encoding
        )
        self.outlines = Outlines()
        self.assists = Assists(self)
        self.abilities = Abilities()
        self.is_trusted = False
        """The person trusts the workspace: its files may be read and its code run."""
        self._problems = list(problems)
        self._is_started = False
        self._ids = itertools.count(1)
        self._stopped = asyncio.Event()

    def begin(self, params: types.InitializeParams) -> None:
        """Take note of the client, its folders and its settings."""
        self.abilities = abilities_of(params.capabilities)
        folders = [folder.uri for folder in params.workspace_folders or ()]
        root = params.root_uri or params.root_path
        self.open_folders = Workspace(folders or ([root] if root else []))
        options = params.initialization_options
        if isinstance(options, Mapping):
            members = cast("Mapping[str, Any]", options)
            self.is_trusted = members.get("trusted") is True
            self._problems += self.settings.apply(members.get("settings"))
            self.feedback.configure(self.settings.current.statistics)
            self.feedback.infers_parts = members.get("sendsEveryKey") is True
        self.follow_folders()
        self.menu.begin(is_shown=self.shows_menu, can_register=self.abilities.registers_menu)

    def start(self) -> None:
        """Tell what was wrong with the settings so far, and open the model."""
        if not self._is_started:
            self._is_started = True
            self.notices.found_in_settings(self._problems)
            self.menu.follow(is_shown=self.shows_menu)
            self.indexer.configure(self.settings.current.context, self.settings.current.exclude)
            self._follow_files()
            self.session.open(self.settings.current, self._completed_documents())

    @property
    def encoding(self) -> PositionEncoding:
        """What positions count, as negotiated."""
        return PositionEncoding(self.server_capabilities.position_encoding or PositionEncoding.UTF16)

    @property
    def shows_menu(self) -> bool:
        """Whether completion items are given (the setting `completion.menu`)."""
        menu = self.settings.current.completion.menu
        return menu == "always" or (menu == "auto" and not self.abilities.shows_ghost_text)

    def next_ids(self, count: int) -> list[str]:
        """Fresh names for items."""
        return [str(next(self._ids)) for _ in range(count)]

    def apply_settings(self, layer: object) -> None:
        """Put the editor's settings in force and tell what was not taken; open another model where they name one."""
        before = self.settings.current
        problems = self.settings.apply(layer)
        after = self.settings.current
        self.feedback.configure(after.statistics)
        if not self._is_started:
            self._problems = problems
            return
        self.indexer.configure(after.context, after.exclude)
        if names_another_model(before, after):
            self.session.open(after, self._completed_documents())
        else:
            self.session.configure(after)
        self.menu.follow(is_shown=self.shows_menu)
        self.notices.found_in_settings(problems)

    def completed_document(self, uri: str) -> Document | None:
        """The document, where it is open and one in which suggestions are made."""
        document = self.documents.get(uri)
        return None if document is None or self.documents.is_too_large(document) else document

    def assisted_document(self, uri: str) -> Document:
        """The document, where assists may be done in it.

        Raises:
            AssistRefused: It is not open or too large, it is kept from models, or assists are switched off.
        """
        document, settings = self.completed_document(uri), self.settings.current
        if not settings.assist.enabled:
            raise AssistRefused("assists are switched off; the setting `assist.enabled` switches them on")
        if document is None:
            raise AssistRefused(f"{self.open_folders.path_of(uri)} is not open here, or is too large for assists")
        if is_excluded(uri, settings.exclude):
            raise AssistRefused(f"{self.open_folders.path_of(uri)} is a file that no model is shown")
        return document

    def document_changed(self, document: Document) -> None:
        """Let the pipeline and the index know of a document's new text."""
        if self.documents.is_too_large(document):
            return
        self.marks.changed(document)
        self.indexer.document_changed(document, self.open_folders.path_of(document.uri))
        if self.session.pipeline is not None:
            self.session.pipeline.document_changed(document.uri, document.text)

    def forget_document(self, uri: str) -> None:
        """Forget a document."""
        self.documents.closed(uri)
        self.feedback.closed(uri)
        self.marks.closed(uri)
        self.indexer.document_closed(uri)
        self.outlines.forget(uri)
        if self.session.pipeline is not None:
            self.session.pipeline.document_closed(uri)

    def follow_folders(self) -> None:
        """Take other files' context from the folders that are open now, if the person trusts them."""
        self.indexer.open_folders(self.open_folders.folders if self.is_trusted else [])

    def lose_document(self, uri: str | None) -> None:
        """Forget the document of a change that cannot be read, until it is opened again; told once."""
        if uri is not None and self.documents.get(uri) is not None:
            self.notices.document_lost(self.open_folders.path_of(uri))
            self.forget_document(uri)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log a failure inside pygls; its text may quote a document, so that is for DEBUG alone."""
        if source is FeatureRequestError and isinstance(error, JsonRpcException) and error.code != INTERNAL_ERROR:
            return
        data: Any = getattr(error, "data", None)
        frames: Iterable[str] = data["traceback"][-1:] if isinstance(data, dict) else ()
        logger.error("a defect in codex-lsp: %s %s", type(error).__name__, "".join(frames).strip().replace("\n", " "))
        logger.debug("it said: %s", error)

    def stop(self) -> None:
        """End `serve`."""
        self._stopped.set()

    async def serve(self, reader: int, writer: int) -> int:
        """Serve the client on two descriptors until it leaves, says `exit`, or the process is told to end.

        Returns:
            0 when the client had asked to shut down, as LSP has it; else 1.
        """
        self._messages.set_writer(DescriptorWriter(writer, self.stop))
        on_termination(self.stop)
        reading = asyncio.create_task(self._read(reader))
        stopped = asyncio.create_task(self._stopped.wait())
        await asyncio.wait({reading, stopped}, return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()
        stopped.cancel()
        self.indexer.stop()
        await self.assists.close()
        await self.marks.close()
        await asyncio.gather(self.session.close(), asyncio.to_thread(self.feedback.close))
        return 0 if self._messages.is_shut_down else 1

    async def _read(self, reader: int) -> None:
        frames = FrameSplitter()
        async for chunk in chunks_of(reader):
            for body in frames.feed(chunk):
                self._messages.handle_body(body)
                # A handler takes its snapshot in its first step: before the next message can change the document.
                await asyncio.sleep(0)

    def _marks_in(self, uri: str, before: str, inserted: str, after: str) -> "tuple[Mark, ...]":
        path = self.open_folders.file_of(uri)
        root = None if path is None else self.open_folders.root_of(path)
        return marks_in((path, root, self.is_trusted), before, inserted, after)

    def _completed_documents(self) -> list[Document]:
        return [document for document in self.documents if not self.documents.is_too_large(document)]

    async def _wait_for_model(self, model: LanguageModel) -> None:
        await wait_for_model(self, model, self.progress_token())

    def progress_token(self) -> str | None:
        """A fresh name for a progress, or None where the client shows none."""
        return f"codex-lsp-{next(self._ids)}" if self.abilities.shows_progress else None

    async def _show_walk(self, count: Callable[[], int], walk: Coroutine[Any, Any, None]) -> None:
        await show_walk(self, self.progress_token(), count, walk)

    def _follow_files(self) -> None:
        """Hear of files that change beside the editor; say once what a workspace without trust goes without."""
        if self.is_trusted:
            if self.abilities.watches_files:
                watch_sources(self)
        elif self.open_folders.folders:
            self.window_log_message(types.LogMessageParams(type=types.MessageType.Info, message=UNTRUSTED))

    def _show_error(self, text: str) -> None:
        self._show(text, types.MessageType.Error)

    def _show_warning(self, text: str) -> None:
        self._show(text, types.MessageType.Warning)

    def _show_info(self, text: str) -> None:
        self._show(text, types.MessageType.Info)

    def _show(self, text: str, kind: types.MessageType) -> None:
        self.window_show_message(types.ShowMessageParams(message=f"codex-lsp: {text}", type=kind))
