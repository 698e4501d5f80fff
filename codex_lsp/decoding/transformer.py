"""Our own forward pass for the family of Llama, Qwen2 and Qwen3: few operations, no copies of cached keys and values.

Rotary positions (Su et al., 2021), grouped keys and values (Ainslie et al., 2023), gated SiLU, root-mean-square norms.
On a CPU activations are float32 whatever the weights are; elsewhere they have the weights' format.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from codex_lsp.decoding.cache import Cached, CacheShape
from codex_lsp.decoding.family import ACTIVATION, FAMILY
from codex_lsp.decoding.head import MAX_PARAMETERS
from codex_lsp.decoding.matrix import (
    NARROW_PARAMETERS,
    Matrix,
    byte_engine,
    byte_matrix,
    dense_matrix,
    half_matrix,
    wide_matrix,
)
from codex_lsp.decoding.sampler import Sampler
from codex_lsp.decoding.weights import LayerWeights, Linear, layers_of, linear_of, sizes_of
from codex_lsp.types import SamplingParams

if TYPE_CHECKING:
    from codex_lsp.decoding.family import AnyModel

MANUAL_ROWS = 64
"""Up to so many rows two plain products are faster than the fused kernel, and need no copy of the cached parts."""
_ROTARY = ("default", "linear", "llama3", "yarn")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the tokens of one forward pass see, and where their own keys and values go.

    Attributes:
        shared: Parts that all of them see whole, first to last.
        room: Keys and values of the last part, [layers, key-value heads, capacity, head width]; written to.
        used: How many tokens `room` holds; those of this pass are written after them.
        mask: What is added to the scores of the last tokens of `room`, those of this pass included, [tokens, last]:
            zero, or minus infinity where a token is not seen. What is before them is seen by all.
    """

    shared: Sequence[Cached]
    room: Cached
    used: int
    mask: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """The weights of one layer."""

    before_attention: Tensor
    into_attention: Matrix
    head_norm: Tensor | None
    out_of_attention: Matrix
    before_mlp: Tensor
    into_mlp: Matrix
    out_of_mlp: Matrix


class Transformer:
    """The weights of one model, packed.

    Attributes:
        shape: What is kept of a token.
        token_price: What one more token costs in a step of four, as a share of the step: little, since its many small
            operations cost most.
    """

    token_price = 0.05

    def __init__(self, model: "AnyModel", *, int8: bool = False, kept: torch.dtype | None = None) -> None:
        """Take over the weights of a model for which `why_not` gives no reason; a float32 model's are not copied.

        Args:
            model: In evaluation mode, on its device.
            int8: Whether large matrices are kept as bytes, which a CPU alone does.
            kept: Number format of keys and values; None for that of activations.
        """
        network: Any = model
        sizes = sizes_of(model)
        # On a CPU, products of a few rows are fastest in float32, and nothing is rounded between matrices.
        self._dtype = torch.float32 if model.device.type == "cpu" else model.dtype
        self.shape = CacheShape(
            layers=sizes.layers,
            groups=sizes.groups,
            width=sizes.width,
            dtype=kept or self._dtype,
            device=model.device,
        )
        self._heads = sizes.heads
        self._epsilon = sizes.epsilon
        self._embedding = network.model.embed_tokens.weight.detach()
        self._norm = self._vector(network.model.norm.weight)
        self._int8 = int8 and model.device.type == "cpu" and byte_engine() is not None
        # In bfloat16 a logit near 16 would be off by up to 0.06; bytes are summed up and scaled in more.
        head = linear_of(network.lm_head)
        exact = not self._int8 and head.bias is None and head.weight.numel() <= MAX_PARAMETERS
        self._head = wide_matrix(head.weight) if exact else self._matrix(head)
        self._layers = [self._layer(layer) for layer in layers_of(model, shared=self._dtype)]
        self._frequencies = network.model.rotary_emb.inv_freq.float().to(model.device)
        scales = torch.full((sizes.heads + sizes.groups, 1), sizes.attention_scaling, device=model.device)
        scales[: sizes.heads] = sizes.query_scale
        self._rotation_scales = scales

    @torch.inference_mode()
    def forward(self, ids: Tensor, positions: Tensor, view: View, wanted: Tensor | None = None) -> Tensor:
        """Logits, float32 [wanted, vocabulary], of some tokens; their keys and values go to the view's room.

        Args:
            ids: Token ids, [tokens].
            positions: Where each stands in its row, [tokens].
            view: What they see.
            wanted: Places of the tokens whose logits are wanted; None for all.
        """
        hidden = self._embedding[ids].to(self._dtype)
        cosine, sine = self._rotation(positions)
        for place, layer in enumerate(self._layers):
            normed = functional.rms_norm(hidden, hidden.shape[-1:], layer.before_attention, self._epsilon)
            attended = self._attention(place, layer, normed, (cosine, sine), view)
            hidden = hidden + layer.out_of_attention(attended)
            normed = functional.rms_norm(hidden, hidden.shape[-1:], layer.before_mlp, self._epsilon)
            gate, up = layer.into_mlp(normed).chunk(2, -1)
            hidden = hidden + layer.out_of_mlp(functional.silu(gate).mul_(up))
        if wanted is not None:
            hidden = hidden[wanted]
        return self._head(functional.rms_norm(hidden, hidden.shape[-1:], self._norm, self._epsilon)).float()

    def sampler(self, params: SamplingParams) -> Sampler:
        """What chooses tokens from its logits."""
        return Sampler(params)

    def _attention(
        self, place: int, layer: _Layer, normed: Tensor, rotation: tuple[Tensor, Tensor], view: View
    ) -> Tensor:
        tokens, groups, width = len(normed), self.shape.groups, self.shape.width
        projected = layer.into_attention(normed).view(tokens, self._heads + 2 * groups, width)
        turned, values = projected.split((self._heads + groups, groups), 1)
        if layer.head_norm is not None:
            turned = functional.rms_norm(turned, (width,), None, self._epsilon) * layer.head_norm
        # Half a head is the partner of the other half; the sine of the first half is negative.
        turned = torch.addcmul(turned * rotation[0], turned.roll(width // 2, -1), rotation[1])
        queries, keys = turned.split((self._heads, groups), 1)
        end = view.used + tokens
        view.room.keys[place, :, view.used : end] = keys.transpose(0, 1)
        view.room.values[place, :, view.used : end] = values.transpose(0, 1)
        kept = [(part.keys[place], part.values[place]) for part in view.shared]
        kept.append((view.room.keys[place, :, :end], view.room.values[place, :, :end]))
        parts = [(keys.to(self._dtype), values.to(self._dtype)) for keys, values in kept]
        return (_few if tokens <= MANUAL_ROWS else _many)(queries, parts, view.mask, groups)

    def _rotation(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and signed sines, each [tokens, query and key heads, head width]."""
        angles = positions[:, None].float() * self._frequencies
        cosine, sine = angles.cos(), angles.sin()
        both = (torch.cat((cosine, cosine), -1), torch.cat((-sine, sine), -1))
        first, second = ((part[:, None] * self._rotation_scales).to(self._dtype) for part in both)
        return first, second

    def _layer(self, layer: LayerWeights) -> _Layer:
        return _Layer(
            before_attention=self._vector(layer.before_attention),
            into_attention=self._matrix(layer.into_attention),
            head_norm=None if layer.head_norm is None else self._vector(layer.head_norm),
            out_of_attention=self._matrix(layer.out_of_attention),
            before_mlp=self._vector(layer.before_mlp),
            into_mlp=self._matrix(layer.into_mlp),
            out_of_mlp=self._matrix(layer.out_of_mlp),
        )

    def _vector(self, weight: Tensor) -> Tensor:
        return weight.detach().to(self._dtype)

    def _matrix(self, linear: Linear) -> Matrix:
        weight, bias = linear.weight, linear.bias
        if weight.numel() > NARROW_PARAMETERS and self._dtype is torch.float32:
            wide_bias = None if bias is None else bias.float()
            if self._int8:
                return byte_matrix(weight, wide_bias)
            if weight.dtype is torch.bfloat16:
                return half_matrix(weight, wide_bias)
        return dense_matrix(weight.to(self._dtype), None if bias is None else bias.to(self._dtype))


def why_not(model: "AnyModel") -> str | None:
    """What of a model `Transformer` does not know, or None where it knows it all."""
    config = model.config
    if config.model_type not in FAMILY:
        return f"the architecture {config.model_type}"
    rotary = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
    if rotary not in _ROTARY:
        return f"rotary positions of type {rotary}"
    if getattr(config, "use_sliding_window", False) or "sliding_attention" in (
        getattr(config, "layer_types", None) or ()
    ):
        return "sliding windows"
    if config.hidden_act != ACTIVATION:
        return f"the activation {config.hidden_act}"
    return None


def _few(queries: Tensor, parts: Sequence[tuple[Tensor, Tensor]], mask: Tensor, groups: int) -> Tensor:
    """Attention of few rows: for each part one product, whose rows are all tokens with all heads of a group.

    Args:
        queries: [tokens, heads, width], scaled.
        parts: Keys and values, each [groups, length, width].
        mask: Added to the last scores of the last part, [tokens, length].
        groups: Key-value heads.

    Returns:
        [tokens, heads * width].
    """
    tokens, heads, width = queries.shape
    share = heads // groups
    rows = queries.view(tokens, groups, share, width).transpose(0, 1).reshape(groups, tokens * share, width)
    scores = [torch.matmul(rows, keys.transpose(1, 2)) for keys, _ in parts]
    last = scores[-1].view(groups, tokens, share, -1)
    last[..., last.shape[-1] - mask.shape[-1] :] += mask[:, None]
    weights = torch.cat(scores, -1).softmax(-1) if len(parts) > 1 else scores[0].softmax(-1)
    split = weights.split([keys.shape[1] for keys, _ in parts], -1)
    mixed = torch.matmul(split[0], parts[0][1])
    for weight, (_, values) in zip(split[1:], parts[1:], strict=True):
        mixed = torch.baddbmm(mixed, weight, values)
    return mixed.view(groups, tokens, share, width).transpose(0, 1).reshape(tokens, heads * width)


def _many(queries: Tensor, parts: Sequence[tuple[Tensor, Tensor]], mask: Tensor, groups: int) -> Tensor:
    """As `_few`, for a prompt: the parts are put together once per layer, and no scores are kept."""
    keys, values = parts[0] if len(parts) == 1 else (torch.cat(side, 1) for side in zip(*parts, strict=True))
    whole = functional.pad(mask, (keys.shape[1] - mask.shape[1], 0)).to(queries.dtype)
    mixed = functional.scaled_dot_product_attention(
        queries.transpose(0, 1)[None],
        keys[None],
        values[None],
        attn_mask=whole,
        scale=1.0,
        enable_gqa=groups != queries.shape[1],
    )
    return mixed[0].transpose(0, 1).reshape(len(queries), -1)
