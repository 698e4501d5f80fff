"""Every architecture gives its own logits, on our forward pass where that knows it, and the log says which way."""

import logging
from typing import Any

import pytest
import torch
from transformers import (
    CodeGenConfig,
    GPTJConfig,
    GPTNeoConfig,
    PreTrainedConfig,
    PreTrainedModel,
    Starcoder2Config,
)

from codex_lsp.decoding import networks
from codex_lsp.decoding.cache import PrefixCache
from codex_lsp.decoding.native.library import Library, NoLibrary
from codex_lsp.decoding.native.native_transformer import NativeTransformer
from codex_lsp.decoding.networks import cache_bytes, network_over
from codex_lsp.decoding.own_network import OwnNetwork
from codex_lsp.decoding.runner import Runner
from codex_lsp.decoding.transformer import Transformer
from codex_lsp.types import SamplingParams
from tests.unit.decoding.tiny import VOCABULARY, gpt2, llama, qwen2, qwen3, random_model

LETTERS = tuple(chr(97 + id_ % 26).encode() for id_ in range(VOCABULARY))
PROMPT = tuple(range(20, 50))
PARAMS = SamplingParams(n=3, greedy_first=True, max_tokens=6, temperature=0.8, seed=3)


def small(kind: Any, **sizes: Any) -> PreTrainedConfig:
    return kind(vocab_size=VOCABULARY, bos_token_id=0, eos_token_id=0, **sizes)


GPT = {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 256, "rotary_dim": 8}
CONFIGS: dict[str, tuple[PreTrainedConfig, bool]] = {
    "gpt2": (gpt2(), False),
    "gpt_neo": (
        small(
            GPTNeoConfig,
            hidden_size=32,
            num_layers=2,
            num_heads=2,
            max_position_embeddings=256,
            attention_types=[[["global", "local"], 1]],
            window_size=8,
        ),
        False,
    ),
    "gptj": (small(GPTJConfig, **GPT), False),
    "codegen": (small(CodeGenConfig, **GPT | {"n_head": 4}), False),
    "starcoder2": (
        small(
            Starcoder2Config,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=256,
        ),
        False,
    ),
    "llama": (llama(), True),
    "deepseek_coder": (
        llama(rope_parameters={"rope_type": "linear", "factor": 4.0, "rope_theta": 100000.0}, rms_norm_eps=1e-6),
        True,
    ),
    "qwen2": (qwen2(), True),
    "qwen3": (qwen3(), True),
}


def plain_logprobs(model: PreTrainedModel, ids: list[int]) -> list[float]:
    with torch.inference_mode():
        table = model(input_ids=torch.tensor([[*PROMPT, *ids]])).logits[0].log_softmax(-1)
    return [table[len(PROMPT) - 1 + place, id_].item() for place, id_ in enumerate(ids)]


@pytest.mark.parametrize("name", CONFIGS)
def test_an_architecture_decodes_to_its_own_logits(name: str, caplog: pytest.LogCaptureFixture) -> None:
    config, own = CONFIGS[name]
    model = random_model(config)
    caplog.set_level(logging.INFO, logger="codex_lsp")
    network = network_over(model, PrefixCache(max_bytes=2**20))
    assert isinstance(network, OwnNetwork) is own
    assert ("runs on our forward pass" if own else "runs on transformers") in caplog.text
    runner = Runner(network, LETTERS, max_context=256)
    rows: dict[int, list[tuple[int, float]]] = {}
    for delta in runner.sample(PROMPT, PARAMS, lambda: False):
        rows.setdefault(delta.index, []).extend((token.id or 0, token.logprob or 0.0) for token in delta.tokens)
    assert [len(row) for row in rows.values()] == [PARAMS.max_tokens] * PARAMS.n
    for row in rows.values():
        ids = [id_ for id_, _ in row]
        assert [logprob for _, logprob in row] == pytest.approx(plain_logprobs(model, ids), abs=1e-4)
    text = [70, 80, 90, 100]
    assert runner.score(PROMPT, text, lambda: False) == pytest.approx(plain_logprobs(model, text), abs=1e-4)


def test_a_few_tokens_are_read_natively_where_that_was_compiled(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> Library:
        raise NoLibrary("the native step was not compiled")

    caplog.set_level(logging.INFO, logger="codex_lsp")
    monkeypatch.setattr(networks, "Library", absent)
    model = random_model(qwen3())
    network = network_over(model, PrefixCache(max_bytes=2**20))
    assert isinstance(network, OwnNetwork)
    assert isinstance(network.transformer, Transformer)
    assert "in torch: the native step was not compiled" in caplog.text
    try:
        library = Library()
    except NoLibrary as reason:
        pytest.skip(str(reason))
    monkeypatch.setattr(networks, "Library", lambda: library)
    network = network_over(model, PrefixCache(max_bytes=2**20))
    assert isinstance(network, OwnNetwork)
    assert isinstance(network.transformer, NativeTransformer)
    assert f"natively ({library.variants[0]})" in caplog.text


def test_memory_for_prompts_follows_the_model() -> None:
    assert cache_bytes(random_model(gpt2()), 256) == 0
    assert cache_bytes(random_model(qwen3()), 256) == 64 * 2**20
    assert cache_bytes(random_model(qwen3()), 10**6) == 2**30
