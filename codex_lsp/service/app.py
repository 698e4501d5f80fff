"""The engine's HTTP face: an application over one model (the OpenAI completions wire)."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from codex_lsp.models.protocol import HealthState, LanguageModel
from codex_lsp.models.wire import health_json, models_json
from codex_lsp.service import failures
from codex_lsp.service.auth import TENANT
from codex_lsp.service.completions import Completions


def create_app(model: LanguageModel) -> Starlette:
    """The application that serves `model`: `/v1/completions`, `/v1/memory`, `/v1/models`, `/health`.

    It answers at once while the model loads (503, with the percentage on `/health`), and never closes the model.
    """
    status = _Status(model)
    completions = Completions(model)
    routes = [
        Route("/v1/completions", completions, methods=["POST"]),
        Route("/v1/memory/{session}", completions.forget, methods=["DELETE"]),
        Route("/v1/models", status.models, methods=["GET"]),
        Route("/health", status.health, methods=["GET"]),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: failures.on_http_error})


class _Status:
    """What the engine says of itself."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    async def health(self, request: Request) -> Response:
        health = await self._model.health()
        body = health_json(health, request.scope.get(TENANT))
        return failures.json_response(body, status=200 if health.state is HealthState.READY else 503)

    async def models(self, _: Request) -> Response:
        waiting = failures.not_ready(await self._model.health())
        if waiting is not None:
            return waiting
        try:
            return failures.json_response(models_json(await self._model.capabilities()))
        except Exception as error:  # noqa: BLE001 - told in one line, and logged where nobody foresaw it
            return failures.error_response(error)
