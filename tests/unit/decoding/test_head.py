"""Logits of bfloat16 models are made in float32, and their embeddings left alone."""

from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from codex_lsp.decoding import head
from codex_lsp.decoding.head import WideHead, widen_head
from tests.unit.decoding.tiny import qwen3


def made(dtype: torch.dtype) -> Any:
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(qwen3(), dtype=dtype).eval()


@torch.inference_mode()
def test_logits_are_the_float32_product_of_the_hidden_states() -> None:
    model = made(torch.bfloat16)
    ids = torch.tensor([[1, 2, 3, 4]])
    narrow = model(ids).logits
    widen_head(model)
    logits = model(ids).logits
    hidden = model.model(ids).last_hidden_state.float()
    assert logits.dtype is torch.float32
    assert torch.equal(logits, hidden @ model.model.embed_tokens.weight.float().T)
    assert torch.allclose(logits, narrow.float(), atol=0.01)
    assert model.model.embed_tokens.weight.dtype is torch.bfloat16


def test_float32_models_and_large_heads_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made(torch.float32)
    widen_head(whole)
    assert not isinstance(whole.get_output_embeddings(), WideHead)
    monkeypatch.setattr(head, "MAX_PARAMETERS", 1)
    large = made(torch.bfloat16)
    widen_head(large)
    assert not isinstance(large.get_output_embeddings(), WideHead)
