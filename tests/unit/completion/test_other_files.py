"""When pieces of other files are in the prompt of a completion, and that they stay the same from key to key."""

from dataclasses import replace

import pytest

from codex_lsp.completion.pipeline import CompletionRequest, Pipeline
from codex_lsp.config import ContextSettings, Settings
from codex_lsp.context.neighbours import Neighbours
from codex_lsp.context.source_index import SourceIndex, read_file
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.models.token_count import token_counter
from codex_lsp.types import Capabilities, Prompt, Trigger
from tests.unit.completion.scenes import context_of


class ReadingModel(ScriptedModel):
    """A model that says whether it was trained on several files at once."""

    def __init__(self, *, reads: bool) -> None:
        super().__init__(["1"])
        self._reads = reads

    async def capabilities(self) -> Capabilities:
        return replace(await super().capabilities(), snippets=self._reads)


def neighbours() -> Neighbours:
    index = SourceIndex()
    text = "def open_till(coins):\n    return coins\n"
    index.add(read_file(text, key="/till.py", path="till.py", language="python"))
    return Neighbours(index, ContextSettings(snippet_threshold=0.0))


async def prompts_of(context: ContextSettings, *texts: str, reads: bool = True) -> list[Prompt]:
    pipeline = Pipeline(
        ReadingModel(reads=reads),
        Settings(context=context),
        count_tokens_for=token_counter,
        neighbours=neighbours(),
    )
    prompts: list[Prompt] = []
    for version, text in enumerate(texts):
        request = CompletionRequest(
            context=context_of(text), version=version, trigger=Trigger.INVOKED, method="complete"
        )
        prompt = (await pipeline.complete(request)).prompt
        assert prompt is not None
        prompts.append(prompt)
    await pipeline.close()
    return prompts


@pytest.mark.parametrize(
    ("setting", "reads", "shown"),
    [("auto", True, True), ("auto", False, False), ("always", False, True), ("never", True, False)],
)
async def test_the_setting_and_the_model_decide(setting: str, *, reads: bool, shown: bool) -> None:
    (prompt,) = await prompts_of(ContextSettings(snippets=setting), "open_till(║", reads=reads)
    assert bool(prompt.snippets) is shown


async def test_a_share_of_nothing_is_none() -> None:
    (prompt,) = await prompts_of(ContextSettings(snippet_share=0.0), "open_till(║")
    assert prompt.snippets == ()


async def test_typing_on_keeps_them() -> None:
    first, second = await prompts_of(ContextSettings(), "open_till(║", "open_till(a, b = ║")
    assert first.snippets
    assert second.snippets is first.snippets
    assert second.prefix.startswith(first.prefix)
