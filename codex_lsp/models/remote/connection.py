"""HTTP to one server: small reads, and one posted request whose answers come as they are made."""

import asyncio
import ipaddress
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import httpx

from codex_lsp.errors import ModelError, ModelRefused, ModelUnavailable, UsageError
from codex_lsp.models.remote.failures import from_junk, from_status, from_transport, told
from codex_lsp.models.remote.sse import event_data
from codex_lsp.models.remote.told_texts import ToldTexts
from codex_lsp.models.wire import DONE, MEMORY_HEADER, MEMORY_LOST, Json, WireError, dump, load

CONNECT_TIMEOUT_S = 5.0
# Between two pieces of one answer; the first piece waits for the whole prefill.
READ_TIMEOUT_S = 60.0
STATUS_TIMEOUT_S = 10.0
# Between the mark of an answer's end and the end of its body; mostly they come together.
END_TIMEOUT_S = 0.05
# Nobody waits long for an engine to hear that it is not needed.
GOODBYE_TIMEOUT_S = 1.0
MAX_ERROR_BYTES = 64 * 1024
FIRST_ERROR_STATUS = 300


class Connection:
    """One server, over TCP or a Unix socket. The key travels in the `Authorization` header and nowhere else.

    Attributes:
        name: Of the server, for messages.
        salt: Random bytes of this connection alone.
        told: The texts that our own engine was told of.
    """

    def __init__(self, base_url: str, *, api_key: str | None, socket: Path | None) -> None:
        """Name a server; nothing is sent yet.

        Args:
            base_url: With `/v1` where the server has it; a bare `http://host:port` is given one.
            api_key: Sent as a bearer token.
            socket: Unix socket to use instead of the host in `base_url`.

        Raises:
            UsageError: The address or the key cannot be used.
        """
        self._url = _checked_url(base_url)
        self._api_key = _checked_key(api_key)
        self._socket = socket
        self._client: httpx.AsyncClient | None = None
        self.told = ToldTexts()
        self.salt = secrets.token_bytes(16)
        self.name = str(self._url.copy_with(username=None, password=None)) if socket is None else f"engine at {socket}"

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine."""
        return self._socket is not None or _is_loopback(self._url.host)

    async def get(self, path: str, *, above: bool = False) -> tuple[int, Any]:
        """Status and JSON of `GET path`; None instead of JSON where the body is none.

        Args:
            path: Under the base address, or beside its last part (`/v1`) if `above`.
            above: As said.

        Raises:
            ModelUnavailable: Nothing answers.
        """
        base = str(self._url).removesuffix("/")
        url = f"{base.removesuffix('/v1') if above else base}/{path}"
        try:
            response = await self._opened().get(url, timeout=STATUS_TIMEOUT_S)
        except (httpx.HTTPError, OSError) as error:
            raise self.scrubbed(from_transport(error, self.name)) from error
        try:
            return response.status_code, load(response.content)
        except WireError:
            return response.status_code, None

    @asynccontextmanager
    async def post(self, body: Json) -> AsyncGenerator["Answers", None]:
        """Ask for a completion, by the chat endpoint where the body has `messages`.

        Leaving the block closes the stream, which cancels it at the server.

        Raises:
            ModelUnavailable: Nothing answers, it fails, or a `WireError` is met inside the block.
            ModelRefused: The server refuses the request.
        """
        path = "chat/completions" if "messages" in body else "completions"
        url = f"{str(self._url).removesuffix('/')}/{path}"
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
        try:
            async with self._opened().stream("POST", url, content=dump(body), headers=headers) as response:
                if response.status_code >= FIRST_ERROR_STATUS:
                    raise from_status(response.status_code, await _head(response), self.name, body)
                yield Answers(response, self.name, body)
        except (httpx.HTTPError, OSError) as error:
            raise self.scrubbed(from_transport(error, self.name)) from error
        except WireError as error:
            raise self.scrubbed(from_junk(error, self.name)) from error
        except ModelError as error:
            raise self.scrubbed(error) from error.__cause__

    async def delete(self, path: str) -> None:
        """`DELETE path`, under the base address.

        Raises:
            ModelUnavailable: Nothing answers.
        """
        url = f"{str(self._url).removesuffix('/')}/{path}"
        try:
            await self._opened().delete(url, timeout=GOODBYE_TIMEOUT_S)
        except (httpx.HTTPError, OSError) as error:
            raise self.scrubbed(from_transport(error, self.name)) from error

    async def close(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def scrubbed(self, error: ModelError) -> ModelError:
        """The same error without the key, should a server have repeated it."""
        if self._api_key is None or self._api_key not in str(error):
            return error
        return type(error)(str(error).replace(self._api_key, "***"))

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S, pool=None)
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=8)
            transport = None
            if self._socket is not None:
                transport = httpx.AsyncHTTPTransport(uds=str(self._socket), limits=limits)
            self._client = httpx.AsyncClient(
                headers={} if self._api_key is None else {"Authorization": f"Bearer {self._api_key}"},
                timeout=timeout,
                limits=limits,
                transport=transport,
                # A proxy of the environment must not stand between a client and its own machine.
                trust_env=self._socket is None and not _is_loopback(self._url.host),
            )
        return self._client


class Answers:
    """The JSON answers of one request: one for each event of a stream, or the only one of a whole answer."""

    def __init__(self, response: httpx.Response, name: str, asked: Json) -> None:
        """Read `response` of the server called `name` to the request `asked`."""
        self._response = response
        self._name = name
        self._asked = asked
        self.complete = False
        """Whether the server said that this is all."""
        self.memory_lost = response.headers.get(MEMORY_HEADER) == MEMORY_LOST
        """Whether our own engine holds other texts than it was told of."""

    async def read(self) -> AsyncGenerator[Json, None]:
        """Each answer; close the iteration before the block of `post` ends.

        Raises:
            WireError: The stream holds junk.
            ModelUnavailable: It tells of a failure.
            ModelRefused: It tells of a refusal.
        """
        try:
            async with aclosing(self._read()) as values:
                async for value in values:
                    yield self._checked(value)
        except UnicodeDecodeError as error:
            raise WireError("bytes that are not UTF-8") from error

    async def _read(self) -> AsyncGenerator[Any, None]:
        if "text/event-stream" not in self._response.headers.get("content-type", ""):
            yield load(await self._response.aread())
            self.complete = True
            return
        async with aclosing(_chunks(self._response)) as chunks, aclosing(event_data(chunks)) as events:
            async for data in events:
                if data == DONE:
                    self.complete = True
                    await _read_on(events)
                    return
                yield load(data)

    def _checked(self, value: Any) -> Json:
        if isinstance(value, dict) and "choices" in value:
            return value
        message = told(value, self._asked) if isinstance(value, dict) and "error" in value else None
        if message is None:
            raise WireError("an event that is no completion")
        refused = value["error"].get("type") == "invalid_request_error" if isinstance(value["error"], dict) else False
        kind = ModelRefused if refused else ModelUnavailable
        raise kind(f"{self._name}: {message}")


def _chunks(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    # Declared as an iterator, in truth a generator, which must be closed for the connection to be.
    return cast("AsyncGenerator[bytes, None]", response.aiter_bytes())


async def _read_on(events: AsyncGenerator[str, None]) -> None:
    """Read to the end of a body whose mark was read: only then the connection serves another request."""
    with suppress(TimeoutError, httpx.HTTPError, WireError, UnicodeDecodeError):
        async with asyncio.timeout(END_TIMEOUT_S):
            async for _ in events:
                pass


async def _head(response: httpx.Response) -> bytes:
    data = b""
    async with aclosing(_chunks(response)) as chunks:
        async for chunk in chunks:
            data += chunk
            if len(data) > MAX_ERROR_BYTES:
                break
    return data


def _checked_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text.strip())
        host = url.host
    except (httpx.InvalidURL, ValueError) as error:  # international names are decoded when the host is read
        raise UsageError("`endpoint.url`: not an address; write it like http://127.0.0.1:8000/v1") from error
    if url.scheme not in {"http", "https"} or not host:
        raise UsageError("`endpoint.url`: not an address; write it like http://127.0.0.1:8000/v1")
    return url.copy_with(path="/v1") if url.path in {"", "/"} else url


def _checked_key(key: str | None) -> str | None:
    key = None if key is None else key.strip()
    if key and not (key.isascii() and key.isprintable()):
        raise UsageError("the endpoint's key holds characters that no header can carry; copy it again")
    return key or None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
