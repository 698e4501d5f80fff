"""Bits per byte and lines completed exactly, as the engine would."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.models.local_loading import LoadedModel, load_model
from codex_lsp.training.adapt_measure import draw_cursors, measure
from codex_lsp.training.documents import Document
from codex_lsp.types import Delta, FinishReason, SamplingParams
from tests.unit.decoding.tiny import qwen3, save_checkpoint

SOURCE = "def add(a, b):\n    # sums\n\n    return a + b\n"
DOCUMENTS = [Document(package="p", path="a.py", text=SOURCE * 3), Document(package="p", path="b.py", text="x = 1\n")]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = save_checkpoint(tmp_path_factory.mktemp("measure") / "model", qwen3())
    return load_model("tiny", folder, dtype="auto", device="cpu", threads=1, progress=lambda _percent, _detail: None)


class Knowing:
    """Gives each token so many nats, and always the same answer."""

    def __init__(self, nats: float, answer: str) -> None:
        self._nats = nats
        self._answer = answer

    def score(self, prompt: Sequence[int], text: Sequence[int], _: Callable[[], bool]) -> list[float]:
        assert prompt
        return [-self._nats] * len(text)

    def sample(self, prompt: Sequence[int], params: SamplingParams, _: Callable[[], bool]) -> Iterator[Delta]:
        assert prompt
        assert params.temperature == 0
        yield Delta(index=0, text=self._answer, tokens=(), finish_reason=FinishReason.STOP)


def measured(reader: LoadedModel, nats: float, answer: str, documents: Sequence[Document] = DOCUMENTS) -> Any:
    return measure(reader, cast("Any", Knowing(nats, answer)), documents, cursors=30, seed=1)


def test_bits_per_byte_are_those_of_the_text(reader: LoadedModel) -> None:
    tokens = sum(len(reader.text_encoding(document.text).ids) for document in DOCUMENTS)
    size = sum(len(document.text) for document in DOCUMENTS)
    found = measured(reader, math.log(2), "nothing")
    assert (found.bytes, found.cursors) == (size, 30)
    assert found.bits_per_byte == pytest.approx(tokens / size)
    assert found.line_exact_match == 0.0


def test_a_line_counts_when_its_rest_is_the_answer(reader: LoadedModel) -> None:
    one_line = [Document(package="p", path="a.py", text="x\n")]
    assert measured(reader, 1.0, "x  \nmore", one_line).line_exact_match == 1.0
    assert measured(reader, 1.0, "y", one_line).line_exact_match == 0.0


def test_a_real_model_is_measured_the_same_twice(reader: LoadedModel) -> None:
    found = measure(reader, reader.runner, DOCUMENTS, cursors=3, seed=0)
    assert measure(reader, reader.runner, DOCUMENTS, cursors=3, seed=0) == found
    assert found.bits_per_byte > 0


def test_what_a_tick_raises_ends_it(reader: LoadedModel) -> None:
    shares: list[float] = []

    def tick(share: float) -> None:
        shares.append(share)
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(reader, reader.runner, DOCUMENTS, cursors=3, seed=0, tick=tick)
    assert shares == sorted(shares)
    assert shares[0] == 0


@given(st.lists(st.text(alphabet="ab #\n"), max_size=4), st.integers(min_value=0, max_value=12))
def test_cursors_are_in_lines_of_code_and_take_out_their_rest(texts: list[str], count: int) -> None:
    documents = [Document(package="p", path=f"{n}.py", text=text) for n, text in enumerate(texts)]
    usable = any(line.strip() and not line.strip().startswith("#") for text in texts for line in text.split("\n"))
    cursors = draw_cursors(documents, count=count, seed=0)
    assert len(cursors) == (count if usable else 0)
    for cursor in cursors:
        context = cursor.context
        assert context.prefix + cursor.rest + context.suffix in texts
        line = context.line_prefix + cursor.rest
        assert line.strip()
        assert not line.lstrip().startswith("#")
        assert cursor.rest
