"""Requests, generations and what they share; time stands still and rows come when the test says so."""

import asyncio
import dataclasses
import threading
from collections.abc import AsyncGenerator, Callable

import pytest

from codex_lsp.completion.extent import LEFT_TO_RIGHT_STOPS
from codex_lsp.completion.generation import LINGER_S
from codex_lsp.completion.pipeline import Completion, CompletionRequest, Pipeline, Superseded
from codex_lsp.config import CompletionSettings, ContextSettings, Settings
from codex_lsp.errors import ModelUnavailable
from codex_lsp.types import FinishReason, Trigger
from tests.unit.completion.scenes import (
    DEBOUNCE_S,
    HERE,
    LATE_ROW_S,
    TIMEOUT_S,
    FedModel,
    Scene,
    context_of,
    inserts,
    settle,
    typed,
)


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    scene = Scene()
    yield scene
    await scene.close()


async def test_candidates_come_ranked_distinct_and_not_blank(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    call.row(0, "x + 1\n\n\ndef g():", -2.0)
    call.row(1, "x", -1.0)
    call.row(2, "x  +  1", -3.0)
    call.row(3, "\n", -0.5)
    completion = await asked
    assert inserts(completion) == ["x", "x + 1"]
    assert [candidate.finish_reason for candidate in completion.candidates] == [FinishReason.STOP] * 2
    assert completion.model == "fed"
    assert completion.params == call.params
    assert completion.prompt == call.prompt


async def test_what_the_model_is_asked(scene: Scene) -> None:
    scene.ask()
    call = await scene.model.next_call()
    settings = CompletionSettings()
    params = call.params
    assert (params.n, params.greedy_first, params.seed, params.document) == (4, True, 7, HERE.uri)
    assert (params.temperature, params.top_p) == (settings.temperature, settings.top_p)
    assert (params.max_tokens, params.stop, params.stop_indent) == (settings.max_block_tokens, (), 3)
    assert (call.prompt.prefix, call.prompt.suffix) == (HERE.prefix, HERE.suffix)
    scene.ask(context_of("x = ║ + y\n"))
    call = await scene.model.next_call()
    assert (call.params.max_tokens, call.params.stop) == (settings.max_line_tokens, ("\n",))


async def test_a_model_that_only_continues() -> None:
    scene = Scene(fim=False)
    scene.ask(context_of("def f():\n    ║\ny = 2\n"))
    call = await scene.model.next_call()
    assert call.params.stop == LEFT_TO_RIGHT_STOPS
    assert call.prompt.suffix == ""
    await scene.pipeline.close()


async def test_the_models_own_limit_holds() -> None:
    settings = Settings(
        completion=CompletionSettings(max_block_tokens=96), context=ContextSettings(max_prompt_tokens=1024)
    )
    scene = Scene(settings, max_context=256)
    scene.ask(context_of("x = 1\n" * 1000 + "y = ║\n" + "z = 1\n" * 1000))
    call = await scene.model.next_call()
    assert 60 < len(call.prompt.prefix) + len(call.prompt.suffix) <= 256 - 96
    await scene.pipeline.close()


async def test_crlf_documents_are_shown_as_plain(scene: Scene) -> None:
    asked = scene.ask(context_of("def f(x):\r\n    return ║\r\n"))
    call = await scene.model.next_call()
    assert call.prompt.prefix == "def f(x):\n    return "
    scene.pipeline.document_changed(HERE.uri, "def f(x):\r\n    return x\r\n")
    for index in range(4):
        call.row(index, "x + 1")
    assert inserts(await asked) == ["x + 1"]


async def test_automatic_shows_three_and_invoked_all(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    for index in range(4):
        call.row(index, f"x + {index}", -1.0 - index)
    assert len((await asked).candidates) == 4
    again = await scene.ask(trigger=Trigger.AUTOMATIC)
    assert inserts(again) == ["x + 0", "x + 1", "x + 2"]
    assert len(scene.model.calls) == 1


async def test_the_gate_holds_without_asking() -> None:
    scene = Scene(Settings(disabled_languages=("python",)))
    assert await scene.ask(trigger=Trigger.AUTOMATIC) == Completion()
    assert scene.model.calls == []
    scene.pipeline.configure(Settings())
    scene.ask()
    await scene.model.next_call()
    await scene.pipeline.close()


async def test_after_removing_text_it_is_silent_until_text_is_added(scene: Scene) -> None:
    text = HERE.prefix + HERE.suffix
    for before in (text + "abc", text):
        scene.pipeline.document_changed(HERE.uri, before)
    scene.pipeline.document_changed(HERE.uri, text)
    assert await scene.ask(trigger=Trigger.AUTOMATIC) == Completion()
    invoked = scene.ask(method="menu")
    (await scene.model.next_call()).row(0, "x")
    scene.pipeline.document_changed(HERE.uri, text.replace("return ", "return x"))
    asked = scene.ask(typed(HERE, "x"), version=2, trigger=Trigger.AUTOMATIC)
    await settle()
    assert not asked.done()
    for task in (asked, invoked):
        task.cancel()


async def test_automatic_waits_for_a_pause_in_typing(scene: Scene) -> None:
    asked = scene.ask(trigger=Trigger.AUTOMATIC)
    await settle()
    assert scene.model.calls == []
    scene.clock.ring(DEBOUNCE_S)
    call = await scene.model.next_call()
    for index in range(4):
        call.row(index, "x")
    assert inserts(await asked) == ["x"]


async def test_two_methods_in_the_pause_start_one_generation(scene: Scene) -> None:
    inline = scene.ask(trigger=Trigger.AUTOMATIC, method="inline")
    menu = scene.ask(trigger=Trigger.AUTOMATIC, method="menu")
    await settle()
    scene.clock.ring(DEBOUNCE_S)
    call = await scene.model.next_call()
    for index in range(4):
        call.row(index, "x")
    assert inserts(await inline) == inserts(await menu) == ["x"]
    assert len(scene.model.calls) == 1


async def test_a_newer_request_supersedes_in_the_pause(scene: Scene) -> None:
    older = scene.ask(trigger=Trigger.AUTOMATIC)
    await settle()
    newer = scene.ask(typed(HERE, "x"), version=2, trigger=Trigger.AUTOMATIC)
    with pytest.raises(Superseded):
        await older
    assert scene.model.calls == []
    newer.cancel()


async def test_a_newer_request_supersedes_while_it_samples(scene: Scene) -> None:
    older = scene.ask()
    call = await scene.model.next_call()
    newer = scene.ask(context_of("x = ║"), version=2)
    with pytest.raises(Superseded):
        await older
    other = await scene.model.next_call()
    # One thread may serve all: the older state's work makes room at once.
    await call.closed.wait()
    for index in range(4):
        other.row(index, "1")
    assert inserts(await newer) == ["1"]


async def test_superseded_and_ended_in_the_same_moment(scene: Scene) -> None:
    older = scene.ask()
    call = await scene.model.next_call()
    newer = scene.ask(context_of("x = ║"), version=2)
    # Runs after the newer request has begun and before the older one can notice.
    asyncio.get_running_loop().call_soon(scene.pipeline.document_changed, HERE.uri, "x = ")
    with pytest.raises(Superseded):
        await older
    await call.closed.wait()
    newer.cancel()


async def test_the_gate_supersedes_too(scene: Scene) -> None:
    older = scene.ask()
    await scene.model.next_call()
    assert await scene.ask(context_of("na║me"), version=2, trigger=Trigger.AUTOMATIC) == Completion()
    with pytest.raises(Superseded):
        await older


async def test_another_method_or_document_does_not_supersede(scene: Scene) -> None:
    inline = scene.ask(method="inline")
    call = await scene.model.next_call()
    menu = scene.ask(method="menu")
    twice = scene.ask(method="inline")
    elsewhere = scene.ask(context_of("y = ║", uri="file:///other"))
    other = await scene.model.next_call()
    for index in range(4):
        call.row(index, "x")
        other.row(index, "2")
    completions = await asyncio.gather(inline, menu, twice, elsewhere)
    assert [inserts(completion) for completion in completions] == [["x"], ["x"], ["x"], ["2"]]
    assert len(scene.model.calls) == 2


async def test_a_cancelled_request_leaves_the_generation_a_moment(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    again = scene.ask(version=2)
    await settle()
    assert [alarm.delay_s for alarm in scene.clock.alarms] == [TIMEOUT_S]
    for index in range(4):
        call.row(index, "x")
    assert inserts(await again) == ["x"]
    assert len(scene.model.calls) == 1


async def test_a_generation_nobody_waits_for_ends(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    asked.cancel()
    await settle()
    scene.clock.ring(LINGER_S)
    await call.closed.wait()
    await settle()
    assert scene.clock.alarms == []
    scene.ask()
    await scene.model.next_call()
    assert len(scene.model.calls) == 2


async def test_one_of_two_waiters_cancelled(scene: Scene) -> None:
    first, second = scene.ask(method="inline"), scene.ask(method="menu")
    call = await scene.model.next_call()
    first.cancel()
    await settle()
    assert [alarm.delay_s for alarm in scene.clock.alarms] == [TIMEOUT_S]
    for index in range(4):
        call.row(index, "x")
    assert inserts(await second) == ["x"]


async def test_late_rows_are_not_waited_for_but_kept(scene: Scene) -> None:
    asked = await scene.automatic()
    call = await scene.model.next_call()
    call.row(0, "x", -1.0)
    call.text(1, "x +")
    await settle()
    assert not asked.done()
    scene.clock.ring(LATE_ROW_S)
    assert inserts(await asked) == ["x"]
    assert [alarm.delay_s for alarm in scene.clock.alarms] == [TIMEOUT_S]
    call.text(1, " 2", finish=FinishReason.STOP, logprob=0.0)
    await settle()
    assert inserts(await scene.ask(trigger=Trigger.AUTOMATIC)) == ["x + 2", "x"]
    assert not call.closed.is_set()
    assert len(scene.model.calls) == 1


async def test_invoked_waits_for_the_rows_that_automatic_did_not(scene: Scene) -> None:
    asked = await scene.automatic()
    call = await scene.model.next_call()
    call.row(0, "x", -1.0)
    await settle()
    scene.clock.ring(LATE_ROW_S)
    assert inserts(await asked) == ["x"]
    invoked = scene.ask()
    await settle()
    assert not invoked.done()
    for index in range(1, 4):
        call.row(index, f"x + {index}", -1.0 - index)
    assert inserts(await invoked) == ["x", "x + 1", "x + 2", "x + 3"]
    assert inserts(await scene.ask()) == ["x", "x + 1", "x + 2", "x + 3"]
    assert len(scene.model.calls) == 1


async def test_invoked_asks_anew_where_rows_were_given_up(scene: Scene) -> None:
    asked = await scene.automatic()
    call = await scene.model.next_call()
    call.row(0, "x")
    await settle()
    scene.clock.ring(LATE_ROW_S)
    await asked
    scene.clock.ring(TIMEOUT_S)
    await call.closed.wait()
    invoked = scene.ask()
    other = await scene.model.next_call()
    for index in range(4):
        other.row(index, f"y{index}", -1.0 - index)
    assert len((await invoked).candidates) == 4


async def test_late_rows_end_when_the_text_goes_another_way(scene: Scene) -> None:
    asked = await scene.automatic()
    call = await scene.model.next_call()
    call.row(0, "x")
    await settle()
    scene.clock.ring(LATE_ROW_S)
    await asked
    scene.pipeline.document_changed(HERE.uri, "other")
    await call.closed.wait()


async def test_invoked_takes_what_there_is_when_a_late_row_fails(scene: Scene) -> None:
    asked = await scene.automatic()
    call = await scene.model.next_call()
    call.row(0, "x")
    await settle()
    scene.clock.ring(LATE_ROW_S)
    await asked
    invoked = scene.ask()
    await settle()
    call.fail(ModelUnavailable("the engine is gone"))
    assert inserts(await invoked) == ["x"]


async def test_back_on_the_trajectory_of_a_stopped_generation(scene: Scene) -> None:
    asked = scene.ask()
    await scene.model.next_call()
    scene.model.may_close.clear()
    text = HERE.prefix + HERE.suffix
    scene.pipeline.document_changed(HERE.uri, "other")
    scene.pipeline.document_changed(HERE.uri, text)
    again = scene.ask(version=3)
    await settle()
    scene.model.may_close.set()
    call = await scene.model.next_call()
    for index in range(4):
        call.row(index, "x")
    assert inserts(await again) == ["x"]
    with pytest.raises(Superseded):
        await asked


async def test_a_text_left_in_the_pause_is_not_asked_for(scene: Scene) -> None:
    context = context_of("x = ║")
    scene.pipeline.document_changed(context.uri, "x = ")
    asked = scene.ask(context, trigger=Trigger.AUTOMATIC)
    await settle()
    scene.pipeline.document_changed(context.uri, "x = [")
    scene.clock.ring(DEBOUNCE_S)
    with pytest.raises(Superseded):
        await asked
    assert scene.model.calls == []


async def test_superseded_in_the_turn_that_the_pause_ends_in(scene: Scene) -> None:
    older = scene.ask(trigger=Trigger.AUTOMATIC)
    await settle()
    scene.clock.ring(DEBOUNCE_S)
    newer = scene.ask(context_of("na║me"), version=2, trigger=Trigger.AUTOMATIC)
    scene.pipeline._turns.supersede_document(HERE.uri)  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(Superseded):
        await older
    assert await newer == Completion()
    assert scene.model.calls == []


async def test_other_settings_end_what_runs(scene: Scene) -> None:
    older = scene.ask()
    call = await scene.model.next_call()
    scene.pipeline.configure(Settings())
    assert not older.done()
    scene.pipeline.configure(Settings(completion=CompletionSettings(n=2)))
    newer = scene.ask(method="menu")
    with pytest.raises(Superseded):
        await older
    await call.closed.wait()
    other = await scene.model.next_call()
    assert other.params.n == 2
    for index in range(2):
        other.row(index, "new")
    assert inserts(await newer) == ["new"]


async def test_a_tokenizer_is_read_once_and_off_the_loop() -> None:
    threads: list[int] = []

    def count_tokens_for(tokenizer: str | None) -> Callable[[str], int]:
        assert tokenizer == "tokenizer.json"
        threads.append(threading.get_ident())
        return len

    model = FedModel(tokenizer="tokenizer.json")
    pipeline = Pipeline(model, Settings(), count_tokens_for=count_tokens_for)
    for version in range(2):
        request = CompletionRequest(
            context=context_of(f"x{version} = ║"), version=version, trigger=Trigger.INVOKED, method="inline"
        )
        asked = asyncio.create_task(pipeline.complete(request))
        call = await model.next_call()
        for index in range(4):
            call.row(index, "1")
        assert inserts(await asked) == ["1"]
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()
    await pipeline.close()


async def test_a_useless_row_does_not_start_the_deadline(scene: Scene) -> None:
    scene.ask()
    call = await scene.model.next_call()
    call.row(0, "\n")
    await settle()
    assert LATE_ROW_S not in [alarm.delay_s for alarm in scene.clock.alarms]


async def test_rows_that_need_no_more_end_the_stream(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    for index in range(4):
        for piece in ("x", "\n", "\n", "\n", "def", " g", "("):
            call.text(index, piece)
    assert inserts(await asked) == ["x"]
    await call.closed.wait()


async def test_a_stream_that_ends_without_reasons(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    call.text(0, "some_func")
    call.text(9, "nobody asked for this row")
    call.end()
    completion = await asked
    assert inserts(completion) == ["some_func"]
    assert completion.candidates[0].finish_reason is FinishReason.LENGTH


async def test_nothing_useful_is_an_answer_too(scene: Scene) -> None:
    asked = scene.ask()
    (await scene.model.next_call()).end()
    completion = await asked
    assert completion.candidates == ()
    assert completion.model == "fed"
    assert (await scene.ask()).candidates == ()
    assert len(scene.model.calls) == 1


async def test_typed_as_suggested_is_served_without_the_model(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    call.row(0, "x + 1", -1.0)
    call.row(1, "x * 2", -2.0)
    call.row(2, "y", -0.1)
    call.row(3, "x", -0.2)
    assert inserts(await asked) == ["y", "x", "x + 1", "x * 2"]
    more = await scene.ask(typed(HERE, "x "), version=2, trigger=Trigger.AUTOMATIC)
    assert inserts(more) == ["+ 1", "* 2"]
    assert more.candidates[0].text == "x + 1"
    more = await scene.ask(typed(HERE, "x *"), version=3)
    assert inserts(more) == [" 2"]
    scene.ask(typed(HERE, "x * 2"), version=4)
    call = await scene.model.next_call()
    assert len(scene.model.calls) == 2


async def test_typed_otherwise_or_another_suffix_asks_again(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    for index in range(4):
        call.row(index, "x + 1")
    await asked
    scene.ask(typed(HERE, "z"), version=2)
    await scene.model.next_call()
    scene.ask(dataclasses.replace(HERE, suffix="\nmore\n"), version=3)
    await scene.model.next_call()
    assert len(scene.model.calls) == 3


async def test_a_running_generation_that_still_fits_is_joined(scene: Scene) -> None:
    first = scene.ask(trigger=Trigger.AUTOMATIC)
    await settle()
    scene.clock.ring(DEBOUNCE_S)
    call = await scene.model.next_call()
    call.text(0, "x + 1")
    await settle()
    scene.pipeline.document_changed(HERE.uri, HERE.prefix + "x " + HERE.suffix)
    second = scene.ask(typed(HERE, "x "), version=2, trigger=Trigger.AUTOMATIC)
    with pytest.raises(Superseded):
        await first
    for index in range(4):
        call.text(index, "" if index == 0 else "x * 2", finish=FinishReason.STOP)
    assert inserts(await second) == ["+ 1", "* 2"]
    assert len(scene.model.calls) == 1


async def test_joined_in_vain_asks_again(scene: Scene) -> None:
    first = scene.ask()
    call = await scene.model.next_call()
    second = scene.ask(typed(HERE, "q"), version=2)
    with pytest.raises(Superseded):
        await first
    for index in range(4):
        call.row(index, "x")
    other = await scene.model.next_call()
    for index in range(4):
        other.row(index, "uit")
    assert inserts(await second) == ["uit"]


async def test_text_that_goes_another_way_ends_the_generation(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    for index in range(4):
        call.text(index, "x + 1")
    await settle()
    scene.pipeline.document_changed(HERE.uri, HERE.prefix + "x" + HERE.suffix)
    await settle()
    assert not call.closed.is_set()
    scene.pipeline.document_changed(HERE.uri, HERE.prefix + "z" + HERE.suffix)
    with pytest.raises(Superseded):
        await asked
    await call.closed.wait()


@pytest.mark.parametrize("text", ["", "x = 1\n", HERE.prefix, HERE.prefix + "x" + HERE.suffix + "more"])
async def test_edits_elsewhere_end_the_generation(scene: Scene, text: str) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    scene.pipeline.document_changed(HERE.uri, text)
    with pytest.raises(Superseded):
        await asked
    await call.closed.wait()


async def test_a_generation_ended_before_its_first_step(scene: Scene) -> None:
    scene.model.loaded.clear()
    asked = scene.ask()
    await asyncio.sleep(0)
    scene.pipeline.document_changed(HERE.uri, "other")
    with pytest.raises(Superseded):
        await asked
    assert scene.model.calls == []


async def test_a_failure_reaches_every_waiter_once(scene: Scene) -> None:
    asked = [scene.ask(method=method) for method in ("inline", "menu", "panel")]
    call = await scene.model.next_call()
    call.row(0, "x")
    error = ModelUnavailable("the engine is gone")
    call.fail(error)
    assert await asyncio.gather(*asked, return_exceptions=True) == [error] * 3
    again = scene.ask()
    call = await scene.model.next_call()
    for index in range(4):
        call.row(index, "x")
    assert inserts(await again) == ["x"]


async def test_a_failure_after_the_answer_is_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    asked = await scene.automatic()
    call = await scene.model.next_call()
    call.row(0, "x")
    await settle()
    scene.clock.ring(LATE_ROW_S)
    assert inserts(await asked) == ["x"]
    call.fail(ModelUnavailable("the engine is gone"))
    await call.closed.wait()
    await settle()
    assert "the engine is gone" in caplog.text
    assert inserts(await scene.ask(trigger=Trigger.AUTOMATIC)) == ["x"]


async def test_a_failure_that_a_cancelled_request_never_sees(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    call.fail(ModelUnavailable("the engine is gone"))
    await call.closed.wait()
    asked.cancel()
    with pytest.raises((asyncio.CancelledError, ModelUnavailable)):
        await asked


async def test_a_model_that_hangs_is_given_up(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    call.text(0, "half_a_w")
    await settle()
    scene.clock.ring(TIMEOUT_S)
    with pytest.raises(ModelUnavailable, match=r"fed: no completion within 10 s.*completion\.timeout_ms"):
        await asked
    await call.closed.wait()


async def test_whole_lines_of_a_slow_model_are_shown(scene: Scene) -> None:
    asked = scene.ask(context_of("def f(x):\n    ║"))
    call = await scene.model.next_call()
    call.text(0, "x += 1\n    ret")
    await settle()
    scene.clock.ring(TIMEOUT_S)
    completion = await asked
    assert inserts(completion) == ["x += 1"]
    assert completion.candidates[0].finish_reason is FinishReason.CANCELLED


async def test_a_timeout_after_the_answer_is_no_failure(scene: Scene) -> None:
    asked = await scene.automatic()
    call = await scene.model.next_call()
    call.row(0, "x")
    await settle()
    scene.clock.ring(LATE_ROW_S)
    await asked
    scene.clock.ring(TIMEOUT_S)
    await call.closed.wait()
    assert inserts(await scene.ask(trigger=Trigger.AUTOMATIC)) == ["x"]


async def test_loading_is_waited_for(scene: Scene) -> None:
    scene.model.loaded.clear()
    asked = scene.ask()
    await settle()
    assert scene.model.calls == []
    assert scene.clock.alarms == []
    scene.model.loaded.set()
    call = await scene.model.next_call()
    for index in range(4):
        call.row(index, "x")
    assert inserts(await asked) == ["x"]


async def test_a_closed_document_is_forgotten(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    pausing = scene.ask(context_of("y = ║"), method="menu", trigger=Trigger.AUTOMATIC)
    elsewhere = scene.ask(context_of("y = ║", uri="file:///other"))
    await settle()
    scene.pipeline.document_closed(HERE.uri)
    for task in (asked, pausing):
        with pytest.raises(Superseded):
            await task
    await call.closed.wait()
    assert not elsewhere.done()
    scene.ask()
    await scene.model.next_call()


async def test_other_settings_forget_what_was_sampled(scene: Scene) -> None:
    asked = scene.ask()
    call = await scene.model.next_call()
    for index in range(4):
        call.row(index, "x")
    await asked
    scene.pipeline.configure(Settings(completion=CompletionSettings(n=2)))
    scene.ask()
    assert (await scene.model.next_call()).params.n == 2


async def test_places_are_come_back_to(scene: Scene) -> None:
    for number in range(6):
        asked = scene.ask(context_of(f"x{number} = ║\n"), version=number)
        call = await scene.model.next_call()
        for index in range(4):
            call.row(index, f"{number}")
        await asked
    for number in range(6):
        assert inserts(await scene.ask(context_of(f"x{number} = ║\n"), version=9 + number)) == [f"{number}"]


async def test_closing_ends_everything() -> None:
    scene = Scene()
    asked = scene.ask()
    call = await scene.model.next_call()
    pausing = scene.ask(context_of("y = ║", uri="file:///other"), trigger=Trigger.AUTOMATIC)
    await settle()
    await scene.pipeline.close()
    for task in (asked, pausing):
        with pytest.raises(Superseded):
            await task
    assert call.closed.is_set()
    assert scene.clock.alarms == []


async def test_real_time() -> None:
    """The pipeline's own alarms, without a stopped clock."""
    settings = Settings(completion=CompletionSettings(debounce_ms=0, late_row_ms=0))
    model = FedModel()
    pipeline = Pipeline(model, settings, count_tokens_for=lambda _: len)
    request = CompletionRequest(context=HERE, version=1, trigger=Trigger.AUTOMATIC, method="inline")
    asked = asyncio.create_task(pipeline.complete(request))
    (await model.next_call()).row(0, "x")
    assert inserts(await asked) == ["x"]
    await pipeline.close()
