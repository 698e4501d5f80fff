"""Captured steps: what is copied into and out of their buffers gives the logits of an ordinary pass.

There is no CUDA device here: instead of being recorded, a step is run again on its buffers.
"""

from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from transformers import PreTrainedModel

from codex_lsp.decoding.cache import PrefixCache
from codex_lsp.decoding.graphs import LEAST_CONTEXT, MOST_CONTEXT, MOST_TOKENS, GraphedTransformer, Step, sizes_for
from codex_lsp.decoding.own_network import ForwardPass, OwnNetwork
from codex_lsp.decoding.transformer import Transformer
from tests.unit.decoding.tiny import qwen3, random_model

PROMPT = tuple(range(1, 90))
OTHER = (*PROMPT[:70], *range(20, 60))


class Capturing:
    """Counts what is captured and done again."""

    def __init__(self) -> None:
        self.captured = 0
        self.replayed = 0

    def __call__(self, step: Step) -> tuple[Tensor, Callable[[], object]]:
        logits = step().clone()
        self.captured += 1

        def replay() -> None:
            self.replayed += 1
            logits.copy_(step())

        return logits, replay


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return random_model(qwen3())


def stepped(forward: ForwardPass, prompts: Sequence[tuple[int, ...]] = (PROMPT, OTHER)) -> list[Tensor]:
    """Logits of the steps of two generations that take turns: rows end, and one is rewound."""
    network = OwnNetwork(forward, PrefixCache(max_bytes=2**24))
    found: list[Tensor] = []
    with network.read(prompts[0], 4, None) as first, network.read(prompts[1], 3, None) as second:
        for reading in (first, second):
            logits = reading.prompt(lambda: False)
            assert logits is not None
            found.append(logits)
        for reading, rows in ((first, (0, 1, 2, 3)), (second, (0, 1, 2)), (first, (0, 1, 3)), (second, (2,))):
            found.append(reading.step(rows, [(5 + row,) for row in rows]))
        found.append(first.step((0, 3), [(7, 8, 9), (6,)]))
        first.rewind(0, 2)
        found.append(first.step((0, 3), [(11,), (12, 13)]))
        found.append(second.step((2,), [(3,)]))
    return found


def test_graphs_give_the_logits_of_an_ordinary_pass(model: PreTrainedModel) -> None:
    capturing = Capturing()
    expected = stepped(Transformer(model))
    found = stepped(GraphedTransformer(Transformer(model), capturing))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)
    # Seven steps of one, three and four tokens; the prompts are none.
    assert (capturing.captured, capturing.replayed) == (2, 7)


def test_what_cannot_be_captured_runs_without_and_is_told_once(
    model: PreTrainedModel, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: Step) -> tuple[Tensor, Callable[[], object]]:
        raise RuntimeError("CUDA error: operation not permitted\nwhen stream is capturing")

    with caplog.at_level("WARNING"):
        found = stepped(GraphedTransformer(Transformer(model), refuse))
    for one, other in zip(found, stepped(Transformer(model)), strict=True):
        torch.testing.assert_close(one, other)
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "decode steps are not captured as graphs: CUDA error: operation not permitted when stream is capturing"
    ]


@given(st.integers(1, MOST_TOKENS), st.integers(0, MOST_CONTEXT))
def test_a_graph_has_room_for_what_is_seen_and_for_the_step(tokens: int, seen: int) -> None:
    sizes = sizes_for(tokens, seen)
    if sizes is None:
        assert seen + 2 * tokens > MOST_CONTEXT // 2
        return
    room, context = sizes
    assert tokens <= room < 2 * tokens
    assert seen + room <= context <= max(LEAST_CONTEXT, 2 * (seen + room))


@pytest.mark.parametrize("sizes", [(0, 5), (MOST_TOKENS + 1, 5), (1, MOST_CONTEXT)])
def test_other_passes_have_no_graph(sizes: tuple[int, int]) -> None:
    assert sizes_for(*sizes) is None
