"""Builds tiny checkpoints with random weights: real folders that `transformers` reads."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    LlamaConfig,
    PreTrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen3Config,
)

END = "<|endoftext|>"
FIM = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>")
FILE_SEPARATOR = "<|file_sep|>"
SOURCE = [
    "def add(a, b):\n    return a + b\n",
    "class Point:\n    def __init__(self, x, y):\n        self.x = x\n        self.y = y\n",
    "for number in range(10):\n    print(number)\n",
]
VOCABULARY = 512


def byte_level_tokenizer() -> Tokenizer:
    """Byte-level BPE; one control token is not special, and a run of blanks is an added token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 10,
        special_tokens=[END, *FIM],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SOURCE, trainer=trainer)
    tokenizer.add_tokens([AddedToken(FILE_SEPARATOR, normalized=False), AddedToken(" " * 12, normalized=False)])
    return tokenizer


def sentence_piece_tokenizer() -> Tokenizer:
    """As Llama's: blanks as U+2581, one before each text, bytes for what is unknown, a beginning-of-text token."""
    words = ["def", "return", "print", "x", "y", "(", ")", ":", "\n", "a", "b", "\u2581", "\u2581return", "\u2581x"]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *words]
    letters = sorted({letter for word in words for letter in word} - set(words))
    vocabulary = {token: id_ for id_, token in enumerate([*tokens, *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def qwen3(**changes: Any) -> Qwen3Config:
    """The architecture of the shipped model, tiny."""
    sizes = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    make: Any = Qwen3Config
    return make(**_common() | sizes | {"tie_word_embeddings": True} | changes)


def llama(**changes: Any) -> LlamaConfig:
    """Llama, tiny."""
    make: Any = LlamaConfig
    return make(**_common() | {"num_hidden_layers": 2, "num_attention_heads": 2} | changes)


def gpt2(**changes: Any) -> GPT2Config:
    """GPT-2, tiny: learned positions, other names for everything."""
    make: Any = GPT2Config
    return make(
        **{"vocab_size": VOCABULARY, "n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 256}
        | {"eos_token_id": 0, "bos_token_id": 0}
        | changes
    )


def qwen2(**changes: Any) -> Qwen2Config:
    """Qwen 2, tiny: biases on the way into attention."""
    make: Any = Qwen2Config
    sizes = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    return make(**_common() | sizes | changes)


def random_model(
    config: PreTrainedConfig, *, scale: float = 4.0, dtype: torch.dtype = torch.float32
) -> PreTrainedModel:
    """A model with random weights; `scale` makes its distributions less flat than fresh weights do."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, dtype=dtype).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.mul_(scale)
            elif name.endswith("bias"):
                parameter.normal_(std=0.5)
    return model


def save_checkpoint(
    folder: Path, config: PreTrainedConfig, tokenizer: Tokenizer | None = None, *, seed: int = 0, scale: float = 4.0
) -> Path:
    """Write a checkpoint with random weights; `scale` makes its distributions less flat than fresh weights do."""
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(scale)
    model.save_pretrained(folder)
    (tokenizer or byte_level_tokenizer()).save(str(folder / "tokenizer.json"))
    return folder


def set_config(folder: Path, **changes: Any) -> None:
    """Change entries of a checkpoint's `config.json`."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def _common() -> dict[str, Any]:
    sizes = {"vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 64, "max_position_embeddings": 256}
    return sizes | {"eos_token_id": 0, "bos_token_id": None, "pad_token_id": 0}
