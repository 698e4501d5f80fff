"""What can be switched off of cutting and filtering, and what goes on then."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from codex_lsp.completion.extent import ExtentKind, extent_at
from codex_lsp.completion.filters import FILTERS, filtered
from codex_lsp.completion.pipeline import CompletionRequest, Pipeline
from codex_lsp.completion.row import Row
from codex_lsp.completion.settled import is_settled, place_at
from codex_lsp.config import FILTER_NAMES, CompletionSettings, Settings
from codex_lsp.types import Candidate, CursorContext, Delta, FinishReason, Trigger
from tests.unit.completion.scenes import HERE, FedModel, Scene, candidate_of, context_of, inserts

LOOP = "f(1, " * 16
ONE_LINE = CompletionSettings(blocks="never")


def without(*names: str) -> CompletionSettings:
    return CompletionSettings(disabled_filters=names)


def shown(document: str, text: str, settings: CompletionSettings) -> str | None:
    candidate = filtered(candidate_of(text), context_of(document), settings)
    return None if candidate is None else candidate.insert


def test_every_filter_has_its_switch() -> None:
    assert (*(name for name, _ in FILTERS), "recitation") == FILTER_NAMES


@pytest.mark.parametrize(
    ("name", "document", "text", "on", "off"),
    [
        ("rest_of_line", "print(║)", "x)", "x", "x)"),
        ("next_lines", "x = (║\n    b,\n)\n", "a,\n    b,\n)", "a,", "a,\n    b,\n)"),
        ("leading_blanks", "x = ║", " 1", "1", " 1"),
        ("indentation", "if a:\n\tb\nif x:║", "\n    y", "\n\ty", "\n    y"),
        ("blanks", "x = ║ + y", " ", None, " "),
        ("control_tokens", "x = ║", "1<|endoftext|>", None, "1<|endoftext|>"),
        ("repetition", "x = ║", LOOP, None, LOOP.rstrip()),
        ("said_next", "x = 1\n║\ny = 2\n", "y = 2", None, "y = 2"),
        ("secrets", "key = ║", "'ghp_" + "a1B2" * 9 + "'", None, "'ghp_" + "a1B2" * 9 + "'"),
        ("broken_syntax", "x = ║\n", ")1", None, ")1"),
    ],
)
def test_a_filter_is_switched_off_alone(name: str, document: str, text: str, on: str | None, off: str) -> None:
    assert shown(document, text, CompletionSettings()) == on
    others = [other for other in FILTER_NAMES if other != name]
    assert shown(document, text, without(*others)) == on
    assert shown(document, text, without(*FILTER_NAMES)) == off


def test_half_a_line_is_kept_where_its_filter_is_off() -> None:
    cut_off = candidate_of("1\n    y = ", finish=FinishReason.LENGTH)
    context = context_of("def f():\n    ║")
    both = CompletionSettings(), without("half_line", "broken_syntax")
    found = [filtered(cut_off, context, settings) for settings in both]
    assert [None if one is None else one.insert for one in found] == ["1", "1\n    y ="]


def test_a_row_is_not_ended_by_a_filter_that_is_off() -> None:
    loop, closed = candidate_of(LOOP), candidate_of("x)")
    here, call = context_of("x = ║"), context_of("print(║)")
    assert is_settled(loop, place_at(here))
    assert not is_settled(loop, place_at(here, without("repetition")))
    assert is_settled(closed, place_at(call))
    assert not is_settled(closed, place_at(call, without("rest_of_line")))


def test_a_row_agrees_with_its_own_blanks_where_they_stay() -> None:
    row = Row(0, place_at(context_of("def f():\n    ║\n"), without("leading_blanks")))
    row.take(Delta(index=0, text=" return 1", tokens=()))
    assert row.agrees_with(" re")
    assert not row.agrees_with("re")


@pytest.mark.parametrize(
    ("document", "text", "line"),
    [
        ("def f(x):\n    ║\n", "y = x\n    return y\n", "y = x"),
        ("x = ║", "[\n    1,\n]\n", "["),
        ("def f():║", "\n    return 1", None),
    ],
)
def test_without_blocks_it_is_one_line_everywhere(document: str, text: str, line: str | None) -> None:
    context = context_of(document)
    assert extent_at(context).kind is not ExtentKind.LINE
    assert extent_at(context, "never").kind is ExtentKind.LINE
    result = filtered(candidate_of(text), context, CompletionSettings(blocks="never", disabled_filters=FILTER_NAMES))
    assert result is not None
    assert result.insert == (line or "")
    if line is None:
        assert filtered(candidate_of(text), context, ONE_LINE) is None
    assert is_settled(candidate_of(text), place_at(context, ONE_LINE))


@pytest.fixture
async def one_line() -> AsyncGenerator[Scene]:
    scene = Scene(Settings(completion=ONE_LINE))
    yield scene
    await scene.close()


async def test_a_model_is_asked_for_one_line(one_line: Scene) -> None:
    asked = one_line.ask(context_of("def f(x):\n    ║\n"))
    call = await one_line.model.next_call()
    assert call.params.stop == ("\n",)
    assert call.params.stop_indent is None
    assert call.params.max_tokens == ONE_LINE.max_line_tokens
    for index in range(4):
        call.text(index, "y = x\n    z")
    assert inserts(await asked) == ["y = x"]


def drop_all(candidate: Candidate, context: CursorContext) -> None:
    del candidate, context


@pytest.mark.parametrize(("names", "expected"), [((), []), (("recitation",), ["x"])])
async def test_recitation_has_its_switch(names: tuple[str, ...], expected: list[str]) -> None:
    model = FedModel(name="embedded")
    settings = Settings(completion=without(*names))
    pipeline = Pipeline(model, settings, count_tokens_for=lambda _: len, recitation=drop_all)
    request = CompletionRequest(context=HERE, version=1, trigger=Trigger.INVOKED, method="inline")
    asked = asyncio.get_running_loop().create_task(pipeline.complete(request))
    call = await model.next_call()
    for index in range(4):
        call.row(index, "x")
    assert inserts(await asked) == expected
    await pipeline.close()
