"""Two processes of one person at one `codex-lsp engine`: neither waits for all that the other asked."""

import asyncio
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.types import Prompt, SamplingParams

STUCK_S = 60.0
FLOOD = 200
# Asks all at once, each for a document of its own; says when the first answer begins, and at the end of its input how
# many it had by then.
FLOODING = f"""
import asyncio, sys
from contextlib import aclosing
from pathlib import Path
from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.types import Prompt, SamplingParams

ended = 0

async def ask(model, number):
    global ended
    params = SamplingParams(n=2, max_tokens=24, document=f"file:///{{number}}.py")
    async with aclosing(model.sample(Prompt(header=None, prefix=f"x_{{number}} = "), params)) as deltas:
        async for _ in deltas:
            if not asking.done():
                asking.set_result(None)
    ended += 1

async def score(model):
    await model.score(Prompt(header=None, prefix=""), "value = 1\\n" * 400)

async def main():
    global asking
    asking = asyncio.get_running_loop().create_future()
    model = OpenAIModel("http://engine/v1", socket=Path(sys.argv[1]))
    tasks = [asyncio.create_task(ask(model, number)) for number in range({FLOOD})]
    tasks += [asyncio.create_task(score(model)) for _ in range(4)]
    await asking
    print("asking", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(ended, flush=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await model.close()

asyncio.run(main())
"""


@pytest.fixture
def engine() -> Iterator[Path]:
    """The socket of an engine."""
    with tempfile.TemporaryDirectory(prefix="clsp-") as folder:
        path = Path(folder) / "engine.sock"
        command = [sys.executable, "-m", "codex_lsp", "engine", "--socket", str(path)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        assert process.stderr is not None
        try:
            assert any(str(path) in line.decode() for line in process.stderr)
            yield path
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=STUCK_S)


@asynccontextmanager
async def flood(engine: Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A process whose requests have begun to be answered."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", FLOODING, str(engine), stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"asking\n"
        yield process
    finally:
        process.kill()
        await process.wait()


@pytest.mark.timeout(180)
async def test_what_one_types_does_not_wait_for_all_that_another_process_asked(engine: Path) -> None:
    model = OpenAIModel("http://engine/v1", socket=engine)
    await model.capabilities()
    async with flood(engine) as process:
        params = SamplingParams(n=4, max_tokens=24, document="file:///typed.py")
        async with aclosing(model.sample(Prompt(header=None, prefix="def add(a, b):\n    return "), params)) as deltas:
            assert {delta.index async for delta in deltas} == {0, 1, 2, 3}
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        told = await process.stdout.readline()
    # Each step of the one is followed by a step of the other: of 24 steps, a few answers of the other.
    assert int(told) < FLOOD // 4
    await model.close()
