"""Where answers come from: typed as suggested, kept, joined, prefetched, or generated; and when nothing is asked."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from codex_lsp.completion.generation import LINGER_S
from codex_lsp.completion.pipeline import Superseded
from codex_lsp.completion.prefetch import READING_S, place_after
from codex_lsp.completion.tier import Tier
from codex_lsp.config import CompletionSettings, Settings
from codex_lsp.errors import ModelUnavailable
from codex_lsp.types import CursorContext, Priority, Trigger
from tests.unit.completion.scenes import (
    DEBOUNCE_S,
    HERE,
    LATE_ROW_S,
    STEADY,
    TIMEOUT_S,
    Call,
    Scene,
    context_of,
    inserts,
    settle,
    typed,
)

AUTOMATIC = Trigger.AUTOMATIC
LIKELY = -0.1


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    scene = Scene()
    yield scene
    await scene.close()


@pytest.fixture
async def ahead() -> AsyncGenerator[Scene]:
    """A pipeline that prefetches."""
    scene = Scene(Settings(completion=CompletionSettings(adaptive_debounce=False, prefetch=True)))
    yield scene
    await scene.close()


def text_of(context: CursorContext) -> str:
    return context.prefix + context.suffix


def answer(call: Call, *rows: str, logprob: float = LIKELY) -> None:
    """Let all four rows end; the last of `rows` repeats."""
    for index in range(4):
        call.row(index, rows[min(index, len(rows) - 1)], logprob)


async def shown(scene: Scene, context: CursorContext, *rows: str) -> Call:
    """Have something generated for a place, and shown."""
    scene.pipeline.document_changed(context.uri, text_of(context))
    asked = scene.ask(context, version=len(scene.asked), trigger=AUTOMATIC)
    await settle()
    scene.clock.ring(DEBOUNCE_S)
    call = await scene.model.next_call()
    answer(call, *rows)
    assert (await asked).tier is Tier.GENERATED
    return call


async def reused(
    scene: Scene, context: CursorContext, *, trigger: Trigger = AUTOMATIC
) -> tuple[Tier | None, list[str]]:
    """What a place is answered with, without the model's being asked."""
    calls = len(scene.model.calls)
    scene.pipeline.document_changed(context.uri, text_of(context))
    completion = await scene.ask(context, version=len(scene.asked), trigger=trigger)
    assert len(scene.model.calls) == calls
    return completion.tier, inserts(completion)


async def test_every_tier_is_told_and_counted(scene: Scene) -> None:
    await shown(scene, HERE, "x + 1", "y")
    assert await reused(scene, typed(HERE, "x")) == (Tier.TYPED, [" + 1"])
    assert await reused(scene, HERE, trigger=Trigger.INVOKED) == (Tier.CACHE, ["x + 1", "y"])
    other = context_of("z = ║\n")
    scene.pipeline.document_changed(HERE.uri, text_of(other))
    asked = [scene.ask(other, version=99, method=method) for method in ("inline", "menu")]
    answer(await scene.model.next_call(), "1")
    assert [(await task).tier for task in asked] == [Tier.GENERATED, Tier.JOINED]
    counts = scene.pipeline.counts
    assert (counts.generations, counts.prefetches) == (2, 0)
    assert counts.answers == {Tier.TYPED: 1, Tier.CACHE: 1, Tier.JOINED: 1, Tier.GENERATED: 2}


async def test_silence_has_no_tier_and_is_not_counted(scene: Scene) -> None:
    asked = scene.ask()
    answer(await scene.model.next_call(), "")
    assert (await asked).tier is None
    assert await reused(scene, HERE) == (None, [])
    assert set(scene.pipeline.counts.answers.values()) == {0}


async def test_accepted_word_by_word(scene: Scene) -> None:
    rest = "first(second, third)"
    await shown(scene, HERE, rest)
    for word in ("first", "(", "second", ", ", "third"):
        rest = rest.removeprefix(word)
        here = typed(HERE, "first(second, third)".removesuffix(rest))
        assert await reused(scene, here) == (Tier.TYPED, [rest])


async def test_accepted_line_by_line(scene: Scene) -> None:
    here = context_of("def f(x):\n    ║\n")
    await shown(scene, here, "y = x\n    return y")
    assert await reused(scene, typed(here, "y = x")) == (Tier.TYPED, ["\n    return y"])
    assert await reused(scene, typed(here, "y = x\n    ")) == (Tier.TYPED, ["return y"])


async def test_undone_and_typed_again(scene: Scene) -> None:
    await shown(scene, HERE, "x + 1")
    await shown(scene, typed(HERE, "q"), "uit()")
    # Taking the wrong key back only removes text.
    assert await reused(scene, HERE) == (None, [])
    assert await reused(scene, typed(HERE, "x")) == (Tier.CACHE, [" + 1"])
    assert await reused(scene, HERE) == (None, [])
    assert await reused(scene, typed(HERE, "q")) == (Tier.CACHE, ["uit()"])


async def test_back_at_an_earlier_place(scene: Scene) -> None:
    first, second = context_of("a = ║\nb = \n"), context_of("a = \nb = ║\n")
    await shown(scene, first, "1")
    await shown(scene, second, "2")
    assert await reused(scene, first) == (Tier.CACHE, ["1"])
    assert await reused(scene, second) == (Tier.CACHE, ["2"])


@pytest.mark.parametrize(
    "marked",
    ["a = ║\nb = 2\n", "a = ║", "c = 1\na = ║\nb = 1\n", "A = ║\nb = 1\n", "a = x║\nb = 1\n", "a =║\nb = 1\n"],
)
async def test_nothing_is_shown_that_another_text_was_answered_with(scene: Scene, marked: str) -> None:
    await shown(scene, context_of("a = ║\nb = 1\n"), "stale")
    other = context_of(marked)
    scene.pipeline.document_changed(HERE.uri, text_of(other))
    asked = scene.ask(other, version=99)
    answer(await scene.model.next_call(), "fresh")
    assert inserts(await asked) == ["fresh"]


async def test_late_rows_do_not_push_away_what_is_being_typed(scene: Scene) -> None:
    asked = await scene.automatic()
    call = await scene.model.next_call()
    call.row(0, "x + 1", -1.0)
    await settle()
    scene.clock.ring(LATE_ROW_S)
    assert inserts(await asked) == ["x + 1"]
    for index in range(1, 4):
        call.row(index, "x * 2", 0.0)
    await settle()
    assert await reused(scene, typed(HERE, "x ")) == (Tier.TYPED, ["+ 1"])
    assert await reused(scene, typed(HERE, "x *")) == (Tier.CACHE, [" 2"])


async def test_a_late_row_that_is_typed_is_waited_for(scene: Scene) -> None:
    asked = await scene.automatic()
    call = await scene.model.next_call()
    call.row(0, "y", -1.0)
    call.text(1, "x ")
    await settle()
    scene.clock.ring(LATE_ROW_S)
    assert inserts(await asked) == ["y"]
    scene.pipeline.document_changed(HERE.uri, text_of(typed(HERE, "x")))
    joined = scene.ask(typed(HERE, "x"), version=2, trigger=AUTOMATIC)
    await settle()
    call.text(1, "+ 1")
    call.row(2, "other")
    await settle()
    assert not joined.done()
    call.row(1, "")
    completion = await joined
    assert (completion.tier, inserts(completion)) == (Tier.JOINED, [" + 1"])
    assert len(scene.model.calls) == 1


async def test_who_joins_does_not_wait_for_rows_that_went_another_way(scene: Scene) -> None:
    first = scene.ask(trigger=AUTOMATIC)
    await settle()
    scene.clock.ring(DEBOUNCE_S)
    call = await scene.model.next_call()
    for index, text in enumerate(("x", "zzz", "zz", "z")):
        call.text(index, text)
    await settle()
    scene.pipeline.document_changed(HERE.uri, text_of(typed(HERE, "x")))
    joined = scene.ask(typed(HERE, "x"), version=2, trigger=AUTOMATIC)
    await settle()
    call.text(0, "")
    call.row(0, " + 1")
    await settle()
    scene.clock.ring(LATE_ROW_S)
    assert inserts(await joined) == [" + 1"]
    with pytest.raises(Superseded):
        await first


async def test_a_generation_whose_open_rows_all_went_another_way_is_stopped(scene: Scene) -> None:
    asked = scene.ask(trigger=AUTOMATIC)
    await settle()
    scene.clock.ring(DEBOUNCE_S)
    call = await scene.model.next_call()
    call.row(0, "x + 1")
    for index in range(1, 4):
        call.text(index, "y")
    await settle()
    assert await reused(scene, typed(HERE, "x")) == (Tier.CACHE, [" + 1"])
    await call.closed.wait()
    with pytest.raises(Superseded):
        await asked


async def test_typing_along_never_ends_the_generation(scene: Scene) -> None:
    last = scene.ask(trigger=AUTOMATIC)
    await settle()
    scene.clock.ring(DEBOUNCE_S)
    call = await scene.model.next_call()
    for size, letter in enumerate("result", start=1):
        call.text(0, letter)
        await settle()
        here = typed(HERE, "result"[:size])
        scene.pipeline.document_changed(HERE.uri, text_of(here))
        last = scene.ask(here, version=size + 1, trigger=AUTOMATIC)
        await settle()
        assert not call.closed.is_set()
    for index in range(4):
        call.row(index, ".value" if index == 0 else "other")
    assert inserts(await last) == [".value"]
    assert scene.pipeline.counts.generations == 1


async def test_an_answer_is_there_while_its_stream_is_still_being_closed(scene: Scene) -> None:
    asked = scene.ask(trigger=AUTOMATIC)
    await settle()
    scene.clock.ring(DEBOUNCE_S)
    call = await scene.model.next_call()
    scene.model.may_close.clear()
    answer(call, "x + 1")
    assert inserts(await asked) == ["x + 1"]
    assert await reused(scene, HERE, trigger=Trigger.INVOKED) == (Tier.CACHE, ["x + 1"])
    assert await reused(scene, typed(HERE, "x")) == (Tier.TYPED, [" + 1"])
    assert not call.closed.is_set()
    scene.model.may_close.set()


async def test_reuse_can_be_switched_off() -> None:
    scene = Scene(Settings(completion=CompletionSettings(adaptive_debounce=False, prefetch=False, reuse=False)))
    await shown(scene, HERE, "x + 1")
    for context in (HERE, typed(HERE, "x")):
        asked = [scene.ask(context, version=2, method=method) for method in ("inline", "menu")]
        answer(await scene.model.next_call(), "fresh")
        assert [inserts(await task) for task in asked] == [["fresh"]] * 2
    assert scene.pipeline.counts.generations == 3
    await scene.close()


async def test_closing_a_document_forgets_it_and_other_settings_all(scene: Scene) -> None:
    await shown(scene, HERE, "x")
    scene.pipeline.document_closed(HERE.uri)
    await shown(scene, HERE, "y")
    scene.pipeline.configure(Settings(completion=CompletionSettings(n=2, prefetch=False)))
    scene.ask()
    assert (await scene.model.next_call()).params.n == 2


@pytest.mark.parametrize(
    ("marked", "insert", "after"),
    [
        ("x = ║\n", "1", "x = 1\n║\n"),
        ("    x = ║", "1", "    x = 1\n    ║"),
        ("if ║\n", "x:", "if x:\n    ║\n"),
        ("\tif ║\n", "x:", "\tif x:\n\t\t║\n"),
        ("f(║\n", "a,", "f(a,\n║\n"),
        ("x = ║\n", "f(", "x = f(\n    ║\n"),
        ("x = ║\n", "1 +", "x = 1 +║\n"),
        ("f(║)\n", "a", "f(a║)\n"),
        ("║\n", "if x:\n    y()", "if x:\n    y()\n    ║\n"),
    ],
)
def test_where_the_next_suggestion_is_wanted(marked: str, insert: str, after: str) -> None:
    assert place_after(context_of(marked), insert) == context_of(after)


async def test_what_follows_is_there_when_a_suggestion_is_taken(ahead: Scene) -> None:
    await shown(ahead, HERE, "x + 1")
    assert len(ahead.model.calls) == 1
    ahead.clock.ring(READING_S)
    call = await ahead.model.next_call()
    assert call.params.priority is Priority.BACKGROUND
    assert call.prompt.prefix == HERE.prefix + "x + 1\n    "
    for size in range(1, 5):
        assert (await reused(ahead, typed(HERE, "x + 1"[:size])))[0] is Tier.TYPED
    answer(call, "done()")
    await settle()
    ahead.pipeline.document_changed(HERE.uri, text_of(typed(HERE, "x + 1")))
    assert await reused(ahead, typed(HERE, "x + 1\n    ")) == (Tier.CACHE, ["done()"])
    counts = ahead.pipeline.counts
    assert (counts.generations, counts.prefetches) == (2, 1)


async def test_a_prefetch_that_still_runs_is_joined(ahead: Scene) -> None:
    await shown(ahead, HERE, "x + 1")
    ahead.clock.ring(READING_S)
    call = await ahead.model.next_call()
    ahead.pipeline.document_changed(HERE.uri, text_of(typed(HERE, "x + 1\n    ")))
    asked = ahead.ask(typed(HERE, "x + 1\n    "), version=9, trigger=AUTOMATIC)
    await settle()
    # A cancelled request leaves it running: it is its own waiter.
    asked.cancel()
    await settle()
    assert LINGER_S not in [alarm.delay_s for alarm in ahead.clock.alarms]
    asked = ahead.ask(typed(HERE, "x + 1\n    "), version=10, trigger=AUTOMATIC)
    await settle()
    answer(call, "done()")
    assert (await asked).tier is Tier.JOINED


@pytest.mark.parametrize("text", ["", HERE.prefix + "y" + HERE.suffix, HERE.prefix + "x + 1\n    q" + HERE.suffix])
@pytest.mark.parametrize("has_begun", [False, True])
async def test_a_prefetch_ends_when_the_document_goes_another_way(ahead: Scene, text: str, *, has_begun: bool) -> None:
    await shown(ahead, HERE, "x + 1")
    if has_begun:
        ahead.clock.ring(READING_S)
        call = await ahead.model.next_call()
        call.text(0, "done")
        for index in range(1, 4):
            call.text(index, "other")
        await settle()
        ahead.pipeline.document_changed(HERE.uri, text)
        await call.closed.wait()
    else:
        ahead.pipeline.document_changed(HERE.uri, text)
        assert READING_S not in [alarm.delay_s for alarm in ahead.clock.alarms]
    assert ahead.pipeline.counts.generations == 1 + has_begun


async def test_a_prefetch_waits_until_nobody_types(ahead: Scene) -> None:
    await shown(ahead, HERE, "x + 1")
    elsewhere = context_of("y = ║", uri="file:///other")
    asked = ahead.ask(elsewhere)
    typing = await ahead.model.next_call()
    ahead.clock.ring(READING_S)
    await settle()
    assert ahead.pipeline.counts.prefetches == 0
    answer(typing, "2")
    await asked
    call = await ahead.model.next_call()
    assert call.params.priority is Priority.BACKGROUND
    # Of typing that comes later nothing waits for it: the engine steps that first.
    late = ahead.ask(context_of("z = ║", uri="file:///other"))
    answer(await ahead.model.next_call(), "3")
    assert inserts(await late) == ["3"]
    assert not call.closed.is_set()


async def test_nothing_is_prefetched_after_what_is_hardly_right_or_was_asked_for(ahead: Scene) -> None:
    asked = await ahead.automatic()
    answer(await ahead.model.next_call(), "x + 1", logprob=-1.0)
    await asked
    await ahead.ask()
    assert READING_S not in [alarm.delay_s for alarm in ahead.clock.alarms]


async def test_what_follows_is_asked_for_once(ahead: Scene) -> None:
    await shown(ahead, HERE, "x + 1")
    ahead.clock.ring(READING_S)
    await ahead.model.next_call()
    await reused(ahead, typed(HERE, "x"))
    ahead.clock.ring(READING_S)
    await settle()
    assert len(ahead.model.calls) == 2


async def test_a_newer_prefetch_takes_the_place_of_an_older(ahead: Scene) -> None:
    await shown(ahead, HERE, "x + 1")
    ahead.clock.ring(READING_S)
    first = await ahead.model.next_call()
    elsewhere = context_of("y = ║", uri="file:///other")
    await shown(ahead, elsewhere, "2")
    ahead.clock.ring(READING_S)
    await first.closed.wait()
    assert (await ahead.model.next_call()).prompt.prefix == "y = 2\n"


async def test_a_prefetch_that_fails_tells_nobody(ahead: Scene, caplog: pytest.LogCaptureFixture) -> None:
    await shown(ahead, HERE, "x + 1")
    ahead.clock.ring(READING_S)
    call = await ahead.model.next_call()
    call.fail(ModelUnavailable("the engine is gone"))
    await call.closed.wait()
    await settle()
    assert "the engine is gone" in caplog.text
    ahead.pipeline.document_changed(HERE.uri, text_of(typed(HERE, "x + 1\n    ")))
    asked = ahead.ask(typed(HERE, "x + 1\n    "), version=5)
    answer(await ahead.model.next_call(), "done()")
    assert inserts(await asked) == ["done()"]


async def test_no_work_after_closing(ahead: Scene) -> None:
    await shown(ahead, HERE, "x + 1")
    ahead.clock.ring(READING_S)
    call = await ahead.model.next_call()
    await ahead.pipeline.close()
    assert call.closed.is_set()
    assert ahead.clock.alarms == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_closed_document_is_not_prefetched_for(ahead: Scene) -> None:
    await shown(ahead, HERE, "x + 1")
    ahead.pipeline.document_closed(HERE.uri)
    assert ahead.clock.alarms == []


async def test_the_pause_follows_the_person_and_can_be_fixed() -> None:
    scene = Scene(Settings(completion=CompletionSettings(prefetch=False)))
    scene.ask(trigger=AUTOMATIC)
    await settle()
    assert [alarm.delay_s for alarm in scene.clock.alarms] == [DEBOUNCE_S]
    scene.pipeline.configure(STEADY)
    scene.ask(context_of("if x:\n    ║"), version=2, trigger=AUTOMATIC)
    await settle()
    assert DEBOUNCE_S in [alarm.delay_s for alarm in scene.clock.alarms]
    scene.pipeline.configure(Settings())
    scene.ask(context_of("if x:\n    ║"), version=3, trigger=AUTOMATIC)
    await scene.model.next_call()
    assert TIMEOUT_S in [alarm.delay_s for alarm in scene.clock.alarms]
    await scene.close()


async def test_a_generation_goes_on_while_the_editor_closes_what_is_typed(scene: Scene) -> None:
    scene.pipeline.document_changed(HERE.uri, text_of(HERE))
    first = await scene.automatic()
    call = await scene.model.next_call()
    for index in range(4):
        call.text(index, "foo(")
    await settle()
    context = context_of("def f(x):\n    return foo(║)\n")
    scene.pipeline.document_changed(HERE.uri, text_of(context))
    asked = scene.ask(context, version=2, trigger=AUTOMATIC)
    await settle()
    for index in range(4):
        call.row(index, "x) + 1")
    completion = await asked
    assert (completion.tier, inserts(completion)) == (Tier.JOINED, ["x"])
    assert len(scene.model.calls) == 1
    with pytest.raises(Superseded):
        await first
    assert await reused(scene, context_of("def f(x):\n    return foo(x)║\n")) == (Tier.TYPED, [" + 1"])
