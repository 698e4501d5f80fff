"""Whether the client asks for menu entries: said at the greeting or registered later (LSP 3.18, "Register Capability").

What was said at the greeting cannot be taken back; the server then answers with no entries.
"""

import itertools
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from lsprotocol import types

logger = logging.getLogger(__name__)

TRIGGER_CHARACTERS = (".", "(", "[", "{", ",", ":", "=", "@", "/", '"', "'")
"""After which a client asks for completion items by itself; word characters it knows alone."""


class HasRegistrations(Protocol):
    """What of a language server is used here."""

    def client_register_capability(self, params: types.RegistrationParams) -> "Future[Any]":
        """Have the client ask for something from now on."""
        ...

    def client_unregister_capability(self, params: types.UnregistrationParams) -> "Future[Any]":
        """Have the client ask no more."""
        ...


class Menu:
    """Keeps what the client asks for in step with the setting `completion.menu`."""

    def __init__(self, client: HasRegistrations, on_restart_needed: Callable[[], None]) -> None:
        """Speak to `client`; `on_restart_needed` is called where it cannot learn at run time that there is a menu."""
        self._client = client
        self._on_restart_needed = on_restart_needed
        self._is_fixed = False
        self._can_register = False
        self._is_shown = False
        self._registered: str | None = None
        self._ids = itertools.count(1)

    def begin(self, *, is_shown: bool, can_register: bool) -> None:
        """Take note of what the greeting says of the menu, and whether the client takes registrations."""
        self._is_shown = is_shown
        self._is_fixed = is_shown
        self._can_register = can_register

    def follow(self, *, is_shown: bool) -> None:
        """Switch the menu on or off; nothing happens where it is so already."""
        if is_shown == self._is_shown:
            return
        self._is_shown = is_shown
        if self._is_fixed:
            return
        if not self._can_register:
            if is_shown:
                self._on_restart_needed()
        elif is_shown:
            self._register()
        else:
            self._unregister()

    def _register(self) -> None:
        self._registered = f"codex-lsp-menu-{next(self._ids)}"
        options = types.CompletionRegistrationOptions(trigger_characters=TRIGGER_CHARACTERS, resolve_provider=True)
        registration = types.Registration(self._registered, types.TEXT_DOCUMENT_COMPLETION, options)
        answer = self._client.client_register_capability(types.RegistrationParams([registration]))
        answer.add_done_callback(self._registration_answered)

    def _registration_answered(self, answer: "Future[Any]") -> None:
        if not answer.cancelled() and (error := answer.exception()) is not None:
            logger.warning("the client does not register the menu: %s", error)
            self._registered = None
            self._on_restart_needed()

    def _unregister(self) -> None:
        registered, self._registered = self._registered, None
        if registered is not None:
            entry = types.Unregistration(registered, types.TEXT_DOCUMENT_COMPLETION)
            answer = self._client.client_unregister_capability(types.UnregistrationParams([entry]))
            answer.add_done_callback(_unregistration_answered)


def _unregistration_answered(answer: "Future[Any]") -> None:
    if not answer.cancelled() and (error := answer.exception()) is not None:
        logger.warning("the client keeps asking for the menu: %s", error)
