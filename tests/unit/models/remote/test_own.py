"""The client against our own engine: nothing is lost on the wire."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from codex_lsp.errors import AdapterUnusable, ModelRefused, ModelUnavailable, NotSupported
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.models.scripted import READY, ScriptedModel, ScriptedRow, everything
from codex_lsp.service.app import create_app
from codex_lsp.types import (
    Header,
    MemorySession,
    Priority,
    Prompt,
    RememberedText,
    SamplingParams,
    Snippet,
    WorkspaceTexts,
)

Serve = Callable[[ASGIApp], AbstractAsyncContextManager[Path]]
ServeTcp = Callable[[ASGIApp], AbstractAsyncContextManager[str]]

PROMPT = Prompt(
    header=Header(path="json/decoder.py", language="python"),
    snippets=(Snippet(path="a.py", text="<|fim_middle|>"),),
    prefix="x = '\ud800'\ny = ",
    suffix="\n😋",
    instruction="be brief",
)
PARAMS = SamplingParams(
    n=3,
    greedy_first=True,
    max_tokens=7,
    temperature=0.7,
    top_p=0.5,
    stop=("\ndef", "\u2028"),
    stop_indent=4,
    seed=2**62,
    document="file:///a.py",
    priority=Priority.BACKGROUND,
)
ROWS = (
    ScriptedRow.of("decode(text, 😋)", -0.1, -12.345678901234567, -0.0, None),
    "x\n    y",
    "one two three four five six seven eight",
)


def client(path: Path, model: str | None = None) -> OpenAIModel:
    return OpenAIModel("http://engine/v1", socket=path, model=model)


async def test_requests_and_deltas_cross_the_wire_exactly(serve: Serve) -> None:
    served, direct = ScriptedModel(ROWS), ScriptedModel(ROWS)
    expected = [delta async for delta in direct.sample(PROMPT, PARAMS)]
    async with serve(create_app(served)) as path:
        model = client(path)
        assert [delta async for delta in model.sample(PROMPT, PARAMS)] == expected
        assert await model.score(PROMPT, "a\u2028b😋 c") == await direct.score(PROMPT, "a\u2028b😋 c")
        assert await model.capabilities() == everything("scripted")
        assert await model.health() == READY
        await model.close()
    asked = served.requests[0]
    assert replace(asked, params=replace(asked.params, document=PARAMS.document, client=None)) == direct.requests[0]
    assert served.requests[1].prompt == PROMPT


async def test_a_document_is_told_without_its_path_and_is_another_one_of_every_client(serve: Serve) -> None:
    served = ScriptedModel(ROWS)
    async with serve(create_app(served)) as path:
        for _ in range(2):
            model = client(path)
            for document in ("file:///a.py", "file:///a.py", "file:///\ud800.py", None):
                async with aclosing(model.sample(PROMPT, replace(PARAMS, document=document))) as deltas:
                    await anext(deltas)
            await model.close()
    said = [request.params.document for request in served.requests]
    assert said[0] == said[1] != said[2]
    assert said[3] is None
    assert not {said[0], said[2]} & {said[4], said[6]}
    assert "a.py" not in str(said)
    clients = [request.params.client for request in served.requests]
    assert clients[0] == clients[3] != clients[4] == clients[7]
    assert not {*clients} & {*said, None}


async def test_a_text_that_no_model_wrote_can_be_scored(serve: Serve) -> None:
    async with serve(create_app(ScriptedModel(ROWS))) as path:
        model = client(path)
        assert await model.score(PROMPT, "") == ()
        await model.close()


async def test_a_tokenizer_on_another_machine_is_not_believed(serve: Serve, tmp_path: Path) -> None:
    here = tmp_path / "tokenizer.json"
    here.touch()
    for path_told, believed in ((str(here), str(here)), ("/nowhere/tokenizer.json", None)):
        told = replace(everything("scripted"), tokenizer=path_told)
        async with serve(create_app(ScriptedModel(ROWS, capabilities=told))) as path:
            model = client(path)
            assert (await model.capabilities()).tokenizer == believed
            await model.close()


async def test_leaving_costs_at_most_one_more_step(serve: Serve) -> None:
    held, waiting, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def before_step(step: int) -> None:
        if step == 3:
            waiting.set()
            try:
                await held.wait()
            finally:
                asyncio.get_running_loop().call_soon(ended.set)

    served = ScriptedModel(["a b c d e f g"], before_step=before_step)
    async with serve(create_app(served)) as path:
        model = client(path)
        async with aclosing(model.sample(PROMPT, SamplingParams(n=1))) as deltas:
            await anext(deltas)
            await asyncio.wait_for(waiting.wait(), 10)
        await asyncio.wait_for(ended.wait(), 10)
        assert (served.steps, served.running) == (3, 0)
        held.set()
        # The connection is gone, the engine is not.
        assert [delta.index async for delta in model.sample(PROMPT, SamplingParams(n=1))]
        await model.close()


async def test_loading_is_waited_for(serve: Serve) -> None:
    served = ScriptedModel(ROWS)
    served.current_health = Health(state=HealthState.LOADING, percent=40, detail="weights")
    async with serve(create_app(served)) as path:
        model = client(path)
        assert await model.health() == served.current_health
        asking = asyncio.create_task(model.capabilities())
        done, _ = await asyncio.wait({asking}, timeout=0.1)
        assert not done
        served.current_health = READY
        assert (await asking).model == "scripted"
        await model.close()


async def test_a_failed_model_says_why(serve: Serve) -> None:
    served = ScriptedModel(ROWS)
    served.current_health = Health(state=HealthState.FAILED, percent=0, detail="model.safetensors is cut off")
    async with serve(create_app(served)) as path:
        model = client(path)
        with pytest.raises(ModelUnavailable, match="cut off"):
            await anext(model.sample(PROMPT, PARAMS))
        await model.close()


async def test_what_the_model_refuses_is_refused_here(serve: Serve) -> None:
    served = ScriptedModel(ROWS, failure=ModelRefused("the prompt has 3000 tokens, 2048 fit"))
    async with serve(create_app(served)) as path:
        model = client(path)
        with pytest.raises(ModelRefused, match="2048 fit"):
            await anext(model.sample(PROMPT, PARAMS))
        await model.close()


@pytest.mark.parametrize(
    ("failure", "kind"), [(ModelUnavailable("gone"), ModelUnavailable), (NotSupported("no"), ModelRefused)]
)
async def test_a_failure_half_way(serve: Serve, failure: Exception, kind: type[Exception]) -> None:
    assert isinstance(failure, ModelUnavailable | NotSupported)
    served = ScriptedModel(ROWS, failure=failure, fail_at_step=2)
    async with serve(create_app(served)) as path:
        model = client(path)
        with pytest.raises(kind):
            assert [delta async for delta in model.sample(PROMPT, PARAMS)]
        await model.close()


async def test_another_model_than_the_one_served_is_refused(serve: Serve) -> None:
    async with serve(create_app(ScriptedModel(ROWS))) as path:
        model = client(path, "other")
        with pytest.raises(ModelRefused, match="`other` is not served there, `scripted` is"):
            await model.capabilities()
        await model.close()


async def test_adapters_cross_the_wire(serve: Serve) -> None:
    served = ScriptedModel(ROWS, capabilities=replace(everything("scripted"), adapters=("shop",)))
    async with serve(create_app(served)) as path:
        model = client(path)
        assert (await model.capabilities()).adapters == ("shop",)
        assert [delta async for delta in model.sample(PROMPT, replace(PARAMS, adapter="shop"))]
        assert served.requests[-1].params.adapter == "shop"
        with pytest.raises(AdapterUnusable, match=r"^adapter `other` is not served here"):
            await anext(model.sample(PROMPT, replace(PARAMS, adapter="other")))
        await model.close()


async def test_an_adapter_that_the_engine_cannot_use_is_told_as_it_is(serve: Serve) -> None:
    said = "adapter /data/shop: made for another model than m; run `codex-lsp train adapt` again"
    capabilities = replace(everything("scripted"), adapters=("shop",))
    served = ScriptedModel(ROWS, capabilities=capabilities, failure=AdapterUnusable(said))
    async with serve(create_app(served)) as path:
        model = client(path)
        with pytest.raises(AdapterUnusable) as raised:
            await anext(model.sample(PROMPT, replace(PARAMS, adapter="shop")))
        assert str(raised.value) == said
        await model.close()


async def test_an_adapted_model_may_be_the_one_that_is_asked(serve: Serve) -> None:
    served = ScriptedModel(ROWS, capabilities=replace(everything("scripted"), adapters=("shop",)))
    async with serve(create_app(served)) as path:
        model = client(path, "scripted@shop")
        assert [delta async for delta in model.sample(PROMPT, PARAMS)]
        assert served.requests[-1].params.adapter == "shop"
        await model.close()


async def test_requests_one_after_another_use_one_connection(serve_tcp: ServeTcp) -> None:
    callers: list[object] = []
    app = create_app(ScriptedModel(ROWS))

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        callers.append(scope["client"])
        await app(scope, receive, send)

    async with serve_tcp(watched) as url:
        model = OpenAIModel(url)
        for _ in range(3):
            async with aclosing(model.sample(PROMPT, PARAMS)) as deltas:
                assert [delta async for delta in deltas]
        await model.close()
    assert len(callers) > 3
    assert len(set(callers)) == 1


def told(session: str, *names: str) -> WorkspaceTexts:
    texts = tuple(RememberedText(name=name, text=f"{name} = 1\n") for name in names)
    return WorkspaceTexts(session=MemorySession(name=session), texts=texts)


async def drain(model: OpenAIModel, memory: WorkspaceTexts | None) -> None:
    async for _ in model.sample(PROMPT, replace(PARAMS, memory=memory)):
        pass


@pytest.mark.parametrize(("host", "count"), [("127.0.0.1", 2), ("0.0.0.0", 0)])  # noqa: S104
async def test_texts_stay_on_this_machine(serve_tcp: ServeTcp, host: str, count: int) -> None:
    served = ScriptedModel(ROWS)
    async with serve_tcp(create_app(served)) as url:
        # Any address of this machine; by this one it is not told from another machine.
        model = OpenAIModel(f"{url.replace('127.0.0.1', host)}/v1")
        await drain(model, told("one", "a", "b"))
        await model.close()
    (asked,) = served.requests
    assert (0 if asked.params.memory is None else len(asked.params.memory.texts)) == count


async def test_a_session_that_was_left_is_dropped(serve: Serve) -> None:
    served, dropped = ScriptedModel(ROWS), list[str]()
    app = create_app(served)

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") == "DELETE":
            dropped.append(scope["path"])
        await app(scope, receive, send)

    async with serve(watched) as path:
        model = client(path)
        await drain(model, told("one", "a", "b"))
        await drain(model, told("two", "a"))
        assert dropped == ["/v1/memory/one"]
        await drain(model, None)
        assert dropped == ["/v1/memory/one", "/v1/memory/two"]
        await model.close()
    assert dropped == ["/v1/memory/one", "/v1/memory/two"]
