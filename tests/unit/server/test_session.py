import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable

import pytest

from codex_lsp.config import Settings
from codex_lsp.errors import MissingExtra, ModelUnavailable
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.models.token_count import token_counter
from codex_lsp.server.notices import Notices
from codex_lsp.server.session import Session


class Stage:
    """A session whose models, and the waits for them, a test can see."""

    def __init__(self, wait: Callable[[LanguageModel], Awaitable[None]] | None = None) -> None:
        self.opened: list[ScriptedModel] = []
        self.said: list[str] = []
        self.failure: Exception | None = None
        self.session = Session(
            self._open,
            token_counter,
            notices=Notices(self.said.append, self.said.append, self.said.append),
            wait_for_model=wait or self._wait,
        )

    def _open(self, _: Settings) -> LanguageModel:
        if self.failure is not None:
            raise self.failure
        self.opened.append(ScriptedModel(["a"]))
        return self.opened[-1]

    async def _wait(self, model: LanguageModel) -> None:
        await model.capabilities()


async def test_a_model_is_opened_and_given_back() -> None:
    stage = Stage()
    assert stage.session.pipeline is None
    stage.session.open(Settings())
    assert stage.session.pipeline is not None
    await stage.session.close()
    assert stage.session.pipeline is None
    assert [model.closed for model in stage.opened] == [True]


async def test_another_model_takes_its_place() -> None:
    stage = Stage()
    stage.session.open(Settings())
    before = stage.session.pipeline
    stage.session.configure(dataclasses.replace(Settings(), enabled=False))
    assert stage.session.pipeline is before
    stage.session.open(Settings(model="other"))
    assert stage.session.pipeline is not before
    await stage.session.close()
    assert [model.closed for model in stage.opened] == [True, True]


async def test_assists_ask_the_model_for_functions_beside_the_embedded_one() -> None:
    stage = Stage()
    assert stage.session.assist_model() is None
    stage.session.open(Settings())
    asked = stage.session.assist_model()
    assert asked is stage.session.assist_model() is stage.opened[1] is not stage.session.model
    await stage.session.close()
    assert [model.closed for model in stage.opened] == [True, True]
    stage.session.open(Settings(model="other"))
    assert stage.session.assist_model() is stage.session.model is stage.opened[2]
    await stage.session.close()


async def test_assists_make_do_with_the_model_of_completion() -> None:
    stage = Stage()
    stage.session.open(Settings())
    stage.failure = MissingExtra("install it")
    assert stage.session.assist_model() is stage.session.model
    await stage.session.close()


async def test_a_model_that_cannot_be_opened_is_told() -> None:
    stage = Stage()
    stage.failure = MissingExtra("install it")
    stage.session.open(Settings())
    assert stage.said == ["install it"]
    assert stage.session.pipeline is None
    stage.session.configure(Settings())
    await stage.session.close()


async def test_a_model_that_does_not_load_is_told() -> None:
    tried = asyncio.Event()

    async def wait(_: LanguageModel) -> None:
        tried.set()
        raise ModelUnavailable("no such folder")

    stage = Stage(wait)
    stage.session.open(Settings())
    await tried.wait()
    await stage.session.close()
    assert stage.said == ["no such folder"]


async def test_a_model_that_does_not_close_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("codex_lsp.server.session.CLOSE_TIMEOUT_S", 0.01)
    stage = Stage()
    stage.session.open(Settings())
    monkeypatch.setattr(stage.opened[0], "close", forever)
    await stage.session.close()
    assert "did not close" in caplog.text


async def test_any_failure_to_open_is_told_in_one_line_and_the_next_model_opens() -> None:
    stage = Stage()
    stage.failure = ValueError("not\na url")
    stage.session.open(Settings())
    assert stage.said == ["the model cannot be loaded: ValueError: not a url"]
    assert stage.session.pipeline is None
    stage.failure = None
    stage.session.open(Settings(model="other"))
    assert stage.session.pipeline is not None
    await stage.session.close()


async def test_any_failure_to_load_is_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    tried = asyncio.Event()

    async def wait(_: LanguageModel) -> None:
        tried.set()
        raise UnicodeError("x" * 10_000)

    stage = Stage(wait)
    stage.session.open(Settings())
    await tried.wait()
    await stage.session.close()
    (said,) = stage.said
    assert said.startswith("the model cannot be loaded: UnicodeError: xxx")
    assert len(said) < 300
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1
