"""Measures what a person waits for: the real `codex-lsp serve` process, driven as an editor drives it.

    python benchmarks/ghost_text.py [--json] [--rounds 20] [--lines 2000]

- `initialize_ms`: from starting the process to the answer of `initialize`;
- `cold_ms`: from starting the process to the first ghost text of the embedded model;
- `warm_p50_ms`, `warm_p95_ms`: ghost text for a new place, model loaded, debounce included;
- `server_share_p50_ms`, `server_share_p95_ms`: the same against an endpoint that answers at once, less the time that
  endpoint took, in a document of `--lines` lines: the server's own work.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "cart.py"
URI = "file:///benchmark/cart.py"
PORT = 18765
TIMEOUT_S = 60.0
NO_STATISTICS = {"CODEX_LSP_STATISTICS_ENABLED": "false"}
"""A benchmark has no part in what a person accepted."""


class InstantEndpoint:
    """An OpenAI-compatible server that answers at once and notes how long it took."""

    def __init__(self) -> None:
        """Start with nothing served."""
        self.spent_s = 0.0

    async def models(self, _request: Request) -> JSONResponse:
        """One model."""
        return JSONResponse({"object": "list", "data": [{"id": "qwen2.5-coder-instant", "object": "model"}]})

    async def completions(self, request: Request) -> StreamingResponse:
        """One short continuation per row, streamed."""
        start = time.perf_counter()
        body = await request.json()
        rows = range(int(body.get("n") or 1))

        async def events() -> AsyncIterator[str]:
            for row in rows:
                logprobs = {"tokens": ["item"], "token_logprobs": [-0.1 * (row + 1)], "text_offset": [0]}
                choice = {"index": row, "text": f"item{row}", "logprobs": logprobs, "finish_reason": "stop"}
                yield f"data: {json.dumps({'object': 'text_completion', 'choices': [choice]})}\n\n"
            yield "data: [DONE]\n\n"
            self.spent_s = time.perf_counter() - start

        return StreamingResponse(events(), media_type="text/event-stream")

    def app(self) -> Starlette:
        """The routes."""
        return Starlette(
            routes=[
                Route("/v1/models", self.models),
                Route("/v1/completions", self.completions, methods=["POST"]),
            ]
        )


@contextlib.asynccontextmanager
async def editor(environment: dict[str, str]) -> AsyncGenerator[tuple[LanguageClient, float, float]]:
    """A running server after `initialize`; yields the client, the start time and the milliseconds `initialize` took."""
    client = LanguageClient("benchmark", "1")
    start = time.perf_counter()
    variables = {**os.environ, **NO_STATISTICS, **environment}
    await client.start_io(sys.executable, "-m", "codex_lsp", "serve", env=variables)
    capabilities = lsp.ClientCapabilities(
        text_document=lsp.TextDocumentClientCapabilities(inline_completion=lsp.InlineCompletionClientCapabilities())
    )
    await client.initialize_async(lsp.InitializeParams(capabilities=capabilities, process_id=os.getpid()))
    initialize_ms = (time.perf_counter() - start) * 1000
    client.initialized(lsp.InitializedParams())
    try:
        yield client, start, initialize_ms
    finally:
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()


def open_document(client: LanguageClient, text: str) -> None:
    """Open the benchmark's one document."""
    item = lsp.TextDocumentItem(uri=URI, language_id="python", version=1, text=text)
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))


def insert(client: LanguageClient, version: int, position: lsp.Position, text: str) -> None:
    """Type `text` at `position`."""
    change = lsp.TextDocumentContentChangePartial(range=lsp.Range(start=position, end=position), text=text)
    identity = lsp.VersionedTextDocumentIdentifier(uri=URI, version=version)
    client.text_document_did_change(lsp.DidChangeTextDocumentParams(text_document=identity, content_changes=[change]))


async def ghost(
    client: LanguageClient, position: lsp.Position, kind: lsp.InlineCompletionTriggerKind
) -> tuple[int, float]:
    """Ask for ghost text; how many items came and after how many milliseconds."""
    start = time.perf_counter()
    params = lsp.InlineCompletionParams(
        text_document=lsp.TextDocumentIdentifier(uri=URI),
        position=position,
        context=lsp.InlineCompletionContext(trigger_kind=kind),
    )
    answer = await asyncio.wait_for(client.text_document_inline_completion_async(params), TIMEOUT_S)
    items = answer.items if isinstance(answer, lsp.InlineCompletionList) else answer or []
    return len(items), (time.perf_counter() - start) * 1000


async def measure_model(rounds: int) -> dict[str, float]:
    """Cold and warm ghost text of the embedded model."""
    text = EXAMPLE.read_text(encoding="utf-8")
    line = next(number for number, content in enumerate(text.splitlines()) if "self.items.append(" in content)
    async with editor({}) as (client, start, initialize_ms):
        open_document(client, text)
        column = text.splitlines()[line].index("append(") + len("append(")
        count, _ = await ghost(client, lsp.Position(line, column), lsp.InlineCompletionTriggerKind.Automatic)
        cold_ms = (time.perf_counter() - start) * 1000
        warm: list[float] = []
        shown = 0
        for number in range(rounds):
            # A new line with a new name each time: nothing cached fits.
            position = lsp.Position(line + 1, 0)
            typed = f"        self.count_{number} = len("
            insert(client, number + 2, position, typed + ")\n")
            count, latency_ms = await ghost(
                client, lsp.Position(line + 1, len(typed)), lsp.InlineCompletionTriggerKind.Automatic
            )
            shown += count > 0
            warm.append(latency_ms)
    return {
        "initialize_ms": initialize_ms,
        "cold_ms": cold_ms,
        **percentiles("warm", warm),
        "warm_shown": shown / rounds,
    }


async def measure_server(rounds: int, lines: int) -> dict[str, float]:
    """The server's own share: an endpoint that answers at once, a long document, no debounce."""
    endpoint = InstantEndpoint()
    server = uvicorn.Server(uvicorn.Config(endpoint.app(), host="127.0.0.1", port=PORT, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    environment = {"CODEX_LSP_ENDPOINT_URL": f"http://127.0.0.1:{PORT}/v1"}
    share: list[float] = []
    async with editor(environment) as (client, _, _):
        open_document(client, "".join(f"value_{number} = {number}\n" for number in range(lines)))
        for number in range(rounds + 1):
            position = lsp.Position(lines // 2 + number, 0)
            typed = f"total_{number} = "
            insert(client, number + 2, position, typed + "\n")
            start = lsp.Position(position.line, len(typed))
            _, latency_ms = await ghost(client, start, lsp.InlineCompletionTriggerKind.Invoked)
            share.append(latency_ms - endpoint.spent_s * 1000)
    server.should_exit = True
    await serving
    # The first one opens connections and asks what the endpoint can do.
    return percentiles("server_share", share[1:])


def percentiles(name: str, values: list[float]) -> dict[str, float]:
    """Median and 95th percentile under names with units."""
    return {f"{name}_p50_ms": statistics.median(values), f"{name}_p95_ms": statistics.quantiles(values, n=20)[18]}


def main() -> int:
    """Measure and report."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--json", action="store_true", help="figures as JSON")
    arguments.add_argument("--rounds", type=int, default=20, help="warm completions (default 20)")
    arguments.add_argument("--lines", type=int, default=2000, help="lines of the document for the server's share")
    args = arguments.parse_args()
    figures: dict[str, Any] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"}
    figures |= asyncio.run(measure_model(args.rounds))
    figures |= asyncio.run(measure_server(args.rounds, args.lines))
    if args.json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:24} {value if isinstance(value, str) else format(value, '.1f')}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
