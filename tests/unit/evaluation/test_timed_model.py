"""Times of a scripted model under a clock of our own."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from codex_lsp.evaluation.timed_model import Decode, TimedModel
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow
from codex_lsp.types import Delta, Prompt, SamplingParams

PROMPT = Prompt(header=None, prefix="x")


class Clock:
    """Seconds that pass only in the model."""

    def __init__(self) -> None:
        self.now_s = 100.0

    async def step(self, number: int) -> None:
        self.now_s += 0.5 if number == 0 else 0.01


def timed(*rows: str) -> tuple[TimedModel, ScriptedModel]:
    clock = Clock()
    model = ScriptedModel(tuple(map(ScriptedRow.of, rows)), before_step=clock.step)
    return TimedModel(model, clock_s=lambda: clock.now_s), model


async def read(deltas: AsyncGenerator[Delta, None], count: int | None = None) -> list[Delta]:
    async with aclosing(deltas):
        found: list[Delta] = []
        async for delta in deltas:
            found.append(delta)
            if count == len(found):
                break
        return found


def rounded(decodes: list[Decode]) -> list[tuple[int, int]]:
    return [(round(decode.first_ms), round(decode.step_ms or 0)) for decode in decodes]


async def test_the_first_token_and_each_step_after_it() -> None:
    model, plain = timed("a b c d", "a b")
    params = SamplingParams(n=2)
    assert await read(model.sample(PROMPT, params)) == await read(plain.sample(PROMPT, params))
    # Four steps make tokens, a fifth one ends the longest row.
    assert rounded(model.decodes) == [(500, 13)]


async def test_a_reader_that_leaves_is_counted_as_far_as_it_read() -> None:
    model, plain = timed("a b c d")
    await read(model.sample(PROMPT, SamplingParams(n=1)), 3)
    assert rounded(model.decodes) == [(500, 10)]
    assert plain.running == 0


async def test_no_answer_is_no_measurement() -> None:
    model, _ = timed("a")
    await read(model.sample(PROMPT, SamplingParams(n=0)))
    assert model.decodes == []


async def test_the_rest_is_the_models_own() -> None:
    model, plain = timed("a")
    assert await model.capabilities() == await plain.capabilities()
    assert await model.health() == plain.current_health
    assert await model.score(PROMPT, "a b") == await plain.score(PROMPT, "a b")
    await model.close()
    assert not plain.closed
