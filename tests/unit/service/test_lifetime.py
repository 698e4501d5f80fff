"""When an engine has lived long enough."""

import asyncio
from pathlib import Path

from starlette.types import Message, Receive, Scope, Send

from codex_lsp.models.remote.file_lock import locked
from codex_lsp.service.lifetime import Work, until_unused


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


async def nothing() -> Message:
    return {"type": "http.disconnect"}


async def nowhere(_: Message) -> None:
    """Drop it."""


async def test_time_without_work_is_counted_from_the_end_of_the_last_request() -> None:
    clock, go = Clock(), asyncio.Event()

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await go.wait()

    work = Work(app, clock=clock)
    clock.now_s += 5
    assert work.idle_s() == 5
    request = asyncio.create_task(work({"type": "http", "path": "/v1/completions"}, nothing, nowhere))
    await asyncio.sleep(0)
    clock.now_s += 50
    assert work.idle_s() == 0
    go.set()
    await request
    assert work.idle_s() == 0
    clock.now_s += 7
    # To be asked how it is, is no work.
    await work({"type": "http", "path": "/health"}, nothing, nowhere)
    assert work.idle_s() == 7
    await asyncio.wait_for(work.until_idle(7), 10)


async def test_it_is_unused_when_the_last_lock_is_gone_and_then_nobody_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "engine.users"
    users = [await locked(path, shared=True) for _ in range(2)]
    waiting = asyncio.create_task(asyncio.to_thread(until_unused, path))
    joining = asyncio.create_task(locked(path, shared=True))
    for lock in (*users, await joining):
        assert not waiting.done()
        lock.release()
    alone = await waiting
    assert alone is not None
    late = asyncio.create_task(locked(path, shared=True))
    await asyncio.sleep(0)
    assert not late.done()
    alone.release()
    (await late).release()


async def test_a_lock_that_cannot_be_made_ends_nothing(tmp_path: Path) -> None:
    assert until_unused(tmp_path / "nowhere" / "engine.users") is None
