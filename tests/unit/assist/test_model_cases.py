"""Whether a model is asked for cases at all."""

from dataclasses import replace

import pytest

from codex_lsp.assist.function import function_at
from codex_lsp.assist.model_cases import model_cases
from codex_lsp.assist.subject import subject_of
from codex_lsp.models.scripted import ScriptedModel, everything
from codex_lsp.types import Capabilities
from tests.benches import bench_of

TEXT = "def double(x):\n    return 2 * x\n"


class Unopened(ScriptedModel):
    """A model that it would cost a process to ask what it can do."""

    async def capabilities(self) -> Capabilities:
        raise AssertionError("it was opened")


async def test_a_model_that_is_known_to_be_too_weak_is_not_opened() -> None:
    bench = replace(bench_of(Unopened(("double(3)",)), None), known=everything("embedded-s"))
    assert await model_cases(subject_of(function_at(TEXT, 0), TEXT), bench, 0) == ()


@pytest.mark.parametrize(
    ("answer", "calls"),
    [
        ("Sure! Here are some:\n\n```python\nassert double(1) == 3\ndouble(x)\n```\nHope it helps.", ["double(1)"]),
        ("<think>\nmaybe double(9)\n</think>\nassert double(2) == 4", ["double(2)"]),
        ("import pytest\n\ndef test_double():\n    assert double(-1) == -2\n", ["double(-1)"]),
        ('{"tests": ["double(\\"ab\\")", "double([1])"]}', ["double('ab')", "double([1])"]),
        ("I am sorry, but I cannot help with that.", []),
        ("double(" * 3000, []),
        ("[4, 5, None]", []),
    ],
)
async def test_whatever_a_chat_model_answers_is_looked_through(answer: str, calls: list[str]) -> None:
    bench = bench_of(ScriptedModel((answer,), capabilities=replace(everything("chats"), chat=True)), None)
    cases = await model_cases(subject_of(function_at(TEXT, 0), TEXT), bench, 0)
    assert [case.call for case in cases] == calls


async def test_one_that_follows_instructions_is_asked() -> None:
    bench = bench_of(ScriptedModel(("double(3)",), capabilities=replace(everything("chats"), chat=True)), None)
    cases = await model_cases(subject_of(function_at(TEXT, 0), TEXT), bench, 0)
    assert [case.call for case in cases] == ["double(3)"]
