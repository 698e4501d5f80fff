"""Makes a random checkpoint that every peer can load, and that is decoded as a trained one would be.

    python -m benchmarks.checkpoint SHAPE FOLDER

Weights as a model is initialised with will not do: their distributions are nearly flat, so that a nucleus holds most
of the vocabulary; and rows soon repeat themselves, which n-gram drafts then guess for nothing. So

- logits are spread (`LOGIT_SPREAD`) until a distribution has 3 nats or so, as that of a small model of code;
- embeddings are small beside what layers add to them, so that what was read last is not likelier than anything else,
  and attention adds less than the token itself, so that each token leads elsewhere: rows do not repeat themselves;
- control tokens have embeddings of zero, and so logits of zero, far below the likeliest: no row ends by itself, in any
  engine, without being asked not to.

The tokenizer is learned from Python's standard library, with the split of this project.
"""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import Qwen3Config, Qwen3ForCausalLM

from benchmarks import standard_library
from benchmarks.shapes import HEAD_WIDTH, MAX_POSITIONS, Shape, shape_named
from codex_lsp.errors import CodexLspError
from codex_lsp.training.export import hugging_face_config
from codex_lsp.training.network import NetworkConfig
from codex_lsp.training.tokenizer import END_OF_TEXT, SPECIAL_TOKENS, save_tokenizer, special_id, train_tokenizer

LOGIT_SPREAD = 4.5
EMBEDDING_SCALE = 0.02
ATTENTION_SCALE = 0.5
# As much of the standard library as fills a vocabulary.
CHARACTERS_PER_ENTRY = 220
SEED = 20


def make(shape: Shape, folder: Path) -> None:
    """Write the checkpoint of a shape.

    Raises:
        TrainingError: The standard library gives too few tokens, or the disk is full.
    """
    sources = standard_library.sources(CHARACTERS_PER_ENTRY * shape.vocabulary)
    tokenizer = train_tokenizer(sources, shape.vocabulary)
    # The manifest comes last: a folder without one is made again.
    save_tokenizer(tokenizer, folder, provenance={"corpus": "the standard library of this Python"})
    control = [special_id(tokenizer, token) for token in SPECIAL_TOKENS]
    config = hugging_face_config(network_config(shape), special_id(tokenizer, END_OF_TEXT))
    model = random_model(config, control)
    tensors = {
        name: value.to(torch.bfloat16).contiguous()
        for name, value in model.state_dict().items()
        if name != "lm_head.weight"
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def network_config(shape: Shape) -> NetworkConfig:
    """The shape in the names of Qwen3."""
    return NetworkConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.groups,
        head_dim=HEAD_WIDTH,
        max_position_embeddings=MAX_POSITIONS,
    )


@torch.inference_mode()
def random_model(config: dict[str, Any], control: list[int]) -> Any:
    """A model whose layers keep the spread of what they are given, and whose logits are spread as said above."""
    torch.manual_seed(SEED)
    make_config: Any = Qwen3Config
    model: Any = Qwen3ForCausalLM(make_config(**config)).float().eval()
    for place, layer in enumerate(model.model.layers):
        for module in layer.modules():
            if isinstance(module, nn.Linear):
                module.weight.normal_(0.0, module.in_features**-0.5)
        layer.self_attn.o_proj.weight.mul_(ATTENTION_SCALE if place else EMBEDDING_SCALE)
    embedding: Tensor = model.model.embed_tokens.weight
    embedding.normal_(0.0, EMBEDDING_SCALE)
    embedding[control] = 0.0
    model.model.norm.weight.fill_(LOGIT_SPREAD / (EMBEDDING_SCALE * math.sqrt(config["hidden_size"])))
    return model


def main() -> int:
    """Make one checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape")
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    try:
        make(shape_named(args.shape), args.folder)
    except CodexLspError as error:
        sys.stderr.write(f"checkpoint: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
