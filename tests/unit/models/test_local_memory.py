"""A real model over the engine's own wire remembers what was told, and forgets it with the session."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import codex_lsp
from codex_lsp.config import EngineSettings
from codex_lsp.models.local import LocalModel
from codex_lsp.models.local_memory import MAX_NEW_CHARACTERS, LocalMemory
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.service.app import create_app
from codex_lsp.types import Header, MemorySession, Prompt, RememberedText, SamplingParams, Token, WorkspaceTexts

WEIGHTS = Path(codex_lsp.__file__).parent / "weights"
OTHER = "".join(f"    {name} = zorble_the_quux(frotz={name})\n" for name in ("alpha", "beta", "gamma", "delta"))
PROMPT = Prompt(header=Header(path="a.py", language="python"), prefix="def f(x):\n    y = zorble_")
PARAMS = SamplingParams(n=2, greedy_first=True, max_tokens=12, stop=("\n",))


def told(*texts: str) -> WorkspaceTexts:
    named = tuple(RememberedText(name=f"file:///{number}.py", text=text) for number, text in enumerate(texts))
    return WorkspaceTexts(session=MemorySession(name="one"), texts=named)


async def greedy(model: LanguageModel, memory: WorkspaceTexts | None) -> tuple[str, list[Token]]:
    text, tokens = "", list[Token]()
    async for delta in model.sample(PROMPT, replace(PARAMS, memory=memory)):
        if delta.index == 0:
            text += delta.text
            tokens += delta.tokens
    return text, tokens


async def test_what_others_say_is_remembered_and_numbers_stay_the_model_s(
    serve: Callable[..., AbstractAsyncContextManager[Path]],
) -> None:
    local = LocalModel("embedded", WEIGHTS, EngineSettings(threads=1))
    try:
        async with serve(create_app(local)) as socket:
            remote = OpenAIModel("http://engine/v1", socket=socket)
            await remote.capabilities()
            memory = told("z = 1\n", OTHER)
            alone, _ = await greedy(remote, None)
            text, tokens = await greedy(remote, memory)
            assert "the_quux(frotz=" in text
            assert "quux" not in alone
            again, _ = await greedy(remote, replace(memory, texts=memory.texts[:1]))
            assert "quux" not in again
            in_process, _ = await greedy(local, memory)
            assert in_process == text
            # The first token may begin before the cursor; the others are those of the text that follows it.
            scored = await remote.score(
                replace(PROMPT, prefix=PROMPT.prefix + text[: tokens[0].end]), text[tokens[0].end :]
            )
            assert scored[-1].logprob is not None
            assert tokens[-1].logprob is not None
            assert abs(scored[-1].logprob - tokens[-1].logprob) < 1e-2
            await remote.close()
            await asyncio.sleep(0)
    finally:
        await local.close()


def test_a_workspace_is_read_a_piece_at_a_time() -> None:
    read: list[int] = []

    def encode(text: str) -> tuple[int, ...]:
        read.append(len(text))
        return (1, 2, 3)

    memory = LocalMemory(encode)
    texts = told(*("x" * (MAX_NEW_CHARACTERS // 2) + str(number) for number in range(5)))
    sizes: list[int] = []
    for _ in range(4):
        places = memory.places(texts)
        assert places is not None
        sizes.append(sum(map(len, places)))
    assert sizes == [4, 8, 10, 10]
    assert len(read) == 5
    assert memory.places(None) is None
