"""Our own forward pass gives the logits of `transformers`, however tokens are grouped and cached."""

import itertools
from typing import Any

import pytest
import torch
from transformers import PreTrainedConfig

from codex_lsp.decoding import transformer as module
from codex_lsp.decoding.cache import Cached
from codex_lsp.decoding.transformer import Transformer, View, why_not
from tests.unit.decoding.tiny import gpt2, llama, qwen2, qwen3, random_model

LENGTH = 100
CAPACITY = 160


def rope(kind: str, **more: float) -> dict[str, Any]:
    return {
        "rope_parameters": {
            "rope_type": kind,
            "rope_theta": 10000.0,
            "factor": 4.0,
            "original_max_position_embeddings": 64,
            **more,
        }
    }


CONFIGS = {
    "qwen3": qwen3(),
    "qwen3, one key-value head, not tied": qwen3(num_key_value_heads=1, tie_word_embeddings=False),
    "qwen2": qwen2(),
    "llama": llama(),
    "llama with biases": llama(attention_bias=True, mlp_bias=True),
    "llama 3": llama(**rope("llama3", low_freq_factor=1.0, high_freq_factor=4.0)),
    "yarn": llama(**rope("yarn")),
    "deepseek coder": llama(num_attention_heads=4, num_key_value_heads=4, **rope("linear")),
}


def memory(transformer: Transformer, tokens: int = CAPACITY) -> Cached:
    return transformer.shape.empty(tokens)


def causal(tokens: int) -> torch.Tensor:
    return torch.full((tokens, tokens), -torch.inf).triu(1)


def read(transformer: Transformer, ids: torch.Tensor, cuts: list[int], room: Cached) -> torch.Tensor:
    logits = [
        transformer.forward(
            ids[start:end],
            torch.arange(start, end),
            View(shared=(), room=room, used=start, mask=causal(end - start)),
        )
        for start, end in itertools.pairwise(cuts)
    ]
    return torch.cat(logits)


@pytest.fixture(params=[0, 1000], ids=["fused", "products"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """One way of attention for all."""
    monkeypatch.setattr(module, "MANUAL_ROWS", request.param)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_logits_are_those_of_transformers(config: PreTrainedConfig) -> None:
    model = random_model(config)
    ids = torch.randint(0, config.vocab_size, (LENGTH,))
    with torch.inference_mode():
        expected = model(input_ids=ids[None]).logits[0]
    transformer = Transformer(model)
    room = memory(transformer)
    assert torch.allclose(read(transformer, ids, [0, 40, 41, 43, LENGTH], room), expected, atol=1e-4)
    behind = memory(transformer)
    parts = [Cached(keys=room.keys[:, :, a:b], values=room.values[:, :, a:b]) for a, b in ((0, 20), (20, 50))]
    view = View(shared=parts, room=behind, used=0, mask=causal(LENGTH - 50))
    after = transformer.forward(ids[50:], torch.arange(50, LENGTH), view)
    assert torch.allclose(after, expected[50:], atol=1e-4)
    with torch.inference_mode():
        assert torch.equal(model(input_ids=ids[None]).logits[0], expected)


@pytest.mark.usefixtures("few")
def test_rows_see_the_prompt_and_themselves() -> None:
    model = random_model(qwen3())
    transformer = Transformer(model)
    ids = torch.randint(0, 512, (30,))
    room = memory(transformer)
    read(transformer, ids[:20], [0, 20], room)
    # Two rows of one token each, whose memory lies side by side.
    mask = torch.full((2, 2), -torch.inf).fill_diagonal_(0.0)
    logits = transformer.forward(
        ids[[21, 22]], torch.tensor([20, 20]), View(shared=(), room=room, used=20, mask=mask), torch.tensor([1])
    )
    with torch.inference_mode():
        expected = model(input_ids=torch.cat((ids[:20], ids[22:23]))[None]).logits[0, -1]
    assert logits.shape == (1, 512)
    assert torch.allclose(logits[0], expected, atol=1e-4)


def test_bfloat16_weights_round_little_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NARROW_PARAMETERS", 1000)
    half = random_model(qwen3(attention_bias=True), dtype=torch.bfloat16)
    ids = torch.randint(0, 512, (LENGTH,))
    transformer = Transformer(half)
    logits = read(transformer, ids, [0, LENGTH], memory(transformer))
    with torch.inference_mode():
        expected = half.float()(input_ids=ids[None]).logits[0]
    assert logits.dtype is torch.float32
    assert (logits.log_softmax(-1) - expected.log_softmax(-1)).abs().mean() < 0.02


def test_bytes_stay_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NARROW_PARAMETERS", 1000)
    model = random_model(qwen2(), scale=2.0)
    transformer = Transformer(model, int8=True)
    ids = torch.randint(0, 512, (LENGTH,))
    logits = read(transformer, ids, [0, LENGTH], memory(transformer))
    with torch.inference_mode():
        expected = model(input_ids=ids[None]).logits[0]
    assert 0 < (logits.log_softmax(-1) - expected.log_softmax(-1)).abs().mean() < 0.1


def test_joined_weights_are_held_once() -> None:
    model: Any = random_model(qwen3())
    Transformer(model)
    attention = model.model.layers[0].self_attn
    pointers = {part.weight.untyped_storage().data_ptr() for part in (attention.q_proj, attention.v_proj)}
    assert len(pointers) == 1


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (gpt2(), "gpt2"),
        (llama(**rope("dynamic")), "dynamic"),
        (llama(hidden_act="gelu"), "gelu"),
        (qwen2(use_sliding_window=True, sliding_window=16, max_window_layers=1), "sliding windows"),
    ],
)
def test_what_it_does_not_know_is_named(config: PreTrainedConfig, reason: str) -> None:
    assert reason in str(why_not(random_model(config)))
