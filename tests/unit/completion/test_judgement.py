"""Whether a suggestion is likely enough to be shown unasked."""

import asyncio

import pytest

from codex_lsp.completion.judgement import confident
from codex_lsp.completion.pipeline import CompletionRequest, Pipeline
from codex_lsp.config import CompletionSettings, Settings
from codex_lsp.types import Candidate, Trigger
from tests.unit.completion.scenes import Clock, FedModel, candidate_of, context_of, settle

LIKELY, UNLIKELY, UNTOLD = (
    candidate_of("a", logprob=-0.5),
    candidate_of("b", logprob=-3.0),
    candidate_of("c", logprob=None),
)


@pytest.mark.parametrize(
    ("candidates", "threshold", "shown"),
    [
        ([LIKELY, UNLIKELY], -1.0, True),
        ([LIKELY], -0.5, True),
        ([UNLIKELY, LIKELY], -1.0, False),
        ([UNLIKELY], None, True),
        ([UNTOLD], -1.0, True),
        ([], -1.0, True),
    ],
)
def test_the_best_decides(candidates: list[Candidate], threshold: float | None, shown: bool) -> None:  # noqa: FBT001
    assert confident(candidates, threshold) is shown


@pytest.mark.parametrize(("threshold", "unasked"), [(0.0, ["x"]), (-2.0, ["x"]), (-0.5, [])])
async def test_only_what_nobody_asked_for_is_judged(threshold: float, unasked: list[str]) -> None:
    model, clock = FedModel(), Clock()
    settings = Settings(completion=CompletionSettings(min_mean_logprob=threshold))
    pipeline = Pipeline(model, settings, count_tokens_for=lambda _: len, set_alarm=clock.set_alarm)
    here = context_of("y = ║")
    asked = [
        asyncio.create_task(
            pipeline.complete(CompletionRequest(context=here, version=1, trigger=trigger, method=str(trigger)))
        )
        for trigger in Trigger
    ]
    call = await model.next_call()
    for index in range(call.params.n):
        call.row(index, "x", -1.0)
    call.end()
    await settle()
    for alarm in list(clock.alarms):
        alarm.call()
    shown = [[candidate.insert for candidate in (await task).candidates] for task in asked]
    assert shown == [["x"], unasked]
    await pipeline.close()
