"""llama.cpp, where it is installed, with files of ours: its tokens, its logits, and its server behind our client.

It is no dependency of the tests: there are no wheels of llama-cpp-python, and to build it takes minutes.
"""

import importlib.util
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, PreTrainedConfig

from benchmarks.llama_cpp_agreement import compare
from benchmarks.llama_cpp_peer import F32, llama_cpp
from codex_lsp.training.gguf_export import export_gguf
from tests.unit.decoding.tiny import byte_level_tokenizer, llama, qwen2, qwen3, save_checkpoint
from tests.unit.training.test_gguf_vocabulary import LLAMA3, QWEN2, split_tokenizer

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("llama_cpp", "fastapi", "sse_starlette")),
    reason="llama-cpp-python is not installed: pip install 'llama-cpp-python[server]' (builds for minutes)",
)
SAMPLES = [
    "def add(a, b):\n    return a + b\n",
    "x=1234567 ;y  = 'it''s'\t\t\n\n\n  # don't we'LL\r\nprint(\"caf\u00e9 \u4f60\u597d\")\n",
    "            twelve            and twelve",
    "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>",
]


@pytest.mark.parametrize(
    "tokenizer", [split_tokenizer(QWEN2), split_tokenizer(LLAMA3, ignore_merges=True), byte_level_tokenizer()]
)
def test_it_reads_the_same_tokens(tokenizer: Tokenizer, tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path / "model", qwen3(), tokenizer)
    export_gguf(folder, tmp_path / "m.gguf")
    peer: Any = llama_cpp().Llama(str(tmp_path / "m.gguf"), vocab_only=True, verbose=False)
    for text in SAMPLES:
        assert peer.tokenize(text.encode(), add_bos=False, special=True) == tokenizer.encode(text).ids
    peer.close()


@pytest.mark.parametrize(
    "config",
    [
        qwen3(),
        qwen3(tie_word_embeddings=False, rope_parameters={"rope_type": "default", "rope_theta": 5e5}),
        qwen2(),
        llama(num_attention_heads=4, num_key_value_heads=2),
        llama(head_dim=32, tie_word_embeddings=True),
    ],
    ids=lambda config: config.model_type,
)
def test_it_computes_the_same_logits(config: PreTrainedConfig, tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path / "model", config)
    export_gguf(folder, tmp_path / "m.gguf")
    ids = list(range(20, 60))
    peer: Any = llama_cpp().Llama(
        str(tmp_path / "m.gguf"), n_ctx=64, logits_all=True, type_k=F32, type_v=F32, n_threads=1, verbose=False
    )
    peer.eval(ids)
    theirs = torch.tensor(peer.scores[: len(ids)])
    peer.close()
    with torch.inference_mode():
        ours = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)(torch.tensor([ids])).logits[0]
    assert torch.allclose(theirs, ours, atol=2e-4, rtol=1e-4)


def test_its_server_agrees_with_the_embedded_model() -> None:
    material = Path(sysconfig.get_path("stdlib")) / "json"
    found = compare("embedded", [material], prompts=4, tokens=8, seed=0)
    assert (found["prompts"], found["prompt_mismatches"]) == (4, 0)
    assert found["greedy"]["differing"] == []
    assert found["greedy"]["compared_tokens"] > 0
    assert found["greedy"]["logprob_difference"]["max"] < 1e-3
    assert found["score"]["f32"] < 1e-4
    assert found["score"]["q8_0_ratio"] < 2
