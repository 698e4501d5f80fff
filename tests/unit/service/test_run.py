"""The engine as a process of its own: how it ends."""

import asyncio
import sys
from pathlib import Path

import httpx
import pytest

# The prompt `silent` says nothing at all, any other one token; then they wait for ever.
ENGINE = """
import asyncio, logging, sys
from pathlib import Path
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.service.app import create_app
from codex_lsp.service.listener import unix_listener
from codex_lsp.service.loading import LoadingModel
from codex_lsp.service.run import serve

async def before_step(step):
    if step == 1 or model.requests[-1].prompt.prefix == "silent":
        print("held", flush=True)
        await asyncio.Event().wait()

logging.basicConfig(level=logging.INFO)
model = ScriptedModel(lambda prompt, params: ["one two three"], before_step=before_step)
opening = LoadingModel(lambda: model)
with unix_listener(Path(sys.argv[1])) as listener:
    print("listening", flush=True)
    serve(create_app(opening), opening, listener)
"""


@pytest.mark.parametrize(("prompt", "status"), [("x", 200), ("silent", 503)])
async def test_sigterm_in_the_middle_of_an_answer_ends_it_without_a_traceback(
    prompt: str, status: int, short_folder: Path
) -> None:
    path = short_folder / "engine.sock"
    engine = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ENGINE, str(path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert engine.stdout is not None
    assert await engine.stdout.readline() == b"listening\n"
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with httpx.AsyncClient(transport=transport, base_url="http://engine", timeout=30) as client:
        while (await client.get("/health")).status_code != 200:  # noqa: ASYNC110 - another process sends no event
            await asyncio.sleep(0.01)
        asking = asyncio.create_task(client.post("/v1/completions", json={"prompt": prompt, "stream": True}))
        assert await engine.stdout.readline() == b"held\n"
        engine.terminate()
        response = await asking
    _, log = await engine.communicate()
    assert engine.returncode == 0
    assert response.status_code == status
    assert "[DONE]" not in response.text
    assert b"Traceback" not in log
    assert b"ending: SIGTERM" in log
