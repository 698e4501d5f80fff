"""A language client in two hundred lines that shares no code with the server: JSON-RPC on a process's pipes.

It sends what a correct client never would, and sees every byte of what comes back.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

TIMEOUT_S = 60.0
Message = dict[str, Any]

INLINE = "textDocument/inlineCompletion"
MENU = "textDocument/completion"
GHOST_TEXT: Message = {"textDocument": {"inlineCompletion": {}}}


class RawClient:
    """One server process and the messages to and from it.

    `replies` are what the server's own requests are answered with, by method; null where it has none. Those in
    `unanswered` are not answered at all.
    """

    def __init__(self, process: asyncio.subprocess.Process, log_path: Path) -> None:
        self.process = process
        self.log_path = log_path
        self.received: list[Message] = []
        self.unframed = b""
        self.stray = b""
        self.refuses_requests = False
        self.replies: dict[str, Any] = {}
        self.unanswered: set[str] = set()
        self._news = asyncio.Condition()
        self._last_id = 0
        self._version = 0
        self._reading = asyncio.create_task(self._read())

    @property
    def log(self) -> str:
        """What the server has written to standard error."""
        return self.log_path.read_text(encoding="utf-8")

    async def send_bytes(self, data: bytes) -> None:
        """Send anything at all."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        await self.process.stdin.drain()

    async def send_body(self, body: bytes) -> None:
        """Send a body in a correct frame."""
        await self.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def send(self, message: object) -> None:
        """Send a message; lone surrogates go as JSON escapes."""
        await self.send_body(json.dumps(message).encode())

    async def notify(self, method: str, params: object) -> None:
        """Send a notification."""
        await self.send({"jsonrpc": "2.0", "method": method, "params": params})

    async def start(self, method: str, params: object = None) -> int:
        """Send a request and give its id."""
        self._last_id += 1
        await self.send({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        return self._last_id

    async def answer(self, identity: int | str | None) -> Message:
        """The answer to a request."""
        return await self.message(lambda message: "method" not in message and message.get("id") == identity)

    async def ask(self, method: str, params: object = None) -> Any:
        """Send a request and give its result."""
        answer = await self.answer(await self.start(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    async def refused(self, method: str, params: object = None) -> int:
        """Send a request and give the code of the error it is answered with."""
        answer = await self.answer(await self.start(method, params))
        return int(answer["error"]["code"])

    async def message(self, matches: Callable[[Message], bool], *, count: int = 1) -> Message:
        """The `count`-th message from the server that matches, now or to come."""
        found: list[Message] = []

        def enough() -> bool:
            found[:] = [message for message in self.received if matches(message)]
            return len(found) >= count or self._reading.done()

        async with asyncio.timeout(TIMEOUT_S), self._news:
            await self._news.wait_for(enough)
        assert len(found) >= count, f"the server has gone: {self.log}"
        return found[count - 1]

    async def shown(self, text: str, *, count: int = 1) -> str:
        """The `count`-th `window/showMessage` that contains `text`."""
        message = await self.message(
            lambda message: message.get("method") == "window/showMessage" and text in message["params"]["message"],
            count=count,
        )
        return str(message["params"]["message"])

    def all_shown(self) -> list[str]:
        """Every message that was shown so far."""
        shown = [message for message in self.received if message.get("method") == "window/showMessage"]
        return [str(message["params"]["message"]) for message in shown]

    async def initialize(
        self,
        capabilities: Mapping[str, Any] = GHOST_TEXT,
        *,
        settings: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        folder: str = "file:///work",
        trusted: bool = False,
    ) -> Message:
        """Greet, and give the server's capabilities."""
        result = await self.ask(
            "initialize",
            {
                "processId": None,
                "rootUri": folder,
                "capabilities": capabilities,
                "initializationOptions": {"settings": settings or {}, "trusted": trusted, **(options or {})},
            },
        )
        await self.notify("initialized", {})
        return result["capabilities"]

    async def open(self, uri: str, text: str, *, language: str = "python") -> None:
        """Open a document."""
        item = {"uri": uri, "languageId": language, "version": 0, "text": text}
        await self.notify("textDocument/didOpen", {"textDocument": item})

    async def change(self, uri: str, changes: Sequence[Message]) -> None:
        """Edit a document."""
        self._version += 1
        await self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": self._version}, "contentChanges": changes},
        )

    async def insert(self, uri: str, line: int, character: int, text: str) -> None:
        """Type `text`."""
        await self.change(uri, [{"range": span(line, character), "text": text}])

    async def state(self, uri: str) -> Any:
        """What the server holds of a document."""
        return await self.ask("codex-lsp/documentState", {"textDocument": {"uri": uri}})

    async def exit_code(self) -> int:
        """Wait for the process to end."""
        async with asyncio.timeout(TIMEOUT_S):
            return await self.process.wait()

    async def leave(self) -> int:
        """Shut down as a client should, and give the exit code."""
        await self.ask("shutdown")
        await self.notify("exit", None)
        return await self.exit_code()

    async def close(self) -> None:
        """End the process if it has not ended, and stop to read."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGTERM)
            await self.exit_code()
        await self._reading

    async def _read(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                header = await self.process.stdout.readuntil(b"\r\n\r\n")
                lengths = [line for line in header.split(b"\r\n") if line.lower().startswith(b"content-length:")]
                if len(lengths) != 1:
                    self.stray += header
                    continue
                body = await self.process.stdout.readexactly(int(lengths[0].split(b":")[1]))
                async with self._news:
                    self.received.append(json.loads(body))
                    self._news.notify_all()
                await self._respond(self.received[-1])
        async with self._news:
            self._news.notify_all()

    async def _respond(self, message: Message) -> None:
        """Agree to whatever the server asks of its client, or refuse it."""
        refusal: Message = {"error": {"code": -32601, "message": "no"}}
        if "method" in message and "id" in message and message["method"] not in self.unanswered:
            with contextlib.suppress(ConnectionError):
                outcome = refusal if self.refuses_requests else {"result": self.replies.get(message["method"])}
                await self.send({"jsonrpc": "2.0", "id": message["id"]} | outcome)


def span(line: int, character: int, end_line: int | None = None, end_character: int | None = None) -> Message:
    """A range; empty unless it has an end."""
    end = {
        "line": line if end_line is None else end_line,
        "character": character if end_character is None else end_character,
    }
    return {"start": {"line": line, "character": character}, "end": end}


def at(uri: str, line: int, character: int, *, invoked: bool = True, selected: Message | None = None) -> Message:
    """Parameters of an inline completion request."""
    context: Message = {"triggerKind": 1 if invoked else 2}
    if selected is not None:
        context["selectedCompletionInfo"] = selected
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}, "context": context}


@contextlib.asynccontextmanager
async def raw_client(
    folder: Path, environment: Mapping[str, str] | None = None, flags: Sequence[str] = ()
) -> AsyncGenerator[RawClient]:
    """Start `codex-lsp serve` with `folder` as its home, and end it.

    `environment` is put over this process's own, of which no `CODEX_LSP_` setting is kept.
    """
    log_path = folder / "serve.log"
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "codex_lsp", "serve", *flags),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=clean_environment(folder) | dict(environment or {}),
            limit=2**26,
        )
    client = RawClient(process, log_path)
    try:
        yield client
    finally:
        await client.close()


def clean_environment(folder: Path) -> dict[str, str]:
    """This process's environment, without settings, and with `folder` for configuration, data and logs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CODEX_LSP_")}
    home = {f"XDG_{name.upper()}_HOME": str(folder / name) for name in ("config", "data", "state")}
    return kept | home | {"OMP_NUM_THREADS": "1"}
