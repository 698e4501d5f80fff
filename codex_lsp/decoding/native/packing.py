"""Lays weights out for the native step, once when a model is loaded."""

import torch
from torch import Tensor
from torch.nn import functional

from codex_lsp.decoding.native.structures import BYTE_INPUTS, BYTES, FLOATS, HALVES, PANEL, Matrix
from codex_lsp.decoding.weights import Linear

_LARGEST_BYTE = 127
_TINY = 1e-12
_WORD = {BYTES: 4, HALVES: 2, FLOATS: 1}


class Packed:
    """Packed tensors, which must live as long as structures point at them.

    Attributes:
        bytes: Memory that they hold.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.bytes = 0
        self._held: list[Tensor] = []

    def keep(self, tensor: Tensor) -> int:
        """Hold a tensor; its address."""
        contiguous = tensor.detach().contiguous()
        self._held.append(contiguous)
        self.bytes += contiguous.nbytes
        return contiguous.data_ptr()

    def vector(self, weight: Tensor) -> int:
        """Hold weights as float32, of whatever shape; their address."""
        return self.keep(weight.float())

    def matrix(self, linear: Linear, *, int8: bool) -> Matrix:
        """Pack a matrix.

        Args:
            linear: Its weights.
            int8: Whether it becomes bytes, with a scale for each output; without, nothing is rounded.
        """
        weight = linear.weight
        outputs, inputs = weight.shape
        kind = _format(weight, int8=int8)
        missing = -outputs % PANEL
        scales = sums = None
        if kind == BYTES:
            scales = (weight.float().abs().amax(1) / _LARGEST_BYTE).clamp_(min=_TINY)
            weight = (weight.float() / scales[:, None]).round_().to(torch.int8)
            sums = functional.pad(weight.sum(1, dtype=torch.int32), (0, missing))
            weight = functional.pad(weight, (0, -inputs % BYTE_INPUTS))
        else:
            weight = weight.to(torch.bfloat16 if kind == HALVES else torch.float32)
        word = _WORD[kind]
        panels = functional.pad(weight, (0, 0, 0, missing)).view(-1, PANEL, weight.shape[1] // word, word)
        return Matrix(
            format=kind,
            outputs=outputs,
            inputs=inputs,
            weights=self.keep(panels.transpose(1, 2)),
            scales=None if scales is None else self.vector(functional.pad(scales, (0, missing))),
            sums=None if sums is None else self.keep(sums),
            bias=None if linear.bias is None else self.vector(functional.pad(linear.bias, (0, missing))),
        )


def _format(weight: Tensor, *, int8: bool) -> int:
    """The smallest format that rounds nothing, or bytes where they are asked for."""
    inputs = weight.shape[1]
    if int8 and inputs % _WORD[BYTES] == 0:
        return BYTES
    # Weights that were trained or saved in bfloat16 lose nothing by being kept so, and half the memory is read.
    if inputs % _WORD[HALVES] == 0 and torch.equal(weight.to(torch.bfloat16).to(weight.dtype), weight):
        return HALVES
    return FLOATS
