"""Candidates as they end: numbers, seeds, batches, and an end that reaches the model."""

from contextlib import aclosing

from codex_lsp.assist.candidates import sample_candidates
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.types import Prompt, SamplingParams

PROMPT = Prompt(header=None, prefix="def f():\n")


async def test_each_comes_as_it_ends_and_keeps_its_number() -> None:
    model = ScriptedModel(("a b c d", "a", "a b"))
    params = SamplingParams(n=5, greedy_first=True, seed=7)
    async with aclosing(sample_candidates(model, PROMPT, params, batch=3)) as candidates:
        found = [(each.index, each.text, each.kept) async for each in candidates]
    assert found == [(1, "a", 1), (2, "a b", 3), (0, "a b c d", 7), (4, "a", 1), (3, "a b c d", 7)]
    asked = [(request.params.n, request.params.seed, request.params.greedy_first) for request in model.requests]
    assert asked == [(3, 7, True), (2, 8, False)]


async def test_leaving_the_loop_ends_the_sampling() -> None:
    model = ScriptedModel(("a", "a b c d e f g"))
    async with aclosing(sample_candidates(model, PROMPT, SamplingParams(n=40), batch=2)) as candidates:
        async for _ in candidates:
            break
    assert model.running == 0
    assert len(model.requests) == 1
    assert model.steps < 5
