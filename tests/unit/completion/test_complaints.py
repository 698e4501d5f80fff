"""What people complain of in other completions, one table for each kind: moments, flicker, texts of every sort."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from codex_lsp.completion.debounce import patience
from codex_lsp.completion.pipeline import Completion
from codex_lsp.completion.tier import Tier
from codex_lsp.config import CompletionSettings, Settings
from codex_lsp.errors import ModelUnavailable
from codex_lsp.types import CursorContext, Trigger
from tests.unit.completion.scenes import (
    DEBOUNCE_S,
    LATE_ROW_S,
    TIMEOUT_S,
    Call,
    Scene,
    context_of,
    inserts,
    settle,
    typed,
)

MANY_LINES = "".join(f"value_{number} = {number}\n" for number in range(25_000))
TEXTS = {
    "form feed": "a = 1\x0cb = 2\n\x0c\nc = ║\nd = 3\n",
    "emoji before the cursor": "s = '👩‍👩‍👧‍👦😋'; c = ║\n",
    "carriage returns": "a = 1\r\nb = ║\r\nc = 3\r\n",
    "mixed line ends": "a = 1\r\nb = 2\rc = ║\nd = 4\r\n",
    "right-to-left": "שלום = 'مرحبا'\nשם = ║\n",
    "combining marks": "e\u0301t\u0065\u0301 = ║\n",
    "tabs and blanks": "if a:\n\t  b = ║\n    c = 1\n",
    "Unicode line ends": "a = '\u2028\x85'\nb = ║\n",
    "lone surrogate": "a = '\ud83d'\nb = ║\n",
    "50,000 lines": f"{MANY_LINES}b = ║\n{MANY_LINES}",
    "one line": f"{'a=1;' * 50_000}b=║;{'c=2;' * 50_000}",
    "empty": "║",
    "no last line end": "b = ║",
}
SUGGESTED = "first + '😋' + שם"


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    scene = Scene()
    yield scene
    await scene.close()


def text_of(context: CursorContext) -> str:
    return context.prefix + context.suffix


def answer(call: Call, *rows: str) -> None:
    for index in range(4):
        call.row(index, rows[min(index, len(rows) - 1)])


async def at(scene: Scene, context: CursorContext) -> Completion:
    """What is shown after an edit that leaves this text, where no model needs to be asked."""
    scene.pipeline.document_changed(context.uri, text_of(context))
    return await scene.ask(context, version=len(scene.asked), trigger=Trigger.AUTOMATIC)


@pytest.mark.parametrize("marked", TEXTS.values(), ids=TEXTS)
async def test_typed_through_undone_and_come_back_to_in_any_text(scene: Scene, marked: str) -> None:
    here = context_of(marked)
    scene.pipeline.document_changed(here.uri, text_of(here))
    asked = scene.ask(here, trigger=Trigger.AUTOMATIC)
    await settle()
    scene.clock.ring(DEBOUNCE_S)
    answer(await scene.model.next_call(), SUGGESTED)
    assert inserts(await asked) == [SUGGESTED]
    for size in range(1, len(SUGGESTED)):
        completion = await at(scene, typed(here, SUGGESTED[:size]))
        # A blank after a blank is the same place in another spelling; all else is what is left.
        assert inserts(completion) == [SUGGESTED[size:]]
        assert completion.tier is Tier.TYPED
    assert (await at(scene, here)).candidates == ()
    elsewhere = context_of("else = ║", uri="file:///else")
    scene.ask(elsewhere)
    await scene.model.next_call()
    assert inserts(await at(scene, typed(here, "f"))) == [SUGGESTED[1:]]
    assert len(scene.model.calls) == 2


@pytest.mark.parametrize(
    ("before", "after", "is_silent"),
    [
        ("x = yz", "x = y", True),
        ("x = y\n\n", "x = y", True),
        ("x = yz", "", True),
        ("x = y", "x = yz", False),
        ("x = abc", "x = ad", False),
        ("x = y", "x = y", False),
    ],
)
async def test_silent_after_what_only_removes(scene: Scene, before: str, after: str, *, is_silent: bool) -> None:
    here = context_of(after + "║")
    scene.pipeline.document_changed(here.uri, before)
    scene.pipeline.document_changed(here.uri, after)
    asked = scene.ask(here, trigger=Trigger.AUTOMATIC)
    await settle()
    assert asked.done() is is_silent
    if is_silent:
        assert await asked == Completion()
        scene.pipeline.document_changed(here.uri, after + "q")
        asked = scene.ask(typed(here, "q"), version=2, trigger=Trigger.AUTOMATIC)
        await settle()
    scene.clock.ring(DEBOUNCE_S)
    await scene.model.next_call()


async def test_asked_for_by_hand_waits_for_no_pause(scene: Scene) -> None:
    scene.ask()
    await scene.model.next_call()
    assert [alarm.delay_s for alarm in scene.clock.alarms] == [TIMEOUT_S]


async def test_a_hung_model_is_told_of_and_the_next_answer_is_shown(scene: Scene) -> None:
    asked = [scene.ask(method=method) for method in ("inline", "menu")]
    call = await scene.model.next_call()
    scene.clock.ring(TIMEOUT_S)
    errors = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(error) for error in errors] == [ModelUnavailable] * 2
    await call.closed.wait()
    again = scene.ask(version=2)
    answer(await scene.model.next_call(), "x")
    assert inserts(await again) == ["x"]


async def test_the_suggestion_does_not_change_while_it_is_typed(scene: Scene) -> None:
    here = context_of("x = ║\n")
    asked = scene.ask(here, trigger=Trigger.AUTOMATIC)
    await settle()
    scene.clock.ring(DEBOUNCE_S)
    call = await scene.model.next_call()
    call.row(0, "value + 1", -1.0)
    await settle()
    scene.clock.ring(LATE_ROW_S)
    shown = inserts(await asked)
    for size in range(1, 6):
        call.row(min(size, 3), "value * 2", 0.0)
        await settle()
        assert inserts(await at(scene, typed(here, "value + 1"[:size]))) == [shown[0][size:]]


async def test_the_selected_menu_entry_is_gone_on_from(scene: Scene) -> None:
    document, selected = context_of("os.path.exi║"), context_of("os.path.exists║")
    scene.pipeline.document_changed(document.uri, text_of(document))
    asked = scene.ask(selected)
    answer(await scene.model.next_call(), "(path)")
    assert inserts(await asked) == ["(path)"]
    # Another entry is another text; taking the first one brings what was shown for it.
    other = scene.ask(context_of("os.path.expanduser║"), version=2)
    answer(await scene.model.next_call(), "(home)")
    assert inserts(await other) == ["(home)"]
    assert inserts(await at(scene, selected)) == ["(path)"]
    assert inserts(await at(scene, typed(selected, "("))) == ["path)"]
    assert len(scene.model.calls) == 2


@pytest.mark.parametrize("jump_s", [-86_400.0, 86_400.0, -1e12, 1e12, 0.0])
async def test_a_clock_that_jumps(monkeypatch: pytest.MonkeyPatch, jump_s: float) -> None:
    scene = Scene(Settings(completion=CompletionSettings(prefetch=False)))
    settings = CompletionSettings()
    now_s = 1000.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now_s)
    here = context_of("x = ║ + y\n")
    for key in range(60):
        now_s += jump_s if key % 7 == 0 else 0.2
        here = typed(here, "a")
        scene.pipeline.document_changed(here.uri, text_of(here))
        scene.ask(here, version=key, trigger=Trigger.AUTOMATIC)
        await settle()
        assert len(scene.clock.alarms) == 1
        assert settings.debounce_ms <= scene.clock.alarms[0].delay_s * 1000 <= settings.max_debounce_ms
    now_s += jump_s
    # The gaps that were no jumps are what is known.
    (pause,) = scene.clock.alarms
    assert pause.delay_s == pytest.approx(0.2 * patience(here), rel=0.01)
    scene.clock.ring(pause.delay_s)
    now_s += jump_s
    answer(await scene.model.next_call(), "b")
    assert inserts(await scene.asked[-1]) == ["b"]
    monkeypatch.undo()
    await scene.close()
