"""What goes wrong between a client and a server, as one line that names the address and the mend. Pure."""

import re
from typing import Any

import httpx

from codex_lsp.config import API_KEY_VARIABLE
from codex_lsp.errors import AdapterUnusable, ModelError, ModelRefused, ModelUnavailable
from codex_lsp.models.wire import ADAPTER_CODE, Json, WireError, error_code, error_message, load

MAX_MESSAGE = 300
MIN_QUOTE = 16
"""Characters of a request's text that in a server's message are no coincidence."""
# How validators introduce the input that they repeat (pydantic, and FastAPI's faults written out as Python).
_REPEATED_INPUT = re.compile(r"""input_value=|['"]input['"]\s*:""")


class RequestRefused(ModelRefused):
    """The server found fault with the request itself, not with who asks or for what model."""


def from_transport(error: Exception, name: str) -> ModelUnavailable:
    """A request to `name` that failed below HTTP."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return ModelUnavailable(f"{name}: nothing answers there; start the server or mend `endpoint.url`")
    if isinstance(error, httpx.TimeoutException):
        return ModelUnavailable(f"{name}: no answer in time; see whether the server is overloaded")
    if isinstance(error, httpx.ReadError | httpx.RemoteProtocolError):
        return ModelUnavailable(f"{name}: the connection broke in the middle of an answer; see the server's log")
    return ModelUnavailable(f"{name}: the request failed ({type(error).__name__}); see the server's log")


def from_junk(error: Exception, name: str) -> ModelUnavailable:
    """An answer of `name` that is not what the wire says."""
    line = " ".join(str(error).split())[:MAX_MESSAGE]
    return ModelUnavailable(f"{name}: not an OpenAI completions answer: {line}; see whether `endpoint.url` is right")


def told(answer: Any, asked: Json | None) -> str | None:
    """What an error answer to the request `asked` says, in one line, or None where it is no error.

    Some servers repeat the request, and with it the document, in what they say: that is left out.
    """
    message = error_message(answer)
    return None if message is None else _without_quotes(message, asked or {})[:MAX_MESSAGE]


def from_status(status: int, body: bytes, name: str, asked: Json | None) -> ModelError:
    """An answer of `name` with an error status, to the request `asked` where one was posted."""
    adapter = _adapter_failure(body, asked)
    if adapter is not None:
        return AdapterUnusable(adapter)
    said = _said(body, asked)
    model = None if asked is None else asked.get("model")
    if status in {401, 403}:
        return ModelRefused(f"{name}: the key was refused ({status}{said}); set {API_KEY_VARIABLE} to a valid one")
    if status == 404:  # noqa: PLR2004 - the HTTP status
        return ModelRefused(f"{name}: {_unknown(model)} (404{said}); mend `endpoint.url` or `endpoint.model`")
    if status == 429:  # noqa: PLR2004 - the HTTP status
        return ModelUnavailable(f"{name}: too many requests ({status}{said}); wait, or raise the limit there")
    if status >= 500:  # noqa: PLR2004 - the HTTP statuses
        return ModelUnavailable(f"{name}: the server failed ({status}{said}); see its log")
    return RequestRefused(f"{name}: the request was refused ({status}{said})")


def _adapter_failure(body: bytes, asked: Json | None) -> str | None:
    """What our own engine says of an adapter alone, or None where it is about something else."""
    try:
        answer = load(body)
    except WireError:
        return None
    return told(answer, asked) if error_code(answer) == ADAPTER_CODE else None


def _unknown(model: str | None) -> str:
    return "this address is not known" if model is None else f"model `{model}` or this address is not known"


def _said(body: bytes, asked: Json | None) -> str:
    try:
        message = told(load(body), asked)
    except WireError:
        return ""
    return "" if message is None else f": {message}"


def _without_quotes(message: str, asked: Json) -> str:
    repeated = _REPEATED_INPUT.search(message)
    message = (message if repeated is None else f"{message[: repeated.start()]}…")[: 2 * MAX_MESSAGE]
    said = [each.get("content") for each in asked.get("messages", ())]
    given = (asked.get("prompt"), asked.get("suffix"), *said)
    texts = [" ".join(text.split()) for text in given if isinstance(text, str)]
    kept, at = "", 0
    while at < len(message):
        size = max((_quoted(message, at, text) for text in texts), default=0)
        kept += "…" if size else message[at]
        at += max(size, 1)
    return kept


def _quoted(message: str, at: int, text: str) -> int:
    """How many characters of `message`, from `at` on, are a quote of `text`; 0 where it is too short for one."""
    size = MIN_QUOTE
    if len(message) - at < size or message[at : at + size] not in text:
        return 0
    while at + size < len(message) and message[at : at + size + 1] in text:
        size += 1
    return size
