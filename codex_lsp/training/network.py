"""The decoder that is trained: Qwen3's architecture in plain torch, with the parameter names of its checkpoints.

It computes what `transformers.Qwen3ForCausalLM` computes (a test holds them equal); it exists because training wants
the hidden states, one rotary table, and blocks that compile once.
"""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from codex_lsp.errors import TrainingError
from codex_lsp.training.attention import Mask, attend, document_mask


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """The shape of the decoder; names as in `Qwen3Config`."""

    vocab_size: int = 8192
    hidden_size: int = 256
    intermediate_size: int = 768
    num_hidden_layers: int = 6
    num_attention_heads: int = 4
    num_key_value_heads: int = 2
    head_dim: int = 64
    max_position_embeddings: int = 2048
    rope_theta: float = 10_000.0
    rms_norm_eps: float = 1e-6
    initializer_range: float = 0.02

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be.

        Raises:
            TrainingError: Heads do not divide, or the vocabulary does not fit into 16 bits.
        """
        if self.num_attention_heads % self.num_key_value_heads:
            raise TrainingError("num_attention_heads must be a multiple of num_key_value_heads")
        if not 0 < self.vocab_size <= 2**16:
            raise TrainingError(f"vocab_size {self.vocab_size} does not fit into 16-bit token files")

    def as_dict(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return asdict(self)


class Norm(nn.Module):
    """Root-mean-square normalisation over the last dimension, in float32."""

    def __init__(self, size: int, eps: float) -> None:
        """Start at the identity scale."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `x`, keeping its dtype."""
        wide = x.float()
        return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight).to(x.dtype)


class Attention(nn.Module):
    """Causal grouped-query attention with normalised queries and keys and rotary positions."""

    def __init__(self, config: NetworkConfig) -> None:
        """Create the projections."""
        super().__init__()
        heads, groups, size = config.num_attention_heads, config.num_key_value_heads, config.head_dim
        self.heads, self.groups, self.size = heads, groups, size
        self.q_proj = nn.Linear(config.hidden_size, heads * size, bias=False)
        self.k_proj = nn.Linear(config.hidden_size, groups * size, bias=False)
        self.v_proj = nn.Linear(config.hidden_size, groups * size, bias=False)
        self.o_proj = nn.Linear(heads * size, config.hidden_size, bias=False)
        self.q_norm = Norm(size, config.rms_norm_eps)
        self.k_norm = Norm(size, config.rms_norm_eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Mask) -> Tensor:
        """Attend; `x` is [rows, length, hidden_size], `cos` and `sin` are [length, head_dim]."""
        rows, length, _ = x.shape
        q = self.q_norm(self.q_proj(x).view(rows, length, self.heads, self.size)).transpose(1, 2)
        k = self.k_norm(self.k_proj(x).view(rows, length, self.groups, self.size)).transpose(1, 2)
        v = self.v_proj(x).view(rows, length, self.groups, self.size).transpose(1, 2)
        out = attend(rotate(q, cos, sin), rotate(k, cos, sin), v, mask)
        return self.o_proj(out.transpose(1, 2).reshape(rows, length, self.heads * self.size))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Apply rotary positions to `x` [..., length, head_dim]."""
    first, second = x.chunk(2, dim=-1)
    return (x * cos + torch.cat((-second, first), dim=-1) * sin).to(x.dtype)


class Mlp(nn.Module):
    """SwiGLU."""

    def __init__(self, config: NetworkConfig) -> None:
        """Create the projections."""
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Gate, and project back."""
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    """One layer: attention and gate, each behind its norm and added to the stream."""

    def __init__(self, config: NetworkConfig) -> None:
        """Create the layer's parts."""
        super().__init__()
        self.self_attn = Attention(config)
        self.mlp = Mlp(config)
        self.input_layernorm = Norm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = Norm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Mask) -> Tensor:
        """Run the layer on [rows, length, hidden_size]."""
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    """Embedding, layers and the last norm; called `model` in a checkpoint."""

    def __init__(self, config: NetworkConfig) -> None:
        """Create the layers."""
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.num_hidden_layers))
        self.norm = Norm(config.hidden_size, config.rms_norm_eps)

    def forward(self, ids: Tensor, cos: Tensor, sin: Tensor, mask: Mask) -> Tensor:
        """Map token ids [rows, length] to hidden states [rows, length, hidden_size]."""
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        return self.norm(x)


class Network(nn.Module):
    """The whole model; the embedding is the output matrix too."""

    cos: Tensor
    sin: Tensor

    def __init__(self, config: NetworkConfig, *, silent_layers: bool = False) -> None:
        """Create and initialise: normal weights, output projections scaled down by depth.

        Args:
            config: The shape.
            silent_layers: Output projections begin at zero, so that layers add nothing at first.
        """
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        half = torch.arange(0, config.head_dim, 2, dtype=torch.float32) / config.head_dim
        angles = torch.outer(torch.arange(config.max_position_embeddings).float(), config.rope_theta**-half)
        table = torch.cat((angles, angles), dim=-1)
        self.register_buffer("cos", table.cos(), persistent=False)
        self.register_buffer("sin", table.sin(), persistent=False)
        self._initialise(silent_layers=silent_layers)

    def _initialise(self, *, silent_layers: bool) -> None:
        scale = self.config.initializer_range
        residual = 0.0 if silent_layers else scale / (2 * self.config.num_hidden_layers) ** 0.5
        for name, parameter in self.named_parameters():
            if not name.endswith("norm.weight"):
                closes_residual = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(parameter, std=residual if closes_residual else scale)

    def forward(self, ids: Tensor, separator: int | None = None, padding: int | None = None) -> Tensor:
        """Map token ids [rows, length] to hidden states [rows, length, hidden_size].

        Positions are relative to each other (rotary), so what fills a row up on its left moves nothing.

        Args:
            ids: The rows.
            separator: The token that opens a document, before which nothing is seen from within it.
            padding: The token that fills rows up, which nothing after it sees.
        """
        length = ids.shape[1]
        return self.model(ids, self.cos[:length], self.sin[:length], document_mask(ids, separator, padding))

    def logits(self, ids: Tensor, *, padding: int | None = None) -> Tensor:
        """Map token ids to logits [rows, length, vocab_size]; `padding` as in `forward`."""
        return functional.linear(self(ids, padding=padding), self.model.embed_tokens.weight)

    def matrices(self) -> list[Tensor]:
        """The two-dimensional weights of the layers."""
        return [p for name, p in self.named_parameters() if p.ndim == 2 and "embed_tokens" not in name]  # noqa: PLR2004

    def vectors(self) -> list[Tensor]:
        """The scales of the norms."""
        return [p for p in self.parameters() if p.ndim == 1]

    def flops_per_token(self, length: int = 0) -> float:
        """Training FLOPs of one token: 6 per parameter (Kaplan et al., 2020).

        Args:
            length: Count attention over rows of this length too: 6 x layers x heads x size x length, half of it unseen.
        """
        attention = self.config.num_hidden_layers * self.config.num_attention_heads * self.config.head_dim * length
        return 6.0 * (sum(parameter.numel() for parameter in self.parameters()) + attention)
