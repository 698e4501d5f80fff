"""The scripted model keeps the contract of a language model."""

import asyncio
import subprocess
import sys
from contextlib import aclosing

import pytest

from codex_lsp.errors import ModelUnavailable, NotSupported
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow, everything
from codex_lsp.types import Capabilities, Delta, FinishReason, Prompt, SamplingParams, Token

PROMPT = Prompt(header=None, prefix="x = ")


async def collected(model: LanguageModel, params: SamplingParams) -> list[Delta]:
    async with aclosing(model.sample(PROMPT, params)) as deltas:
        return [delta async for delta in deltas]


def texts(deltas: list[Delta]) -> dict[int, str]:
    rows = {delta.index for delta in deltas}
    return {row: "".join(delta.text for delta in deltas if delta.index == row) for row in sorted(rows)}


async def test_it_plays_its_rows() -> None:
    model = ScriptedModel(["a + b", ScriptedRow.of("c", -0.5)])
    deltas = await collected(model, SamplingParams(n=3))
    assert texts(deltas) == {0: "a + b", 1: "c", 2: "a + b"}
    assert [token for delta in deltas if delta.index == 1 for token in delta.tokens] == [
        Token(id=0, logprob=-0.5, end=1)
    ]
    assert model.requests[0].params.n == 3
    assert model.steps == 4


async def test_rows_may_depend_on_the_request() -> None:
    model = ScriptedModel(lambda prompt, params: [prompt.prefix + str(params.seed)])
    assert texts(await collected(model, SamplingParams(seed=7))) == {0: "x = 7"}


async def test_it_stops_like_a_real_model() -> None:
    model = ScriptedModel(["a\nb c"])
    stopped = await collected(model, SamplingParams(stop=("\nb",)))
    assert (texts(stopped), stopped[-1].finish_reason) == ({0: "a"}, FinishReason.STOP)
    limited = await collected(model, SamplingParams(max_tokens=1))
    assert (texts(limited), limited[-1].finish_reason) == ({0: "a"}, FinishReason.LENGTH)


async def test_it_fails_where_it_was_told_to() -> None:
    model = ScriptedModel(["a b c"], failure=ModelUnavailable("gone"), fail_at_step=2)
    played = model.sample(PROMPT, SamplingParams())
    assert [(await anext(played)).text for _ in range(2)] == ["a", " b"]
    with pytest.raises(ModelUnavailable, match="gone"):
        await anext(played)
    assert model.running == 0


async def test_each_step_waits_for_its_hook_and_ends_with_the_iteration() -> None:
    at_second_step = asyncio.Event()
    never = asyncio.Event()

    async def before_step(step: int) -> None:
        if step == 1:
            at_second_step.set()
            await never.wait()

    model = ScriptedModel(["a b c"], before_step=before_step)
    task = asyncio.create_task(collected(model, SamplingParams()))
    await at_second_step.wait()
    assert model.running == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (model.running, model.steps) == (0, 1)


async def test_score() -> None:
    model = ScriptedModel()
    assert [token.end for token in await model.score(PROMPT, "a bc")] == [1, 4]
    unable = ScriptedModel(capabilities=_without_score())
    with pytest.raises(NotSupported):
        await unable.score(PROMPT, "a")


async def test_close_is_remembered() -> None:
    model = ScriptedModel()
    await model.close()
    assert model.closed


def test_it_is_importable_without_torch() -> None:
    code = "import sys, codex_lsp.models.scripted; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _without_score() -> Capabilities:
    said = everything("mute")
    return Capabilities(
        model=said.model, fim=True, n=True, logprobs=True, stream=True, chat=False, score=False, max_context=100
    )
