from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from codex_lsp.errors import UsageError
from codex_lsp.service.auth import TENANT, BearerTokens, read_tokens

Serve = Callable[[ASGIApp], AbstractAsyncContextManager[Path]]


async def test_only_a_token_of_the_file_is_let_in(serve: Serve, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("first\n\n  secönd  \n", encoding="utf-8")
    tokens.chmod(0o600)
    app = PlainTextResponse("in")
    headers = [
        ("Bearer first", 200),
        ("bearer secönd", 200),
        ("Bearer third", 401),
        ("Bearer", 401),
        ("Bearer firs", 401),
        ("Basic first", 401),
        ("first", 401),
        (None, 401),
    ]
    async with (
        serve(BearerTokens(app, read_tokens(tokens))) as path,
        httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://engine") as client,
    ):
        for value, status in headers:
            given = {} if value is None else {b"Authorization": value.encode()}
            response = await client.get("/", headers=given)
            assert response.status_code == status, value
        response = await client.get("/")
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["error"]["code"] == "invalid_api_key"


async def test_each_token_is_a_tenant_of_its_own(serve: Serve, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("first\nsecond\n", encoding="utf-8")
    tokens.chmod(0o600)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(scope[TENANT])(scope, receive, send)

    async with (
        serve(BearerTokens(app, read_tokens(tokens))) as path,
        httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://engine") as client,
    ):
        said = [
            (await client.get("/", headers={"Authorization": f"Bearer {token}"})).text for token in ("first", "second")
        ]
    assert len(set(said)) == 2
    assert not {"first", "second"} & set(said)


@pytest.mark.parametrize("content", [None, b"", b" \n\n", b"\xff\xfe"])
def test_a_file_without_tokens_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(UsageError, match=r"tokens: (cannot read the token file \((No such|not UTF)|no token in)"):
        read_tokens(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "my tokens"
    path.write_text("first\n", encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(UsageError, match=rf"\(mode {mode:04o}\); run: chmod 600 '.*my tokens'"):
        read_tokens(path)
