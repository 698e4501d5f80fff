"""The client is asked to tell of source files that change beside the editor (LSP 3.18, "DidChangeWatchedFiles")."""

import logging
from concurrent.futures import Future
from typing import Any, Protocol

from lsprotocol import types

from codex_lsp.context.ignore_rules import RULES_NAME
from codex_lsp.context.language import CODE_SUFFIXES

logger = logging.getLogger(__name__)


class HasRegistrations(Protocol):
    """What of a language server is used here."""

    def client_register_capability(self, params: types.RegistrationParams) -> "Future[Any]":
        """Have the client tell of something from now on."""
        ...


def watch_sources(client: HasRegistrations) -> None:
    """Register for source files, and for the rules that say which files are ignored."""
    endings = ",".join(suffix.removeprefix(".") for suffix in sorted(CODE_SUFFIXES))
    patterns = (f"**/*.{{{endings}}}", f"**/{RULES_NAME}")
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(glob) for glob in patterns])
    registration = types.Registration("codex-lsp-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    answer = client.client_register_capability(types.RegistrationParams([registration]))
    answer.add_done_callback(_answered)


def _answered(answer: "Future[Any]") -> None:
    if not answer.cancelled() and (error := answer.exception()) is not None:
        logger.info("the client does not tell of changed files: %s", error)
