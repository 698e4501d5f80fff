"""JSON-RPC as this server speaks it: what a client sends can be wrong in any way, and never ends the server.

Stands on pygls' protocol and replaces what there drops a request without an answer, keeps documents of its own, or
ends the process from inside a handler.
"""

import inspect
import json
import logging
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, cast

import attrs
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcParseError,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import JsonRPCRequestMessage, LanguageServerProtocol, lsp_method

from codex_lsp.server.changes import understood_change, understood_diagnostics, uri_of
from codex_lsp.server.greeting import understood

if TYPE_CHECKING:
    from codex_lsp.server.language_server import CodexLanguageServer

logger = logging.getLogger(__name__)

DOCUMENT_STATE = "codex-lsp/documentState"
"""A request of our own; its parameters are `{textDocument: {uri}}`."""

_REPLACED = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
)


class CodexProtocol(LanguageServerProtocol):
    """One client's messages."""

    def __init__(self, server: "CodexLanguageServer", converter: Any) -> None:
        """Serve `server`."""
        super().__init__(server, converter)
        self._codex = server
        self._initialized = False
        for method in _REPLACED:
            self.fm.builtin_features.pop(method, None)

    @property
    def is_shut_down(self) -> bool:
        """Whether the client has asked to shut down."""
        return self._shutdown

    def handle_body(self, body: bytes) -> None:
        """Handle one message; whatever is wrong with it is answered or logged."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            logger.warning("a message is not JSON: %d bytes", len(body))
            self._refuse(None, JsonRpcParseError())
            return
        try:
            self._handle_data(data)
        except JsonRpcException as error:
            self._refuse_or_log(data, error)
        except Exception:
            # The last line of defence: one message must never end the server for all the others.
            logger.exception("a message could not be handled")
            self._refuse_or_log(data, JsonRpcException("the server failed to handle this message"))

    def _handle_data(self, data: Any) -> None:
        if not isinstance(data, dict) or data.get("jsonrpc") != self.VERSION:
            raise JsonRpcInvalidRequest("not a JSON-RPC 2.0 message")
        if "method" in data:
            method = data["method"]
            if not isinstance(method, str):
                raise JsonRpcInvalidRequest("`method` is not a string")
            self._check_lifecycle(method, is_request="id" in data)
            self._check_known(method, is_request="id" in data)
        self.handle_message(self.structure_message(cast("dict[str, Any]", data)))

    def _check_lifecycle(self, method: str, *, is_request: bool) -> None:
        if method == types.EXIT:
            return
        if self.is_shut_down:
            raise JsonRpcInvalidRequest("the server is shutting down")
        if method == types.INITIALIZE:
            if self._initialized:
                raise JsonRpcInvalidRequest("the server is initialized already")
        elif not self._initialized and (is_request or method != types.CANCEL_REQUEST):
            raise JsonRpcServerNotInitialized(f"{method} before initialize")

    def _check_known(self, method: str, *, is_request: bool) -> None:
        known = method in self.fm.builtin_features or method in self.fm.features or method == types.CANCEL_REQUEST
        if not known:
            # Notifications that begin with `$/` are meant to be ignored where they are not known; so are the others.
            raise JsonRpcMethodNotFound.of(method) if is_request else _UnknownNotification(method)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """JSON to the protocol's types."""
        if data.get("method") == types.INITIALIZE:
            data = {**data, "params": understood(data.get("params"))}
        if data.get("method") == types.TEXT_DOCUMENT_DID_CHANGE:
            params = data.get("params")
            known = self._codex.documents.get(uri_of(params) or "")
            data = {**data, "params": understood_change(params, 0 if known is None else known.version)}
        if data.get("method") in (types.TEXT_DOCUMENT_CODE_ACTION, types.CODE_ACTION_RESOLVE):
            data = {**data, "params": _with_plain_diagnostics(data.get("params"))}
        if data.get("method") == DOCUMENT_STATE and "id" in data:
            # pygls would guess at the types of a request that it does not know.
            alike: Any = super().structure_message({**data, "method": types.TEXT_DOCUMENT_DOCUMENT_SYMBOL})
            return JsonRPCRequestMessage(alike.id, DOCUMENT_STATE, self.VERSION, alike.params)
        return super().structure_message(data)

    def _refuse_or_log(self, data: Any, error: JsonRpcException) -> None:
        message = cast("Mapping[str, Any]", data) if isinstance(data, Mapping) else {}
        method, identity = message.get("method"), message.get("id")
        if isinstance(error, _UnknownNotification):
            logger.debug("%s is not known here", error)
        elif message.get("jsonrpc") != self.VERSION or ("id" in message and "method" in message):
            self._refuse(identity if isinstance(identity, int | str) else None, error)
        else:
            logger.warning("a message is ignored (%s): %s", method or "an answer", error)
            if method is None and isinstance(identity, str) and identity in self._request_futures:
                # Whoever asked is told: an answer that cannot be read will not come again.
                self._request_futures.pop(identity).set_exception(error)
            if method == types.TEXT_DOCUMENT_DID_CHANGE:
                # Rather no suggestions in it than suggestions for a text that is not the editor's.
                self._codex.lose_document(uri_of(message.get("params")))

    def _refuse(self, identity: int | str | None, error: JsonRpcException) -> None:
        # By hand, since the protocol's type leaves out an id that is null (JSON-RPC 2.0, section 5, wants it there).
        refusal = {"code": error.code, "message": error.message}
        self._send_data({"jsonrpc": self.VERSION, "id": identity, "error": refusal})

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Answer what this server can do."""
        # pygls' own workspace is not used, and must not stumble over folders that are no file URIs.
        without_folders = attrs.evolve(params, root_uri=None, root_path=None, workspace_folders=None)
        self._codex.begin(params)
        result = yield from super().lsp_initialize(without_folders)
        if not self._codex.shows_menu:
            result.capabilities.completion_provider = None
        self._initialized = True
        return result

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run a command; one that takes a while is a coroutine, is told its progress' token, and can be cancelled."""
        # Not a generator as in pygls, which leaves running what a cancelled request has started.
        command = self.fm.commands.get(params.command)
        if command is None:
            raise JsonRpcInvalidParams(f"{params.command} is no command of this server")
        arguments = params.arguments or ()
        if inspect.iscoroutinefunction(command):
            return await command(*arguments, work_done_token=params.work_done_token)
        return command(*arguments)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> Generator[Any, Any, None]:
        """End; the exit code says whether a shutdown came first."""
        self._codex.stop()
        # A generator, as pygls has it, that has nothing to wait for.
        yield from ()


def _with_plain_diagnostics(params: Any) -> Any:
    """Parameters of a request for actions, which has diagnostics in its `context`, or an action, which has its own."""
    if isinstance(params, dict) and "context" in params:
        return {**params, "context": understood_diagnostics(cast("dict[str, Any]", params)["context"])}
    return understood_diagnostics(params)


class _UnknownNotification(JsonRpcException):
    """A notification that means nothing here."""
