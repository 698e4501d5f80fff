"""Errors to answers in OpenAI's shape: a status and one line, never a traceback."""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from codex_lsp.errors import AdapterUnusable, CodexLspError, ModelRefused, ModelUnavailable, NotSupported, UsageError
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.wire import ADAPTER_CODE, Json, dump, error_json
from codex_lsp.service.fields import InvalidRequest

logger = logging.getLogger(__name__)

RETRY_AFTER_S = "1"
INVALID = "invalid_request_error"
UNAVAILABLE = "service_unavailable_error"
INTERNAL = "internal_error"


class UnknownModel(InvalidRequest):
    """A request for another model than the one that is served."""

    def __init__(self, message: str) -> None:
        """One line; the field is `model`."""
        super().__init__(message, param="model")


class BodyTimeout(InvalidRequest):
    """A request whose body does not come."""


# The first class that fits decides: status, type, code.
_ANSWERS: tuple[tuple[type[CodexLspError], int, str, str], ...] = (
    (NotSupported, 400, INVALID, "not_supported"),
    (BodyTimeout, 408, INVALID, "body_timeout"),
    (UnknownModel, 404, INVALID, "model_not_found"),
    (AdapterUnusable, 404, INVALID, ADAPTER_CODE),
    (ModelRefused, 400, INVALID, "refused"),
    (ModelUnavailable, 503, UNAVAILABLE, "model_failed"),
    (UsageError, 400, INVALID, "invalid_request"),
)


def describe(error: Exception) -> tuple[int, Json]:
    """Status and body for an error; what nobody foresaw is logged whole and told as one line."""
    for kind, status, name, code in _ANSWERS:
        if isinstance(error, kind):
            param = error.param if isinstance(error, InvalidRequest) else None
            return status, error_json(str(error), kind=name, param=param, code=code)
    logger.error("a request failed in a way nobody foresaw", exc_info=error)
    message = f"the engine failed on this request ({type(error).__name__}); its log has the details"
    return 500, error_json(message, kind=INTERNAL, code="internal")


def json_response(body: Json, *, status: int = 200) -> Response:
    """A JSON answer; in ASCII, so that lone surrogates pass."""
    headers = {"Retry-After": RETRY_AFTER_S} if status == 503 else None  # noqa: PLR2004 - the HTTP status
    return Response(dump(body), status_code=status, headers=headers, media_type="application/json")


def error_response(error: Exception) -> Response:
    """The answer for an error."""
    status, body = describe(error)
    return json_response(body, status=status)


def not_ready(health: Health) -> Response | None:
    """The answer while a model loads or after it failed to; None where it is ready."""
    if health.state is HealthState.READY:
        return None
    if health.state is HealthState.LOADING:
        message, code = f"the model is loading ({health.percent} %); try again shortly", "model_loading"
    else:
        message, code = health.detail or "the model failed to load", "model_failed"
    return json_response(error_json(message, kind=UNAVAILABLE, code=code), status=503)


async def on_http_error(_: Request, error: Exception) -> Response:
    """Unknown addresses and methods, in the same shape as every other error."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "failed"
    return json_response(error_json(detail, kind=INVALID, code="not_found"), status=status)
