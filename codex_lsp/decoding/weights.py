"""The weights of Llama, Qwen2 and Qwen3 as a forward pass wants them: what is multiplied together lies together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from codex_lsp.decoding.family import AnyModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A matrix [outputs, inputs] and what is added to its outputs."""

    weight: Tensor
    bias: Tensor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerWeights:
    """One layer, in the numbers of the checkpoint.

    Attributes:
        before_attention: Norm of the hidden states, [hidden].
        into_attention: To queries, keys and values, side by side in this order.
        head_norm: Norms of query and key heads, [query and key heads, head width], or None.
        out_of_attention: From the mixed values of all heads.
        before_mlp: Norm of the hidden states, [hidden].
        into_mlp: To gates, then to what they gate.
        out_of_mlp: From what was gated.
    """

    before_attention: Tensor
    into_attention: Linear
    head_norm: Tensor | None
    out_of_attention: Linear
    before_mlp: Tensor
    into_mlp: Linear
    out_of_mlp: Linear


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What a forward pass must know beside its weights."""

    layers: int
    heads: int
    groups: int
    width: int
    epsilon: float
    attention_scaling: float

    @property
    def query_scale(self) -> float:
        """Scores are scaled by the rotation of the queries, which happens anyway."""
        return self.attention_scaling * self.width**-0.5


def sizes_of(model: "AnyModel") -> Sizes:
    """The sizes of a model of the family."""
    network: Any = model
    config = model.config
    return Sizes(
        layers=int(config.num_hidden_layers),
        heads=int(config.num_attention_heads),
        groups=int(config.num_key_value_heads),
        width=int(network.model.layers[0].self_attn.head_dim),
        epsilon=float(config.rms_norm_eps),
        attention_scaling=float(network.model.rotary_emb.attention_scaling),
    )


def layers_of(model: "AnyModel", *, shared: torch.dtype | None = None) -> Iterator[LayerWeights]:
    """The layers, each made when it is asked for.

    Args:
        model: A model of the family.
        shared: Where matrices of this format were joined, the model reads its own weights from the joined ones from
            then on, so that memory holds them once.
    """
    network: Any = model
    sizes = sizes_of(model)
    for layer in network.model.layers:
        attention, mlp = layer.self_attn, layer.mlp
        yield LayerWeights(
            before_attention=layer.input_layernorm.weight.detach(),
            into_attention=_joined((attention.q_proj, attention.k_proj, attention.v_proj), shared),
            head_norm=_head_norm(attention, (sizes.heads, sizes.groups)),
            out_of_attention=_joined((attention.o_proj,), shared),
            before_mlp=layer.post_attention_layernorm.weight.detach(),
            into_mlp=_joined((mlp.gate_proj, mlp.up_proj), shared),
            out_of_mlp=_joined((mlp.down_proj,), shared),
        )


def linear_of(linear: nn.Linear) -> Linear:
    """The weights of one layer of `torch`."""
    # torch declares the bias as if it were always there.
    bias = cast("Tensor | None", linear.bias)
    return Linear(weight=linear.weight.detach(), bias=None if bias is None else bias.detach())


def _head_norm(attention: Any, counts: tuple[int, int]) -> Tensor | None:
    norms = [getattr(attention, name, None) for name in ("q_norm", "k_norm")]
    rows = [
        norm.weight.detach().expand(count, -1) for norm, count in zip(norms, counts, strict=True) if norm is not None
    ]
    return torch.cat(rows) if rows else None


def _joined(linears: Sequence[nn.Linear], shared: torch.dtype | None) -> Linear:
    """One matrix that gives the outputs of several side by side."""
    parts = [linear_of(linear) for linear in linears]
    if len(parts) == 1:
        return parts[0]
    weight = torch.cat([part.weight for part in parts])
    biases = [part.bias for part in parts if part.bias is not None]
    if weight.dtype is shared:
        for linear, part in zip(linears, weight.split([linear.out_features for linear in linears]), strict=True):
            linear.weight = nn.Parameter(part, requires_grad=linear.weight.requires_grad)
    return Linear(weight=weight, bias=torch.cat(biases) if biases else None)
