"""A weight matrix, packed once for the products of a decode step."""

import math
import warnings
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

Matrix = Callable[[Tensor], Tensor]
"""A linear map: activations [rows, inputs] to [rows, outputs], in the same number format."""

NARROW_PARAMETERS = 100_000
"""Smaller matrices are faster in float32: converting the activations costs more than the bytes that are saved."""

_LARGEST_BYTE = 127
_TINY = 1e-12


def dense_matrix(weight: Tensor, bias: Tensor | None) -> Matrix:
    """Weights [outputs, inputs] in the number format of the activations, used as they are."""
    return lambda rows: functional.linear(rows, weight, bias)


def wide_matrix(weight: Tensor) -> Matrix:
    """Weights [outputs, inputs] multiplied in float32, whatever the activations are: a second copy of them."""
    wide = weight.float()
    return lambda rows: functional.linear(rows.float(), wide)


def half_matrix(weight: Tensor, bias: Tensor | None) -> Matrix:
    """Weights [outputs, inputs] in bfloat16 under float32 activations.

    They are laid out once, which `functional.linear` would do again for every product.
    """
    packed = torch.ops.mkldnn._reorder_linear_weight(weight.to(torch.bfloat16), 1)
    product = torch.ops.mkldnn._linear_pointwise

    def multiply(rows: Tensor) -> Tensor:
        result = product(rows.to(torch.bfloat16), packed, None, "none", [], "").float()
        return result if bias is None else result.add_(bias)

    return multiply


def byte_matrix(weight: Tensor, bias: Tensor | None) -> Matrix:
    """Weights [outputs, inputs] as one byte each and a scale for each output, under float32 activations.

    Activations become bytes too, row by row: what a row gives does not depend on the rows beside it.
    """
    scales = (weight.float().abs().amax(1) / _LARGEST_BYTE).clamp_(min=_TINY)
    whole = torch.zeros(len(weight), dtype=torch.long)
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = byte_engine()
    try:
        with warnings.catch_warnings():
            # torch will take this way of packing away in time; the versions that we allow have it.
            warnings.simplefilter("ignore", UserWarning)
            narrow = torch.quantize_per_channel(weight.float(), scales, whole, 0, torch.qint8)
            packed = torch.ops.quantized.linear_prepack(narrow, None)
    finally:
        torch.backends.quantized.engine = before
    # Without instructions for products of bytes, sums of two would not fit: one bit less is used.
    reduced = byte_engine() == "fbgemm" and not torch.cpu._is_vnni_supported()  # pyright: ignore[reportPrivateUsage] - there is no public way to ask
    # The library finds one scale for all rows it is given; a row with both ends of the range makes it the same always.
    ends = torch.zeros((1, weight.shape[1]))
    ends[0, 0], ends[0, 1] = 1.0, -1.0

    def multiply(rows: Tensor) -> Tensor:
        largest = torch.linalg.vector_norm(rows, math.inf, -1, keepdim=True).clamp_(min=_TINY)
        product = torch.ops.quantized.linear_dynamic(torch.cat((rows / largest, ends)), packed, reduced)
        result = product[:-1].mul_(largest)
        return result if bias is None else result.add_(bias)

    return multiply


def byte_engine() -> str | None:
    """What multiplies bytes here, or None."""
    engines = torch.backends.quantized.supported_engines
    return next((engine for engine in ("fbgemm", "qnnpack") if engine in engines), None)
