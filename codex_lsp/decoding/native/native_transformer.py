"""The forward pass of `Transformer`, in C for a few tokens, in torch for many."""

import ctypes
import weakref
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from codex_lsp.decoding.cache import Cached
from codex_lsp.decoding.native.library import Library
from codex_lsp.decoding.native.native_sampler import NativeSampler
from codex_lsp.decoding.native.packing import Packed
from codex_lsp.decoding.native.structures import FLOATS, HALVES, Layer, Model, Part, Pass
from codex_lsp.decoding.transformer import Transformer, View
from codex_lsp.decoding.weights import LayerWeights, Linear, layers_of, linear_of, sizes_of
from codex_lsp.types import SamplingParams

if TYPE_CHECKING:
    from codex_lsp.decoding.family import AnyModel

MOST_TOKENS = 128
"""Longer passes are left to torch, whose products and attention are made for many rows."""
MOST_PORTABLE_TOKENS = 8
"""The same, of kernels that know no special instructions."""
MOST_PARAMETERS = 200_000_000
"""A larger model's weights are not packed a second time: memory, not instructions, is what its steps wait for."""
BYTE_PARAMETERS = 60_000
"""Smaller matrices stay as they are in int8: they are few of all weights."""
BYTE_VARIANTS = ("amx", "avx512_bf16", "avx512_vnni")
"""Kernels that multiply bytes by bytes; the others widen them first, which saves memory and little time."""
_MOST_INPUTS = 32_768


def why_not_native(model: "AnyModel") -> str | None:
    """Why a model that `Transformer` knows is not for the native step, or None where it is."""
    network: Any = model
    if model.device.type != "cpu":
        return f"it is on {model.device.type}"
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if parameters > MOST_PARAMETERS:
        return f"it has {parameters // 10**6} million parameters, more than {MOST_PARAMETERS // 10**6}"
    sizes = sizes_of(model)
    if sizes.width % 2 or sizes.heads % sizes.groups:
        return f"its {sizes.heads} heads of {sizes.width} in {sizes.groups} groups"
    if network.model.rotary_emb.inv_freq.numel() * 2 != sizes.width:
        return "its heads are turned in part"
    if max(network.config.hidden_size, network.config.intermediate_size, sizes.heads * sizes.width) > _MOST_INPUTS:
        return f"a matrix of more than {_MOST_INPUTS} inputs"
    return None


class NativeTransformer:
    """A `Transformer` that reads a few tokens in C.

    Attributes:
        shape: What is kept of a token.
        variant: Whose instructions it uses.
        packed_bytes: Memory of its own weights.
        token_price: What one more token costs in a step of four, as a share of the step (measured: 0.15 to 0.2).
    """

    token_price = 0.2

    def __init__(
        self,
        model: "AnyModel",
        transformer: Transformer,
        library: Library,
        *,
        int8: bool = False,
        variant: str | None = None,
        threads: int = 1,
    ) -> None:
        """Pack the weights of a model for which `why_not_native` gives no reason.

        Args:
            model: As `transformer` has it.
            transformer: Reads what is longer.
            library: The compiled step.
            int8: Whether large matrices are kept as bytes.
            variant: Of the library's; None for the fastest.
            threads: How many share the work of a pass.
        """
        network: Any = model
        self.shape = transformer.shape
        self.variant = library.variants[0] if variant is None else variant
        self._most = MOST_PORTABLE_TOKENS if self.variant == "portable" else MOST_TOKENS
        self._transformer = transformer
        self._library = library
        self._embedding = network.model.embed_tokens.weight.detach()
        self._vocabulary = int(network.lm_head.weight.shape[0])
        self._packed = Packed()
        self._model = self._pack(model, int8=int8)
        self._scratch = torch.empty(0, dtype=torch.uint8)
        self._all = torch.arange(self._most)
        self._crew = library.crew(threads)
        if self._crew is not None:
            weakref.finalize(self, library.end_crew, self._crew)

    @property
    def packed_bytes(self) -> int:
        """Memory of its own weights."""
        return self._packed.bytes

    @torch.inference_mode()
    def forward(self, ids: Tensor, positions: Tensor, view: View, wanted: Tensor | None = None) -> Tensor:
        """As `Transformer.forward`."""
        tokens = len(ids)
        if not 0 < tokens <= self._most:
            return self._transformer.forward(ids, positions, view, wanted)
        places = self._all[:tokens] if wanted is None else wanted
        hidden = self._embedding[ids].float()
        logits = torch.empty((len(places), self._vocabulary))
        parts = self._parts(view, tokens)
        total = tokens + sum(part.length for part in parts)
        mask = view.mask.contiguous()
        _check(mask, positions, places, tokens, view.used)
        what = Pass(
            tokens=tokens,
            parts=len(parts),
            masked=mask.shape[1],
            wanted=len(places),
            hidden=hidden.data_ptr(),
            positions=positions.data_ptr(),
            part=parts,
            mask=mask.data_ptr(),
            places=places.data_ptr(),
            logits=logits.data_ptr(),
            scratch=self._room(tokens, total),
            crew=self._crew,
        )
        self._library.run(self.variant, self._model, what)
        return logits

    def sampler(self, params: SamplingParams) -> NativeSampler:
        """What chooses tokens from its logits."""
        return NativeSampler(params, self._library, self.variant)

    def _parts(self, view: View, tokens: int) -> ctypes.Array[Part]:
        if view.used + tokens > view.room.keys.shape[2]:
            raise ValueError(f"no room for {tokens} tokens behind {view.used} in {view.room.keys.shape[2]}")
        made = [self._part(part, part.keys.shape[2]) for part in view.shared]
        return (Part * (len(made) + 1))(*made, self._part(view.room, view.used))

    def _part(self, part: Cached, length: int) -> Part:
        keys, values, shape = part.keys, part.values, self.shape
        layers, groups, _, width = keys.shape
        strides = keys.stride()
        same = values.shape == keys.shape and values.stride() == strides and (strides[2], strides[3]) == (width, 1)
        mine = (layers, groups, width) == (shape.layers, shape.groups, shape.width)
        if not same or not mine or {keys.dtype, values.dtype} != {shape.dtype}:
            raise ValueError(f"keys and values of shape {tuple(keys.shape)} that the model does not have")
        return Part(
            keys=keys.data_ptr(),
            values=values.data_ptr(),
            layer_stride=strides[0],
            group_stride=strides[1],
            length=length,
        )

    def _room(self, tokens: int, total: int) -> int:
        """The address of enough scratch memory; a multiple of 64, as all that torch gives."""
        if (size := self._library.scratch_bytes(self._model, tokens, total, self._crew)) > len(self._scratch):
            self._scratch = torch.empty(size + size // 4, dtype=torch.uint8)
        return self._scratch.data_ptr()

    def _pack(self, model: "AnyModel", *, int8: bool) -> Model:
        network: Any = model
        sizes = sizes_of(model)
        layers = [self._layer(layer, int8=int8) for layer in layers_of(model)]
        return Model(
            layers=sizes.layers,
            hidden=int(self._embedding.shape[1]),
            inner=int(network.config.intermediate_size),
            heads=sizes.heads,
            groups=sizes.groups,
            width=sizes.width,
            kept=HALVES if self.shape.dtype is torch.bfloat16 else FLOATS,
            epsilon=sizes.epsilon,
            query_scale=sizes.query_scale,
            key_scale=sizes.attention_scaling,
            frequencies=self._packed.vector(network.model.rotary_emb.inv_freq),
            norm=self._packed.vector(network.model.norm.weight),
            layer=(Layer * len(layers))(*layers),
            head=self._matrix(linear_of(network.lm_head), int8=int8),
        )

    def _layer(self, layer: LayerWeights, *, int8: bool) -> Layer:
        return Layer(
            before_attention=self._packed.vector(layer.before_attention),
            head_norm=None if layer.head_norm is None else self._packed.vector(layer.head_norm),
            before_mlp=self._packed.vector(layer.before_mlp),
            into_attention=self._matrix(layer.into_attention, int8=int8),
            out_of_attention=self._matrix(layer.out_of_attention, int8=int8),
            into_mlp=self._matrix(layer.into_mlp, int8=int8),
            out_of_mlp=self._matrix(layer.out_of_mlp, int8=int8),
        )

    def _matrix(self, linear: Linear, *, int8: bool) -> Any:
        return self._packed.matrix(linear, int8=int8 and linear.weight.numel() >= BYTE_PARAMETERS)


def _check(mask: Tensor, positions: Tensor, places: Tensor, tokens: int, used: int) -> None:
    """Refuse what the library would read beyond its end."""
    whole = positions.shape == (tokens,) and places.dim() == 1 and positions.is_contiguous() and places.is_contiguous()
    fits = mask.dim() == 2 and mask.shape[0] == tokens and mask.shape[1] <= tokens + used  # noqa: PLR2004 - tokens, last
    kinds = (mask.dtype, positions.dtype, places.dtype) == (torch.float32, torch.int64, torch.int64)
    if not (whole and fits and kinds):
        raise ValueError("a pass whose mask, positions or wanted places do not fit its tokens")
