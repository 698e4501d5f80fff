"""Llama, Qwen2 and Qwen3 as a tree of weights under the names of their checkpoints: what our own forward pass reads.

It computes nothing. It is made without `transformers`, whose import takes longer than loading a small model does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import torch
from torch import nn

if TYPE_CHECKING:
    from transformers import PreTrainedModel

AnyModel: TypeAlias = "PreTrainedModel | FamilyModel"
"""What a forward pass of ours, or that of `transformers`, runs over."""

FAMILY = ("llama", "qwen2", "qwen3")
ACTIVATION = "silu"
_DEFAULT_THETA = 10_000.0
_DEFAULT_EPSILON = 1e-6
_UNKNOWN = ("quantization_config", "rope_scaling", "use_sliding_window")
"""What asks for more than plain matrices and plain positions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyConfig:
    """What of a `config.json` decides the shapes; names as there.

    Attributes:
        attention_bias: Queries, keys and values have one.
        output_bias: What is mixed by attention has one.
    """

    model_type: str
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    max_position_embeddings: int
    rms_norm_eps: float
    rope_theta: float
    attention_bias: bool
    output_bias: bool
    mlp_bias: bool
    tie_word_embeddings: bool
    hidden_act: str = ACTIVATION

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> Self | None:
        """The shapes of a checkpoint, or None where its configuration says more, or less, than is known here."""
        kind = config.get("model_type")
        rotary = config.get("rope_parameters") or {}
        if kind not in FAMILY or not _is_plain(config, rotary):
            return None
        try:
            heads = int(config["num_attention_heads"])
            # Qwen3's width of a head does not follow from the others.
            width = config["head_dim"] if kind == "qwen3" else config.get("head_dim") or config["hidden_size"] // heads
            bias = bool(config.get("attention_bias", False))
            return cls(
                model_type=kind,
                vocab_size=int(config["vocab_size"]),
                hidden_size=int(config["hidden_size"]),
                intermediate_size=int(config["intermediate_size"]),
                num_hidden_layers=int(config["num_hidden_layers"]),
                num_attention_heads=heads,
                num_key_value_heads=int(config["num_key_value_heads"]),
                head_dim=int(width),
                max_position_embeddings=int(config["max_position_embeddings"]),
                rms_norm_eps=float(config.get("rms_norm_eps", _DEFAULT_EPSILON)),
                rope_theta=float(rotary.get("rope_theta") or config.get("rope_theta") or _DEFAULT_THETA),
                attention_bias=bias or kind == "qwen2",
                output_bias=bias and kind != "qwen2",
                mlp_bias=bool(config.get("mlp_bias", False)) and kind == "llama",
                tie_word_embeddings=bool(config.get("tie_word_embeddings", False)),
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            return None

    def get_text_config(self) -> Self:
        """Itself: a model of text alone."""
        return self


class FamilyModel(nn.Module):
    """The weights of one model; `model` and `lm_head` are what a checkpoint calls them."""

    def __init__(self, config: FamilyConfig) -> None:
        """Make the tree; its weights are whatever memory held, until a checkpoint's are put in their place."""
        super().__init__()
        self.config = config
        self.model = _Decoder(config)
        self.lm_head = _Linear(config.hidden_size, config.vocab_size, bias=False)
        self.tie()

    def tie(self) -> None:
        """Make the embedding the output matrix too, where the configuration says so."""
        if self.config.tie_word_embeddings:
            self.lm_head.weight = self.model.embed_tokens.weight

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.model.embed_tokens.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """Their number format."""
        return self.model.embed_tokens.weight.dtype


class _Linear(nn.Linear):
    """A matrix that waits for its numbers: drawing some first would import torch's compiler on the way."""

    def reset_parameters(self) -> None:
        """Draw nothing."""


class _Embedding(nn.Embedding):
    """As `_Linear`."""

    def reset_parameters(self) -> None:
        """Draw nothing."""


class _Norm(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(size), requires_grad=False)


class _Attention(nn.Module):
    def __init__(self, config: FamilyConfig) -> None:
        super().__init__()
        hidden, self.head_dim = config.hidden_size, config.head_dim
        heads, groups = config.num_attention_heads * self.head_dim, config.num_key_value_heads * self.head_dim
        self.q_proj = _Linear(hidden, heads, bias=config.attention_bias)
        self.k_proj = _Linear(hidden, groups, bias=config.attention_bias)
        self.v_proj = _Linear(hidden, groups, bias=config.attention_bias)
        self.o_proj = _Linear(heads, hidden, bias=config.output_bias)
        if config.model_type == "qwen3":
            self.q_norm = _Norm(self.head_dim)
            self.k_norm = _Norm(self.head_dim)


class _Mlp(nn.Module):
    def __init__(self, config: FamilyConfig) -> None:
        super().__init__()
        hidden, inner, bias = config.hidden_size, config.intermediate_size, config.mlp_bias
        self.gate_proj = _Linear(hidden, inner, bias=bias)
        self.up_proj = _Linear(hidden, inner, bias=bias)
        self.down_proj = _Linear(inner, hidden, bias=bias)


class _Layer(nn.Module):
    def __init__(self, config: FamilyConfig) -> None:
        super().__init__()
        self.self_attn = _Attention(config)
        self.mlp = _Mlp(config)
        self.input_layernorm = _Norm(config.hidden_size)
        self.post_attention_layernorm = _Norm(config.hidden_size)


class _Rotary:
    """Plain rotary positions (Su et al., 2021): a frequency for each pair of a head's numbers."""

    attention_scaling = 1.0

    def __init__(self, config: FamilyConfig) -> None:
        exponents = torch.arange(0, config.head_dim, 2, dtype=torch.int64, device="cpu").float() / config.head_dim
        self.inv_freq = 1.0 / (config.rope_theta**exponents)


class _Decoder(nn.Module):
    def __init__(self, config: FamilyConfig) -> None:
        super().__init__()
        self.embed_tokens = _Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))
        self.norm = _Norm(config.hidden_size)
        self.rotary_emb = _Rotary(config)


def _is_plain(config: Mapping[str, Any], rotary: object) -> bool:
    return (
        isinstance(rotary, Mapping)
        and rotary.get("rope_type", "default") == "default"
        and "partial_rotary_factor" not in rotary
        and config.get("hidden_act", ACTIVATION) == ACTIVATION
        and not any(config.get(name) for name in _UNKNOWN)
        and "sliding_attention" not in (config.get("layer_types") or ())
    )
