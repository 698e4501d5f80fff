"""Documents of an adapted workspace are completed with its adapter, and without one that cannot be used."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.completion.pipeline import Completion, CompletionRequest, Pipeline
from codex_lsp.config import EndpointSettings, Settings
from codex_lsp.errors import AdapterUnusable, ModelRefused
from codex_lsp.models.adapter import adapter_name
from codex_lsp.models.scripted import ScriptedModel, everything
from codex_lsp.types import CursorContext, Delta, Prompt, SamplingParams, Trigger

SHOP, BANK = adapter_name("/data/shop"), adapter_name("/data/bank")
SETTINGS = Settings(adapters={"/src/shop": "/data/shop", "/src/bank": "/data/bank"})


class Adapted(ScriptedModel):
    """Says the name of the adapter it is asked with; some are refused."""

    def __init__(self, *refused: str) -> None:
        super().__init__(["unused"], capabilities=replace(everything("tiny"), adapters=(SHOP, BANK)))
        self._refused = refused
        self.asked: list[str | None] = []

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        self.asked.append(params.adapter)
        if params.adapter in self._refused:
            raise AdapterUnusable(f"adapter {params.adapter}: damaged")
        said = ScriptedModel([f"{params.adapter or 'plain'}()".replace("-", "_")])
        async for delta in said.sample(prompt, params):
            yield delta


def pipeline(model: ScriptedModel, settings: Settings = SETTINGS, said: list[str] | None = None) -> Pipeline:
    tell = (said if said is not None else []).append
    return Pipeline(model, settings, count_tokens_for=lambda _: len, tell=tell)


async def completed(pipeline: Pipeline, uri: str, version: int = 0) -> Completion:
    context = CursorContext(uri=uri, path="a.py", language="python", prefix="x = ", suffix="\n")
    request = CompletionRequest(context=context, version=version, trigger=Trigger.INVOKED, method="inline")
    return await pipeline.complete(request)


def shown(completion: Completion) -> str:
    return completion.candidates[0].insert.replace("_", "-")


async def test_each_workspace_has_its_own() -> None:
    model = Adapted()
    tested = pipeline(model)
    answers = [await completed(tested, f"file:///src/{folder}/a.py") for folder in ("shop", "bank", "other")]
    assert [shown(answer) for answer in answers] == [f"{SHOP}()", f"{BANK}()", "plain()"]
    assert [answer.model for answer in answers] == [f"tiny@{SHOP}", f"tiny@{BANK}", "tiny"]
    await tested.close()


async def test_at_one_time_nothing_is_shared_between_them() -> None:
    tested = pipeline(Adapted())
    uris = ("file:///src/shop/a.py", "file:///src/bank/a.py", "file:///src/a.py")
    answers = await asyncio.gather(*(completed(tested, uri) for uri in uris))
    assert [shown(answer) for answer in answers] == [f"{SHOP}()", f"{BANK}()", "plain()"]
    await tested.close()


async def test_one_that_cannot_be_used_is_told_once_and_left_out() -> None:
    model, said = Adapted(SHOP), list[str]()
    tested = pipeline(model, said=said)
    for number in range(3):
        answer = await completed(tested, f"file:///src/shop/{number}.py")
        assert (shown(answer), answer.model) == ("plain()", "tiny")
    assert said == [f"adapter {SHOP}: damaged"]
    assert model.asked == [SHOP, None, None, None]
    assert shown(await completed(tested, "file:///src/bank/a.py")) == f"{BANK}()"
    await tested.close()


async def test_another_refusal_is_no_fault_of_the_adapter() -> None:
    said: list[str] = []
    model = ScriptedModel(["x"], capabilities=everything("tiny"), failure=ModelRefused("the prompt is too long"))
    tested = pipeline(model, said=said)
    with pytest.raises(ModelRefused, match="the prompt is too long"):
        await completed(tested, "file:///src/shop/a.py")
    assert said == []
    assert len(model.requests) == 1
    await tested.close()


async def test_other_settings_forget_what_the_adapter_said() -> None:
    model = Adapted()
    tested = pipeline(model)
    uri = Path("/src/shop/a.py").as_uri()
    assert shown(await completed(tested, uri)) == f"{SHOP}()"
    tested.configure(Settings())
    assert shown(await completed(tested, uri, version=1)) == "plain()"
    await tested.close()


async def test_an_endpoint_is_asked_without() -> None:
    tested = pipeline(Adapted(), replace(SETTINGS, endpoint=EndpointSettings(url="http://127.0.0.1:1/v1")))
    assert shown(await completed(tested, "file:///src/shop/a.py")) == "plain()"
    await tested.close()
