import asyncio
import threading
from typing import cast

import pytest

from codex_lsp.errors import MissingExtra, ModelUnavailable
from codex_lsp.models.protocol import HealthState, LanguageModel
from codex_lsp.service.loading import LoadingModel
from codex_lsp.types import Prompt, SamplingParams


async def test_it_answers_while_it_is_opened() -> None:
    may_open = threading.Event()

    def opened() -> LanguageModel:
        may_open.wait()
        raise MissingExtra("torch is missing; run: pip install 'codex-lsp[local]'")

    model = LoadingModel(opened)
    model.start()
    assert (await model.health()).state is HealthState.LOADING
    asking = asyncio.create_task(model.capabilities())
    may_open.set()
    with pytest.raises(ModelUnavailable, match="torch is missing"):
        await asking
    health = await model.health()
    assert health.state is HealthState.FAILED
    assert "pip install" in health.detail


async def test_a_failure_nobody_foresaw_is_one_line() -> None:
    def opened() -> LanguageModel:
        raise ImportError("libtorch.so:\nundefined symbol")

    model = LoadingModel(opened)
    model.start()
    with pytest.raises(ModelUnavailable, match=r"ImportError: libtorch\.so:$"):
        await anext(model.sample(Prompt(header=None, prefix=""), SamplingParams()))
    await model.close()


async def test_an_opened_model_is_started_once() -> None:
    class Opened:
        starts = 0

        def start(self) -> None:
            self.starts += 1

        async def capabilities(self) -> str:
            return "its own"

        async def health(self) -> str:
            return "its own"

    opened = Opened()
    model = LoadingModel(lambda: cast("LanguageModel", opened))
    model.start()
    assert cast("str", await model.capabilities()) == "its own"
    assert cast("str", await model.health()) == "its own"
    assert opened.starts == 1
