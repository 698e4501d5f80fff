"""`codex-lsp engine` as a process, with the embedded model."""

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from codex_lsp.config import Settings
from codex_lsp.errors import ModelUnavailable
from codex_lsp.models.protocol import HealthState, LanguageModel
from codex_lsp.models.registry import open_model
from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.types import Delta, FinishReason, Header, Prompt, SamplingParams, Token

ENGINE = (sys.executable, "-m", "codex_lsp", "engine")
PROMPT = Prompt(
    header=Header(path="shapes.py", language="python"),
    prefix='import math\n\n\ndef area(radius):\n    """The area of a circle."""\n    return ',
    suffix="\n\n\nprint(area(2))\n",
)
STUCK_S = 60.0
MEMORY = Path(__file__).parents[2] / "benchmarks" / "engine_memory.py"
# A leak of a prompt's keys and values, or of a request's tokens, would be more within these few requests.
MEMORY_GROWTH_MB = 40.0


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = str(tmp_path_factory.mktemp("home"))
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, folder)
    with tempfile.TemporaryDirectory(prefix="clsp-") as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        yield


@pytest.fixture(scope="module")
def engine() -> Iterator[Path]:
    """The socket of one engine for all tests that leave it as it is."""
    with tempfile.TemporaryDirectory(prefix="clsp-") as folder:
        path = Path(folder) / "engine.sock"
        process = subprocess.Popen([*ENGINE, "--socket", str(path)], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        assert process.stderr is not None
        try:
            assert any(str(path) in line.decode() for line in process.stderr)
            yield path
        finally:
            process.send_signal(signal.SIGTERM)
            log = process.communicate(timeout=STUCK_S)[1].decode()
        assert process.returncode == 0, log
        assert not path.exists()
        assert "Traceback" not in log


@asynccontextmanager
async def client(path: Path) -> AsyncGenerator[OpenAIModel, None]:
    model = OpenAIModel("http://engine/v1", socket=path)
    try:
        yield model
    finally:
        await model.close()


@asynccontextmanager
async def child(settings: Settings) -> AsyncGenerator[LanguageModel, None]:
    model = open_model(settings, environment=os.environ, in_process=False)
    try:
        yield model
    finally:
        await model.close()


async def sampled(model: LanguageModel, params: SamplingParams) -> dict[int, list[Delta]]:
    rows: dict[int, list[Delta]] = {}
    async with aclosing(model.sample(PROMPT, params)) as deltas:
        async for delta in deltas:
            rows.setdefault(delta.index, []).append(delta)
    return rows


def text_of(row: list[Delta]) -> str:
    return "".join(delta.text for delta in row)


def tokens_of(row: list[Delta]) -> list[Token]:
    return [token for delta in row for token in delta.tokens]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    # A dead process that nobody has waited for is no orphan.
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


async def test_it_answers_health_from_its_first_moment_until_it_is_ready(engine: Path) -> None:
    async with client(engine) as model:
        percents: list[int] = []
        while (health := await model.health()).state is not HealthState.READY:
            assert health.state is HealthState.LOADING, health.detail
            percents.append(health.percent)
            await asyncio.sleep(0.02)
        assert percents == sorted(percents)
        capabilities = await model.capabilities()
        assert capabilities.model == "embedded"
        assert capabilities.fim
        assert capabilities.score
        assert capabilities.tokenizer is not None


async def test_rows_of_a_completion(engine: Path) -> None:
    params = SamplingParams(n=4, greedy_first=True, max_tokens=12, seed=3)
    async with client(engine) as model:
        rows = await sampled(model, params)
        again = await sampled(model, params)
    assert sorted(rows) == [0, 1, 2, 3]
    for row in rows.values():
        text, tokens = text_of(row), tokens_of(row)
        assert [delta.finish_reason for delta in row[:-1]] == [None] * (len(row) - 1)
        assert row[-1].finish_reason in {FinishReason.STOP, FinishReason.LENGTH}
        assert len(tokens) <= 12
        assert [token.end for token in tokens] == sorted(token.end for token in tokens)
        assert not tokens or tokens[-1].end == len(text)
        assert all(token.logprob is not None and token.logprob <= 0 for token in tokens)
    assert {index: text_of(row) for index, row in rows.items()} == {index: text_of(row) for index, row in again.items()}


async def test_scores_are_the_raw_log_probabilities_of_what_was_sampled(engine: Path) -> None:
    async with client(engine) as model:
        # The raw value does not depend on the temperature or the nucleus that it was drawn with.
        rows = await sampled(model, SamplingParams(n=4, max_tokens=8, temperature=1.3, top_p=0.7, seed=11))
        compared = 0
        for row in rows.values():
            if row[-1].finish_reason is not FinishReason.LENGTH:
                continue
            tokens = tokens_of(row)
            scored = await model.score(PROMPT, text_of(row))
            # A text may have another shortest spelling than the one that was sampled.
            if [token.id for token in scored] == [token.id for token in tokens]:
                compared += 1
                assert [token.end for token in scored] == [token.end for token in tokens]
                total = sum(token.logprob or 0.0 for token in tokens)
                assert sum(token.logprob or 0.0 for token in scored) == pytest.approx(total, abs=0.05 * len(tokens))
    assert compared


async def test_streams_that_are_closed_cost_no_more_than_they_gave(engine: Path) -> None:
    async with client(engine) as model:
        for seed in range(20):
            params = SamplingParams(n=8, max_tokens=1500, temperature=2.0, top_p=1.0, seed=seed)
            async with aclosing(model.sample(PROMPT, params)) as deltas:
                await anext(deltas)
        # Were they still decoded, this would wait for a quarter of a million tokens.
        assert await asyncio.wait_for(sampled(model, SamplingParams(max_tokens=1)), STUCK_S)


async def test_the_wire_for_everybody_else(engine: Path) -> None:
    async with client(engine) as model:
        await model.capabilities()
    body = {"prompt": "x = [1, 2, ", "max_tokens": 3, "n": 2, "temperature": 0, "logprobs": 1}
    answer = await asyncio.to_thread(_curl, engine, "/v1/completions", body)
    assert len(answer["choices"]) == 2
    assert answer["choices"][0]["text"] == answer["choices"][1]["text"]
    pieces = answer["choices"][0]["logprobs"]["tokens"]
    assert "".join(pieces) == answer["choices"][0]["text"]
    error = await asyncio.to_thread(_curl, engine, "/v1/completions", {"prompt": "x " * 20_000})
    assert error["error"]["type"] == "invalid_request_error"
    assert "\n" not in error["error"]["message"]


def _curl(path: Path, address: str, body: object) -> Any:
    """A second client, so that ours is not its own witness."""
    connection = http.client.HTTPConnection("engine", timeout=STUCK_S)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    try:
        connection.request("POST", address, json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


async def test_a_killed_child_is_replaced(engine: Path) -> None:
    async with child(Settings()) as model:
        before = await sampled(model, SamplingParams(max_tokens=4, temperature=0.0))
        (pid,) = _children(os.getpid(), but=engine)
        os.kill(pid, signal.SIGKILL)
        assert await sampled(model, SamplingParams(max_tokens=4, temperature=0.0)) == before
        (new_pid,) = [found for found in _children(os.getpid(), but=engine) if found != pid]
        assert is_alive(new_pid)
    await until_dead(new_pid)


def _children(parent: int, *, but: Path) -> list[int]:
    """Engines that `parent` started, but the one that listens at a given socket."""
    shown = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    found = [line.split(maxsplit=3) for line in shown.stdout.splitlines()]
    return [
        int(pid)
        for pid, ppid, state, command in found
        if int(ppid) == parent and " engine " in command and state[0] != "Z" and str(but) not in command
    ]


async def test_no_engine_outlives_its_last_user() -> None:
    parent = """
import asyncio, os
from codex_lsp.config import Settings
from codex_lsp.models.registry import open_model

async def main():
    model = open_model(Settings(), environment=os.environ, in_process=False)
    await model.start()
    print("started", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), STUCK_S) == b"started\n"
    (pid,) = _children(process.pid, but=Path("/none"))
    # The engine is importing libraries now; that must not keep it alive either.
    process.kill()
    await process.wait()
    await until_dead(pid)


async def until_dead(pid: int) -> None:
    async with asyncio.timeout(STUCK_S):
        while is_alive(pid):  # noqa: ASYNC110 - the death of a process that is not ours sends no event
            await asyncio.sleep(0.05)


async def test_a_missing_model_folder_is_one_line(tmp_path: Path) -> None:
    missing = tmp_path / "no-such-model"
    async with child(replace(Settings(), model=str(missing))) as model:
        for _ in range(2):
            with pytest.raises(ModelUnavailable) as caught:
                await model.capabilities()
            assert str(missing) in str(caught.value)
            assert "\n" not in str(caught.value)
            health = await model.health()
            assert health.state is HealthState.FAILED
            assert str(missing) in health.detail


def test_what_one_token_left_is_not_found_by_another(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("first\nsecond\n", encoding="utf-8")
    tokens.chmod(0o600)
    command = [*ENGINE, "--port", "0", "--token-file", str(tokens)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        try:
            found = next(match for line in process.stderr if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))
            first, second = (
                httpx.Client(base_url=found[0], headers={"Authorization": f"Bearer {token}"}, timeout=STUCK_S)
                for token in ("first", "second")
            )
            while first.get("/health").status_code != 200:
                pass
            text = "".join(f"name_{number} = {number}\n" for number in range(40))
            # Each asks the same twice: the first of each reads all of it, the second of each next to nothing.
            read: list[int] = []
            for client in (first, second, first, second):
                before = client.get("/health").json()["cache"]
                answer = client.post("/v1/completions", json={"prompt": text, "max_tokens": 1})
                assert answer.status_code == 200
                after = client.get("/health").json()["cache"]
                assert after["prompts"] == before["prompts"] + 1
                read.append(after["tokens"] - before["tokens"] - after["reused"] + before["reused"])
            first.close()
            second.close()
        finally:
            process.terminate()
            process.communicate(timeout=STUCK_S)
    assert read[0] == read[1] > 200
    assert read[2] == read[3] <= 2


async def test_two_hundred_clients_at_once(engine: Path) -> None:
    async with client(engine) as model:
        await model.capabilities()

    async def ask(number: int) -> httpx.Response:
        transport = httpx.AsyncHTTPTransport(uds=str(engine))
        async with httpx.AsyncClient(transport=transport, base_url="http://engine", timeout=2 * STUCK_S) as caller:
            body = {"prompt": f"x_{number} = ", "max_tokens": 2, "codex": {"document": str(number)}}
            return await caller.post("/v1/completions", json=body)

    answers = await asyncio.gather(*map(ask, range(200)))
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json()["choices"] for answer in answers)


def test_memory_is_flat() -> None:
    # The short form of a command that asks ten thousand times.
    command = [sys.executable, str(MEMORY), "--json", "--requests", "320", "--clients", "4"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["requests"] == 320
    assert set(report["statuses"]) == {"200", "400"}
    assert report["growth_mb"] < MEMORY_GROWTH_MB
    assert report["cache"]["bytes"] <= 8 * 2**20
    assert report["cache"]["evicted"] > 0


def test_on_tcp_a_token_is_needed(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("letmein\n", encoding="utf-8")
    tokens.chmod(0o600)
    command = [*ENGINE, "--port", "0", "--token-file", str(tokens), "--model", str(tmp_path / "none")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        try:
            found = next(match for line in process.stderr if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))
            for headers, status in (({}, 401), ({"Authorization": "Bearer letmein"}, 503)):
                assert httpx.get(f"{found[0]}/health", headers=headers, timeout=STUCK_S).status_code == status
        finally:
            process.terminate()
            process.communicate(timeout=STUCK_S)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "8080"], "--token-file"),
        (["--port", "99999", "--token-file", "x"], "--port 99999"),
        (["--port", "0", "--token-file", "/no/such/file"], "/no/such/file"),
        (["--socket", "/tmp/engine.sock"], "/tmp"),
        (["--port", "0", "--token-file", "x", "--shared"], "--shared"),
        (["--socket", "/proc/nowhere/engine.sock"], "/proc/nowhere"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(arguments: list[str], words: str) -> None:
    done = subprocess.run([*ENGINE, *arguments], capture_output=True, text=True, check=False, timeout=STUCK_S)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
