"""A model in virtual time over a scripted one: when deltas come, and what is never computed."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import pytest

from codex_lsp.errors import ModelUnavailable, NotSupported
from codex_lsp.evaluation.asked_prompts import AskedPrompts
from codex_lsp.evaluation.background_loop import BackgroundLoop
from codex_lsp.evaluation.pace import Pace
from codex_lsp.evaluation.paced_model import PacedModel
from codex_lsp.evaluation.recordings import Recordings
from codex_lsp.evaluation.virtual_loop import run_virtually
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow, everything
from codex_lsp.types import Delta, Priority, Prompt, SamplingParams

PROMPT = Prompt(header=None, prefix="abcd")
PARAMS = SamplingParams(n=2)
PACE = Pace(base_ms=100.0, prompt_token_ms=10.0, step_ms=5.0)
ROWS = [ScriptedRow(pieces=("a", "b", "c")), ScriptedRow(pieces=("x", "y", "z"))]


@pytest.fixture
def background() -> Iterator[BackgroundLoop]:
    with BackgroundLoop() as running:
        yield running


def paced(model: ScriptedModel, background: BackgroundLoop, *, keep: bool = False) -> PacedModel:
    recordings = Recordings(model, background, keep=keep)
    return PacedModel(recordings, everything("scripted"), AskedPrompts(lambda text: len(text.replace("\0", ""))), PACE)


async def read(deltas: AsyncGenerator[Delta, None], count: int = 100) -> list[tuple[str, int]]:
    loop = asyncio.get_running_loop()
    found: list[tuple[str, int]] = []
    async with aclosing(deltas):
        async for delta in deltas:
            found.append((delta.text, round(loop.time() * 1000)))
            if len(found) == count:
                break
    return found


def test_each_step_comes_at_its_time(background: BackgroundLoop) -> None:
    model = paced(ScriptedModel(ROWS), background)
    found = run_virtually(read(model.sample(PROMPT, PARAMS)))
    assert [one for one in found if one[0]] == [
        ("a", 140), ("x", 140), ("b", 145), ("y", 145), ("c", 150), ("z", 150)
    ]  # fmt: skip
    # Read before: only the last token of the prompt is new.
    assert run_virtually(read(model.sample(PROMPT, PARAMS)))[0] == ("a", 110)
    assert [cost.new for cost in model.costs] == [4, 1]


def test_what_is_ended_early_is_computed_no_further(background: BackgroundLoop) -> None:
    scripted = ScriptedModel(ROWS)
    model = paced(scripted, background)

    async def superseded() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await read(model.sample(PROMPT, PARAMS))

    run_virtually(superseded())
    assert (len(model.costs), scripted.steps) == (1, 0)
    assert run_virtually(read(model.sample(PROMPT, PARAMS), 2)) == [("a", 140), ("x", 140)]
    assert (scripted.steps, scripted.running) == (1, 0)


def test_what_was_sampled_once_is_played_again_and_gone_on_with(background: BackgroundLoop) -> None:
    scripted = ScriptedModel(ROWS)
    model = paced(scripted, background, keep=True)
    first = run_virtually(read(model.sample(PROMPT, PARAMS), 3))
    # How urgent it is makes no other answer.
    urgent = SamplingParams(n=2, priority=Priority.BACKGROUND)
    whole = [text for text, _ in run_virtually(read(model.sample(PROMPT, urgent)))]
    assert whole[:3] == [text for text, _ in first]
    assert "".join(whole) == "axbycz"
    requests = len(scripted.requests)
    assert [text for text, _ in run_virtually(read(model.sample(PROMPT, PARAMS)))] == whole
    assert len(scripted.requests) == requests == 2


def test_what_is_asked_for_at_once_is_computed_one_after_the_other(background: BackgroundLoop) -> None:
    scripted = ScriptedModel(ROWS)
    model = paced(scripted, background)

    async def both() -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        other = Prompt(header=None, prefix="abce")
        return await asyncio.gather(read(model.sample(PROMPT, PARAMS)), read(model.sample(other, PARAMS)))

    one, other = run_virtually(both())
    assert [text for text, _ in one] == [text for text, _ in other]
    assert scripted.running == 0


def test_a_failure_is_the_models_own(background: BackgroundLoop) -> None:
    model = paced(ScriptedModel(ROWS, failure=ModelUnavailable("gone"), fail_at_step=1), background)
    with pytest.raises(ModelUnavailable, match="gone"):
        run_virtually(read(model.sample(PROMPT, PARAMS)))
    with pytest.raises(NotSupported):
        run_virtually(model.score(PROMPT, "x"))
