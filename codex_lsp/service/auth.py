"""Bearer tokens: who may use an engine that listens on TCP."""

import hmac
import os
import shlex
import stat
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from codex_lsp.errors import UsageError
from codex_lsp.models.wire import error_json
from codex_lsp.service.failures import INVALID, json_response

TENANT = "codex_lsp.tenant"
"""Where a request's scope says which token it came with, so that callers learn nothing of each other."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_tokens(path: Path) -> tuple[str, ...]:
    """The tokens in a file, one a line.

    Raises:
        UsageError: The file cannot be read, is not its owner's alone, or holds no token.
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            lines = file.read().splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsageError(f"{path}: cannot read the token file ({reason}); write one token to a line of it") from error
    if mode & OTHERS:
        mend = f"run: chmod 600 {shlex.quote(str(path))}"
        raise UsageError(f"{path}: others than its owner may use this token file (mode {mode:04o}); {mend}")
    tokens = tuple(line.strip() for line in lines if line.strip())
    if not tokens:
        raise UsageError(f"{path}: no token in this file; write one to a line")
    return tokens


class BearerTokens:
    """Lets a request through that carries one of the tokens."""

    def __init__(self, app: ASGIApp, tokens: tuple[str, ...]) -> None:
        """Guard `app`."""
        self._app = app
        self._tokens = tuple(token.encode("utf-8") for token in tokens)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it with 401."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        tenant = self._tenant(dict(scope["headers"]).get(b"authorization", b""))
        if tenant is not None:
            await self._app({**scope, TENANT: tenant}, receive, send)
            return
        message = "a token of this engine is needed, as `Authorization: Bearer TOKEN`"
        response = json_response(error_json(message, kind=INVALID, code="invalid_api_key"), status=401)
        response.headers["WWW-Authenticate"] = "Bearer"
        await response(scope, receive, send)

    def _tenant(self, authorization: bytes) -> str | None:
        """Which of the tokens a header carries, by its place in the file; None for none of them."""
        scheme, _, given = authorization.partition(b" ")
        # Every token is compared, in constant time each, so that timing tells nothing.
        matches = [hmac.compare_digest(given.strip(), token) for token in self._tokens]
        return str(matches.index(True)) if scheme.lower() == b"bearer" and any(matches) else None
