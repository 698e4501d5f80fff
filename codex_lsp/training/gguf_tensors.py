"""The tensors of a Hugging Face checkpoint under the names, in the order and of the type that GGUF has them.

Which half of a head is rotated with which is a matter of the architecture: llama.cpp turns neighbours for `llama` and
halves for the others, so for `llama` alone the rows of queries and keys change places. Source: the GGUF specification.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codex_lsp.errors import ModelDamaged, UsageError
from codex_lsp.models.checkpoint import Checkpoint, weight_files

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

TYPES = ("f32", "f16", "bf16", "q8_0")
BLOCK = 32
"""Neighbouring weights that share a scale in q8_0."""
MAX_F16 = 65504.0

EMBEDDING = "model.embed_tokens.weight"
_HEAD = "lm_head.weight"
_LAYER = {
    "input_layernorm.weight": "attn_norm.weight",
    "self_attn.q_proj.weight": "attn_q.weight",
    "self_attn.k_proj.weight": "attn_k.weight",
    "self_attn.v_proj.weight": "attn_v.weight",
    "self_attn.o_proj.weight": "attn_output.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
    "mlp.gate_proj.weight": "ffn_gate.weight",
    "mlp.up_proj.weight": "ffn_up.weight",
    "mlp.down_proj.weight": "ffn_down.weight",
}
_NORMED = {
    "self_attn.q_norm.weight": "attn_q_norm.weight",
    "self_attn.k_norm.weight": "attn_k_norm.weight",
}
_BIASED = {
    "self_attn.q_proj.bias": "attn_q.bias",
    "self_attn.k_proj.bias": "attn_k.bias",
    "self_attn.v_proj.bias": "attn_v.bias",
}
# What each architecture has in a layer.
_LAYERS = {"llama": _LAYER, "qwen2": _LAYER | _BIASED, "qwen3": _LAYER | _NORMED}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkShape:
    """The numbers of a `config.json`."""

    architecture: str
    layers: int
    hidden: int
    intermediate: int
    heads: int
    key_value_heads: int
    head_size: int
    positions: int
    epsilon: float
    theta: float
    tied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufTensor:
    """One tensor: its names there and here, its shape, and the type it is written in."""

    source: str
    name: str
    shape: tuple[int, ...]
    type: str

    @property
    def elements(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


def network_shape(found: Checkpoint) -> NetworkShape:
    """The numbers of a checkpoint.

    Raises:
        UsageError: Its architecture, or a part of it, is not converted.
        ModelDamaged: Its `config.json` lacks one of them.
    """
    config = found.config
    rope: Mapping[str, Any] = config.get("rope_parameters") or config.get("rope_scaling") or {}
    _check_convertible(found, str(rope.get("rope_type") or rope.get("type") or "default"))
    try:
        heads = int(config["num_attention_heads"])
        hidden = int(config["hidden_size"])
        return NetworkShape(
            architecture=config["model_type"],
            layers=int(config["num_hidden_layers"]),
            hidden=hidden,
            intermediate=int(config["intermediate_size"]),
            heads=heads,
            key_value_heads=int(config.get("num_key_value_heads") or heads),
            head_size=int(config.get("head_dim") or hidden // heads),
            positions=int(config["max_position_embeddings"]),
            epsilon=float(config["rms_norm_eps"]),
            theta=float(rope.get("rope_theta") or config.get("rope_theta") or 10000.0),
            tied=bool(config.get("tie_word_embeddings", False)),
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise ModelDamaged(f"{found.folder}: config.json lacks a number ({error}); get or export it again") from error


def _check_convertible(found: Checkpoint, rope: str) -> None:
    config = found.config
    kind, activation = config["model_type"], config.get("hidden_act", "silu")
    if kind not in _LAYERS:
        raise UsageError(f"{found.folder}: `{kind}` is not converted, only {', '.join(_LAYERS)}; choose another model")
    obstacles = {
        f"rotary positions of the kind `{rope}`": rope != "default",
        "attention with a sliding window": bool(config.get("use_sliding_window")),
        f"the activation `{activation}`": activation != "silu",
        "quantized weights": "quantization_config" in config,
    }
    obstacle = next((what for what, is_there in obstacles.items() if is_there), None)
    if obstacle is not None:
        raise UsageError(f"{found.folder}: {obstacle} cannot be converted; choose another model")


class CheckpointTensors:
    """The tensors of a checkpoint, read when they are asked for."""

    def __init__(self, found: Checkpoint, shape: NetworkShape) -> None:
        """Look into the files.

        Raises:
            ModelDamaged: One of them cannot be read.
        """
        from safetensors import SafetensorError, safe_open

        self._found = found
        self._shape = shape
        self._files: dict[str, Any] = {}
        for path in weight_files(found.folder, str(found.folder)):
            try:
                opened: Any = safe_open(path, framework="pt")
            except (OSError, SafetensorError) as error:
                raise self._damaged(f"{path.name} cannot be read") from error
            self._files |= dict.fromkeys(opened.keys(), opened)

    def listed(self, weight_type: str) -> list[GgufTensor]:
        """All tensors that the architecture has, in its order.

        Args:
            weight_type: One of `TYPES`, for matrices; vectors stay float32. A matrix whose rows q8_0 cannot divide
                into blocks becomes float16.

        Raises:
            ModelDamaged: One is missing, or not as wide as `config.json` says.
            UsageError: There are others, which would be lost.
        """
        names = self._names()
        missing = next((name for name in names if name not in self._files), None)
        if missing is not None:
            raise self._damaged(f"{missing} is missing")
        # Saved by older versions of `transformers`; it follows from the configuration.
        others = {name for name in self._files if name not in names and not name.endswith("rotary_emb.inv_freq")}
        others -= {_HEAD} if self._shape.tied else set()
        if others:
            raise UsageError(f"{self._found.folder}: {min(others)} cannot be converted; choose another model")
        tensors = [self._tensor(source, name, weight_type) for source, name in names.items()]
        if tensors[0].shape[1:] != (self._shape.hidden,):
            raise self._damaged(f"{EMBEDDING} is not {self._shape.hidden} wide, as config.json says")
        return tensors

    def array(self, tensor: GgufTensor) -> "np.ndarray[Any, Any]":
        """A tensor as the file holds it.

        Raises:
            ModelDamaged: It cannot be read.
            UsageError: Its values are too large for its type.
        """
        from gguf import GGMLQuantizationType, quants
        from safetensors import SafetensorError

        try:
            values: Tensor = self._files[tensor.source].get_tensor(tensor.source).float()
        except (OSError, SafetensorError) as error:
            raise self._damaged(f"{tensor.source} cannot be read") from error
        if tensor.type == "f16" and not bool((values.abs() <= MAX_F16).all()):
            raise UsageError(f"{self._found.folder}: {tensor.source} is too large for f16; take `--type bf16`")
        array = self._turned(values, tensor.source).contiguous().numpy()
        return quants.quantize(array, GGMLQuantizationType[tensor.type.upper()])

    def _names(self) -> dict[str, str]:
        layer = _LAYERS[self._shape.architecture]
        names = {EMBEDDING: "token_embd.weight"}
        for index in range(self._shape.layers):
            names |= {f"model.layers.{index}.{source}": f"blk.{index}.{name}" for source, name in layer.items()}
        names["model.norm.weight"] = "output_norm.weight"
        return names if self._shape.tied else names | {_HEAD: "output.weight"}

    def _tensor(self, source: str, name: str, weight_type: str) -> GgufTensor:
        shape: tuple[int, ...] = tuple(self._files[source].get_slice(source).get_shape())
        if len(shape) == 1:
            weight_type = "f32"
        elif weight_type == "q8_0" and shape[-1] % BLOCK:
            weight_type = "f16"
        return GgufTensor(source=source, name=name, shape=shape, type=weight_type)

    def _turned(self, values: "Tensor", source: str) -> "Tensor":
        """Queries and keys as the architecture rotates them."""
        heads = {"q_proj": self._shape.heads, "k_proj": self._shape.key_value_heads}.get(source.split(".")[-2])
        if self._shape.architecture != "llama" or heads is None:
            return values
        halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
        return halves.swapaxes(1, 2).reshape(values.shape)

    def _damaged(self, what: str) -> ModelDamaged:
        return ModelDamaged(f"{self._found.folder}: {what}; get or export the model again")
