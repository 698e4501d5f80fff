"""The n-gram as a language model: it speaks the protocol, and the pipeline completes with it."""

import itertools
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

import codex_lsp
from codex_lsp.completion.pipeline import CompletionRequest, Pipeline
from codex_lsp.config import Settings
from codex_lsp.errors import DocumentError, ModelUnavailable
from codex_lsp.evaluation.ngram_model import NgramModel, train_ngram
from codex_lsp.models.protocol import HealthState
from codex_lsp.models.token_count import token_counter
from codex_lsp.types import CursorContext, Delta, FinishReason, Prompt, SamplingParams, Trigger

TOKENIZER = str(Path(codex_lsp.__file__).parent / "weights" / "tokenizer.json")
TEXTS = ["def add(first, second):\n    return first + second\n"] * 3 + ["import os\n\nprint(os.name)\n"]


def silent(_line: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def model() -> NgramModel:
    return train_ngram(TEXTS, TOKENIZER, max_tokens=10_000, order=6, notify=silent)


async def rows_of(deltas: AsyncGenerator[Delta, None]) -> dict[int, list[Delta]]:
    rows: dict[int, list[Delta]] = {}
    async with aclosing(deltas):
        async for delta in deltas:
            rows.setdefault(delta.index, []).append(delta)
    return rows


def text_of(row: list[Delta]) -> str:
    return "".join(delta.text for delta in row)


async def test_it_says_what_it_can(model: NgramModel) -> None:
    capabilities = await model.capabilities()
    assert (capabilities.fim, capabilities.score, capabilities.logprobs) == (False, True, True)
    assert capabilities.model == "kneser-ney-6-gram"
    assert capabilities.tokenizer == TOKENIZER
    assert (await model.health()).state is HealthState.READY
    await model.close()


async def test_greedy_repeats_what_was_seen_and_ends_with_the_text(model: NgramModel) -> None:
    prompt = Prompt(header=None, prefix="def add(first, second):\n    return")
    rows = await rows_of(model.sample(prompt, SamplingParams(temperature=0.0)))
    assert text_of(rows[0]) == " first + second\n"
    assert rows[0][-1].finish_reason is FinishReason.STOP


async def test_rows_stop_where_they_are_told_to(model: NgramModel) -> None:
    prompt = Prompt(header=None, prefix="def add(first, second):\n    return")
    stopped = await rows_of(model.sample(prompt, SamplingParams(temperature=0.0, stop=(" +",))))
    assert text_of(stopped[0]) == " first"
    short = await rows_of(model.sample(prompt, SamplingParams(temperature=0.0, max_tokens=1)))
    assert short[0][-1].finish_reason is FinishReason.LENGTH
    none = await rows_of(model.sample(prompt, SamplingParams(n=2, max_tokens=0)))
    assert {index: text_of(row) for index, row in none.items()} == {0: "", 1: ""}


async def test_log_probabilities_are_those_of_scoring(model: NgramModel) -> None:
    prompt = Prompt(header=None, prefix="import os\n")
    params = SamplingParams(n=3, greedy_first=True, temperature=1.0, max_tokens=12, seed=4)
    rows = await rows_of(model.sample(prompt, params))
    assert len(rows) == 3
    for row in rows.values():
        tokens = [token for delta in row for token in delta.tokens]
        ids = [token.id for token in tokens if token.id is not None]
        history = [token.id or 0 for token in await model.score(Prompt(header=None, prefix=""), prompt.prefix)]
        expected = model.counted.logprobs(history, ids).tolist()
        assert [token.logprob for token in tokens] == pytest.approx(expected, rel=1e-5)
    assert await rows_of(model.sample(prompt, params)) == rows


async def test_a_text_learned_is_likelier_than_one_that_was_not(model: NgramModel) -> None:
    prompt = Prompt(header=None, prefix="")
    learned = await model.score(prompt, TEXTS[0])
    other = await model.score(prompt, TEXTS[0][::-1])
    assert learned[-1].end == len(TEXTS[0])
    mean = [sum(token.logprob or 0.0 for token in tokens) / len(tokens) for tokens in (learned, other)]
    assert mean[0] > mean[1] + 1


async def test_the_pipeline_completes_with_it(model: NgramModel) -> None:
    pipeline = Pipeline(model, Settings(), count_tokens_for=token_counter)
    context = CursorContext(
        uri="untitled:a",
        path="a.py",
        language="python",
        prefix="def add(first, second):\n    return",
        suffix="\n\n\nx = 1\n",
    )
    request = CompletionRequest(context=context, version=0, trigger=Trigger.INVOKED, method="test")
    completion = await pipeline.complete(request)
    await pipeline.close()
    assert completion.candidates[0].insert == " first + second"
    assert completion.prompt is not None
    assert completion.prompt.suffix == ""


def test_no_more_is_read_than_asked_for() -> None:
    said: list[str] = []
    model = train_ngram(itertools.repeat(TEXTS[0]), TOKENIZER, max_tokens=100, order=3, notify=said.append)
    # The end of each text, the last of which is cut, is an event too.
    assert 100 < model.counted.tokens <= 112
    assert len(said) == 2


def test_what_cannot_be_learned_from_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no text"):
        train_ngram([], TOKENIZER, max_tokens=10, order=6, notify=silent)
    with pytest.raises(DocumentError, match="cannot be read"):
        train_ngram(TEXTS, str(tmp_path / "none.json"), max_tokens=10, order=6, notify=silent)
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ModelUnavailable, match="damaged"):
        train_ngram(TEXTS, str(tmp_path / "bad.json"), max_tokens=10, order=6, notify=silent)
