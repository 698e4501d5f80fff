"""The engine's process for real; what it serves is scripted, so that it starts fast and fails on demand."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.errors import ModelUnavailable
from codex_lsp.models import engine_process
from codex_lsp.models.engine_process import EngineProcess
from codex_lsp.models.protocol import HealthState
from codex_lsp.types import Prompt, SamplingParams
from tests.processes import runs

PROMPT = Prompt(header=None, prefix="x = ")
ONE = SamplingParams(n=1)

# Stands for `codex-lsp engine`: the same server, listener and lifetime around a scripted model. The prompt `die` ends
# it at once, `hang` after the first token; a number as its first argument is the seconds after which it is idle.
ENGINE = """
import asyncio, os, sys
from pathlib import Path
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.service.app import create_app
from codex_lsp.service.listener import unix_listener
from codex_lsp.service.loading import LoadingModel
from codex_lsp.service.run import Lifetime, serve

def rows(prompt, params):
    if prompt.prefix == "die":
        os._exit(9)
    return [str(os.getpid()) + " and so on"]

async def before_step(step):
    if step == 1 and model.requests[-1].prompt.prefix == "hang":
        await asyncio.Event().wait()

model = ScriptedModel(rows, before_step=before_step)
opening = LoadingModel(lambda: model)
path = Path(sys.argv[sys.argv.index("--socket") + 1])
idle_s = float(sys.argv[1]) if sys.argv[1][0].isdigit() else 0
lifetime = Lifetime(users=path.with_suffix(".users"), idle_s=idle_s) if "--shared" in sys.argv else None
with unix_listener(path) as listener:
    serve(create_app(opening), opening, listener, lifetime)
"""


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    # Where the platform knows no runtime folder.
    monkeypatch.setattr(tempfile, "tempdir", str(short_folder))


@asynccontextmanager
async def running(source: str = ENGINE, *arguments: str) -> AsyncGenerator[EngineProcess, None]:
    model = EngineProcess((sys.executable, "-c", source, *arguments))
    try:
        yield model
    finally:
        await model.close()


async def sampled(model: EngineProcess, prefix: str = "x") -> str:
    prompt = Prompt(header=None, prefix=prefix)
    async with aclosing(model.sample(prompt, ONE)) as deltas:
        return "".join([delta.text async for delta in deltas])


async def pid_of(model: EngineProcess) -> int:
    return int((await sampled(model)).split()[0])


async def until_dead(pid: int) -> None:
    while runs(pid):  # noqa: ASYNC110 - the death of a process that is not ours sends no event
        await asyncio.sleep(0.01)


async def test_it_starts_on_first_use_and_ends_on_close() -> None:
    async with running() as model:
        assert (await model.health()).state is HealthState.LOADING
        first, second = await asyncio.gather(pid_of(model), pid_of(model))
        assert first == second
        assert (await model.capabilities()).model == "scripted"
        assert (await model.health()).state is HealthState.READY
        assert [token.end for token in await model.score(PROMPT, "a b")] == [1, 3]
        assert runs(first)
    await until_dead(first)
    with pytest.raises(ModelUnavailable, match="closed"):
        await model.capabilities()


async def test_a_dead_child_is_started_again_by_the_next_request() -> None:
    async with running() as model:
        first = await pid_of(model)
        os.kill(first, signal.SIGKILL)
        second = await pid_of(model)
        assert second != first
        os.kill(second, signal.SIGKILL)
        assert (await model.capabilities()).model == "scripted"


async def test_a_death_half_way_is_told_once() -> None:
    async with running() as model:
        first = await pid_of(model)
        async with aclosing(model.sample(Prompt(header=None, prefix="hang"), ONE)) as deltas:
            await anext(deltas)
            os.kill(first, signal.SIGKILL)
            with pytest.raises(ModelUnavailable, match="died half-way"):
                await anext(deltas)
        assert await pid_of(model) != first


async def test_a_child_that_stands_still_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_process, "STALL_TIMEOUT_S", 0.5)
    async with running() as model:
        first = await pid_of(model)
        os.kill(first, signal.SIGSTOP)
        for ask in (sampled(model), model.score(PROMPT, "a b")):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ask, 0.2)
            # Given up during the look at the child, the next one looks at it too.
        assert await pid_of(model) != first
        await until_dead(first)


async def test_a_child_that_answers_is_kept_whoever_gives_up() -> None:
    async with running() as model:
        first = await pid_of(model)
        async with aclosing(model.sample(Prompt(header=None, prefix="hang"), ONE)) as deltas:
            await anext(deltas)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(deltas), 0.1)
        assert (await model.health()).state is HealthState.READY
        assert await pid_of(model) == first


async def test_a_command_line_that_cannot_be() -> None:
    model = EngineProcess((sys.executable, "a\0b"))
    with pytest.raises(ModelUnavailable, match=r"the engine cannot be started \(embedded null byte\)"):
        await model.capabilities()
    await model.close()


async def test_a_request_that_kills_every_child_ends() -> None:
    async with running() as model:
        await model.start()
        with pytest.raises(ModelUnavailable):
            await sampled(model, "die")


@pytest.mark.parametrize(("backoff_s", "expected"), [(600.0, 1), (0.0, 3)])
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import sys; sys.exit('codex-lsp: no/such/model: no such folder')", "no/such/model: no such folder"),
        ("raise SystemExit(3)", "exit code 3"),
    ],
)
async def test_a_child_that_cannot_start_is_failed_with_its_reason(
    source: str, reason: str, backoff_s: float, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "FIRST_BACKOFF_S", backoff_s)
    monkeypatch.setattr(engine_process, "MAX_BACKOFF_S", backoff_s)
    starts = tmp_path / "starts"
    count = f"import os; open({str(starts)!r}, 'a').write('x'); "
    async with running(count + source) as model:
        for _ in range(3):
            with pytest.raises(ModelUnavailable, match=reason):
                await model.capabilities()
            health = await model.health()
            assert health.state is HealthState.FAILED
            assert reason in health.detail
        # Each request came too early to start it again, or each did not.
        assert len(starts.read_text(encoding="utf-8")) == expected


async def test_a_command_that_does_not_exist() -> None:
    model = EngineProcess(("/no/such/program",))
    with pytest.raises(ModelUnavailable, match="/no/such/program: the engine cannot be started"):
        await model.capabilities()
    assert (await model.health()).state is HealthState.FAILED
    await model.close()


async def test_whoever_waits_for_a_start_may_leave() -> None:
    async with running() as model:
        leaving = asyncio.create_task(pid_of(model))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert await pid_of(model) > 0


async def test_closing_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    async with running(f"import os; open({str(pids)!r}, 'a').write(str(os.getpid()))\n{ENGINE}") as model:
        starting = asyncio.create_task(model.start())
        await asyncio.sleep(0)
    await starting
    await until_dead(int(pids.read_text(encoding="utf-8")))


async def test_all_who_ask_share_one_engine_and_it_ends_with_the_last() -> None:
    async with running() as first:
        async with running() as second, running(ENGINE + "\n") as other:
            shared, again, another = await asyncio.gather(pid_of(first), pid_of(second), pid_of(other))
            assert shared == again
            # Another command line is another engine.
            assert another != shared
        assert await pid_of(first) == shared
        assert runs(shared)
    await until_dead(shared)


async def test_who_joined_starts_the_engine_again_when_it_dies() -> None:
    async with running() as first, running() as second:
        shared = await pid_of(first)
        assert await pid_of(second) == shared
        os.kill(shared, signal.SIGKILL)
        renewed = await asyncio.gather(pid_of(second), pid_of(first))
        assert renewed[0] == renewed[1] != shared


async def test_who_joined_and_was_not_answered_yet_starts_it_again_too() -> None:
    async with running() as first, running() as second:
        shared = await pid_of(first)
        await second.start()
        os.kill(shared, signal.SIGKILL)
        await until_dead(shared)
        renewed = await pid_of(second)
        assert renewed != shared
        # Who had started the first one joins the other's, and knows it for alive.
        assert await pid_of(first) == renewed
        assert (await first.health()).state is HealthState.READY


async def test_an_engine_that_still_loads_is_not_idle() -> None:
    slow = ENGINE.replace("LoadingModel(lambda: model)", "LoadingModel(lambda: (time.sleep(1.5), model)[1])")
    slow = slow.replace("import asyncio", "import time, asyncio")
    async with running(slow, "0.5") as model:
        assert (await model.capabilities()).model == "scripted"


async def test_who_joined_ends_an_engine_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_process, "STALL_TIMEOUT_S", 0.5)
    async with running() as first, running() as second:
        shared = await pid_of(first)
        assert await pid_of(second) == shared
        os.kill(shared, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sampled(second), 0.2)
        assert await pid_of(second) != shared
        await until_dead(shared)


async def test_the_socket_of_a_dead_engine_is_no_hindrance() -> None:
    async with running() as model:
        first = await pid_of(model)
        os.kill(first, signal.SIGKILL)
        await until_dead(first)
    async with running() as model:
        assert await pid_of(model) != first


async def test_an_engine_of_which_nothing_is_asked_ends_and_the_next_request_starts_it() -> None:
    async with running(ENGINE, "2") as model:
        first = await pid_of(model)
        await until_dead(first)
        assert await pid_of(model) != first


async def test_an_engine_outlives_no_user(tmp_path: Path) -> None:
    parent = f"""
import asyncio, sys
from codex_lsp.models.engine_process import EngineProcess
from codex_lsp.types import Prompt, SamplingParams

async def main():
    model = EngineProcess((sys.executable, "-c", {ENGINE!r}))
    async for delta in model.sample(Prompt(header=None, prefix="x"), SamplingParams(n=1, max_tokens=1)):
        print(delta.text, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
    environment: dict[str, Any] = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    child = int(await asyncio.wait_for(process.stdout.readline(), 30))
    assert runs(child)
    process.kill()
    await process.wait()
    await asyncio.wait_for(until_dead(child), 10)
