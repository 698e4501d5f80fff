"""Which way a model is run: on our own forward pass where its architecture allows, else on that of `transformers`."""

import logging
from typing import TYPE_CHECKING, cast

import torch

from codex_lsp.decoding.cache import PrefixCache
from codex_lsp.decoding.graphs import GraphedTransformer, cuda_capture
from codex_lsp.decoding.head import widen_head
from codex_lsp.decoding.native.library import Library, NoLibrary
from codex_lsp.decoding.native.native_transformer import (
    BYTE_PARAMETERS,
    BYTE_VARIANTS,
    NativeTransformer,
    why_not_native,
)
from codex_lsp.decoding.network import Network
from codex_lsp.decoding.own_network import ForwardPass, OwnNetwork
from codex_lsp.decoding.plain_network import PlainNetwork
from codex_lsp.decoding.transformer import Transformer, why_not

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from codex_lsp.decoding.family import AnyModel

logger = logging.getLogger(__name__)

_LEAST_BYTES = 64 * 2**20
_MOST_BYTES = 2**30
_WHOLE_CONTEXTS = 8


def network_over(model: "AnyModel", cache: PrefixCache, *, int8: bool = False) -> Network:
    """The fastest way to run a model; the log says which, and why.

    Args:
        model: In evaluation mode, on its device.
        cache: Where prompts that were read are kept.
        int8: Whether large matrices are kept as bytes, where that is known.
    """
    reason = why_not(model)
    if reason is None:
        return OwnNetwork(_forward_pass(model, int8=int8), cache)
    logger.info(
        "%s runs on transformers: the forward pass of codex-lsp does not know %s", model.config.model_type, reason
    )
    library = cast("PreTrainedModel", model)
    widen_head(library)
    return PlainNetwork(library)


def bytes_pay(model: "AnyModel") -> bool:
    """Whether a model is best kept as bytes: the native step is for it, multiplies bytes, and has large matrices to."""
    if why_not(model) is not None or why_not_native(model) is not None:
        return False
    try:
        fastest = Library().variants[0]
    except NoLibrary:
        return False
    sizes = (parameter.numel() for parameter in model.parameters())
    return fastest in BYTE_VARIANTS and max(sizes) >= BYTE_PARAMETERS


def _forward_pass(model: "AnyModel", *, int8: bool) -> ForwardPass:
    """Our forward pass, with a decode step in C where there is one for it."""
    kind = model.config.model_type
    if model.device.type == "cuda":
        logger.info("%s runs on our forward pass, steps as captured graphs", kind)
        return GraphedTransformer(Transformer(model, int8=int8), cuda_capture)
    reason = why_not_native(model)
    try:
        library = None if reason is not None else Library()
    except NoLibrary as error:
        library, reason = None, str(error)
    if library is None:
        logger.info("%s runs on our forward pass, in torch: %s", kind, reason)
        return Transformer(model, int8=int8)
    # The native step waits for keys and values. What is rounded anyway loses no more by rounding them as well, and
    # float32 stays exact.
    transformer = Transformer(model, int8=int8, kept=torch.bfloat16 if int8 else model.dtype)
    native = NativeTransformer(model, transformer, library, int8=int8, threads=torch.get_num_threads())
    logger.info("%s runs on our forward pass, a few tokens natively (%s), more in torch", kind, native.variant)
    return native


def cache_bytes(model: "AnyModel", max_context: int) -> int:
    """Memory that is spent on prompts: of a small model's, many; of a large one's, what a machine can spare.

    Args:
        model: Whose keys and values are kept.
        max_context: Tokens of a whole context.
    """
    if why_not(model) is not None:
        return 0
    config = model.config
    size = 4 if model.device.type == "cpu" else model.dtype.itemsize
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    token = 2 * config.num_hidden_layers * config.num_key_value_heads * width * size
    return min(max(_WHOLE_CONTEXTS * max_context * token, _LEAST_BYTES), _MOST_BYTES)
