"""What goes wrong between a client and a server, as one line that names the address and the mend. Pure."""

import httpx

from codex_lsp.config import API_KEY_VARIABLE
from codex_lsp.errors import ModelError, ModelRefused, ModelUnavailable
from codex_lsp.models.wire import WireError, error_message, load

MAX_MESSAGE = 300


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


def from_status(status: int, body: bytes, name: str, model: str | None) -> ModelError:
    """An answer of `name` with an error status."""
    said = _said(body)
    if status in {401, 403}:
        return ModelRefused(f"{name}: the key was refused ({status}{said}); set {API_KEY_VARIABLE} to a valid one")
    if status == 404:  # noqa: PLR2004 - the HTTP status
        return ModelRefused(f"{name}: {_unknown(model)} (404{said}); mend `endpoint.url` or `endpoint.model`")
    if status == 429:  # noqa: PLR2004 - the HTTP status
        return ModelUnavailable(f"{name}: too many requests ({status}{said}); wait, or raise the limit there")
    if status >= 500:  # noqa: PLR2004 - the HTTP statuses
        return ModelUnavailable(f"{name}: the server failed ({status}{said}); see its log")
    return RequestRefused(f"{name}: the request was refused ({status}{said})")


def _unknown(model: str | None) -> str:
    return "this address is not known" if model is None else f"model `{model}` or this address is not known"


def _said(body: bytes) -> str:
    try:
        message = error_message(load(body))
    except WireError:
        return ""
    return "" if message is None else f": {message[:MAX_MESSAGE]}"
