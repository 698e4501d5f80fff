"""What no correct client sends. The server answers the next correct message, whatever came before."""

import os
import signal
from typing import Any

from tests.e2e.peer import Peer
from tests.e2e.raw_client import INLINE, RawClient, at

URI = "file:///work/app.py"


async def check_alive(client: RawClient) -> None:
    assert await client.state("file:///nowhere") is None


BODIES: list[tuple[bytes, int]] = [
    (b"{nope", -32700),
    (b"\xff\xfe{}", -32700),
    (b"[" * 100_000, -32700),
    (b"", -32700),
    (b"[]", -32600),
    (b"3", -32600),
    (b"{}", -32600),
    (b'{"method": "shutdown"}', -32600),
]
STREAMS = [
    b"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"Content-Length: abc\r\n\r\n",
    b"Content-Length: 99999999999\r\n\r\n",
    b"Content-Length: 2\r\n\r\n{} trailing text ",
    b"content-length:2\n\n{}",
]
REQUESTS: list[tuple[Any, int]] = [
    ({"method": "no/such"}, -32601),
    ({"method": INLINE}, -32602),
    ({"method": INLINE, "params": at(URI, -1, 0)}, -32602),
    ({"method": INLINE, "params": []}, -32602),
    ({"method": 7}, -32600),
    ({"method": ["a"]}, -32600),
    ({"method": "initialize", "params": {"capabilities": {}, "processId": None, "rootUri": None}}, -32600),
    ({"method": "codex-lsp/documentState", "params": {"uri": 3}}, -32602),
    ({"method": "codex-lsp/documentState"}, -32602),
]
NOTIFICATIONS_AND_ANSWERS: list[Any] = [
    {"method": "no/such", "params": {}},
    {"method": "$/whatever"},
    {"method": "$/cancelRequest", "params": {"id": {}}},
    {"method": "textDocument/didOpen", "params": {"textDocument": {"uri": URI}}},
    {"method": "notebookDocument/didOpen", "params": {}},
    {"method": "workspace/didChangeWorkspaceFolders", "params": {"event": {"added": [], "removed": []}}},
    {"id": 12345, "result": None},
    {"id": 12345, "error": {"code": 1, "message": "x"}},
    {"id": {}, "result": 1},
    {"id": 12345},
]


async def test_bodies_that_are_no_message(client: RawClient) -> None:
    await client.initialize()
    for count, (body, code) in enumerate(BODIES, 1):
        await client.send_body(body)
        answer = await client.message(lambda message: message.get("id", 0) is None, count=count)
        assert answer["error"]["code"] == code, body[:80]
        await check_alive(client)


async def test_broken_frames_cost_only_themselves(client: RawClient) -> None:
    await client.initialize()
    for stream in STREAMS:
        await client.send_bytes(stream)
        await check_alive(client)


async def test_wrong_requests_are_answered_with_an_error(client: RawClient) -> None:
    await client.initialize()
    for count, (message, code) in enumerate(REQUESTS):
        await client.send({"jsonrpc": "2.0", "id": f"wrong {count}"} | message)
        assert (await client.answer(f"wrong {count}"))["error"]["code"] == code, message
        await check_alive(client)


async def test_wrong_notifications_and_answers_are_ignored(client: RawClient) -> None:
    await client.initialize()
    for message in NOTIFICATIONS_AND_ANSWERS:
        await client.send({"jsonrpc": "2.0"} | message)
        await check_alive(client)
    assert client.all_shown() == []


async def test_a_client_newer_than_the_server_is_not_refused(client: RawClient) -> None:
    newer = {
        "workspace": {"symbol": {"symbolKind": {"valueSet": [1, 999]}}},
        "textDocument": {"inlineCompletion": {"fromTheFuture": 1}, "codeAction": 7},
        "general": {"positionEncodings": ["utf-64", "utf-8"]},
    }
    assert (await client.initialize(newer))["positionEncoding"] == "utf-8"
    await check_alive(client)


async def test_the_order_of_a_session_is_kept(client: RawClient) -> None:
    assert await client.refused(INLINE, at(URI, 0, 0)) == -32002
    await client.open(URI, "ignored")
    await client.initialize()
    assert await client.state(URI) is None
    await client.ask("shutdown")
    assert await client.refused(INLINE, at(URI, 0, 0)) == -32600
    await client.notify("exit", None)
    assert await client.exit_code() == 0


async def test_exit_without_shutdown(client: RawClient) -> None:
    await client.initialize()
    await client.notify("exit", None)
    assert await client.exit_code() == 1


async def test_a_client_that_vanishes_before_it_has_said_anything(client: RawClient) -> None:
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert await client.exit_code() == 1


async def test_a_client_that_vanishes_while_a_generation_runs(client: RawClient, peer: Peer) -> None:
    peer.released.clear()
    await client.initialize()
    await client.open(URI, "a = ")
    await client.start(INLINE, at(URI, 0, 4))
    await peer.asked()
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert await client.exit_code() == 1
    await peer.left()


async def test_a_termination_signal(client: RawClient, peer: Peer) -> None:
    peer.released.clear()
    await client.initialize()
    await client.open(URI, "a = ")
    await client.start(INLINE, at(URI, 0, 4))
    await peer.asked()
    os.kill(client.process.pid, signal.SIGTERM)
    await client.exit_code()
    assert "Traceback" not in client.log
