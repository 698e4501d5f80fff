"""Muon: momentum whose every matrix is made orthogonal before it is applied (Jordan et al., 2024).

Matrices of one shape are stepped together as one batch, and several processes share the batches between them.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from codex_lsp.training.distributed import World

# The quintic whose iteration drives singular values towards one; five rounds suffice in bfloat16.
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5


def orthogonalised(matrices: Tensor) -> Tensor:
    """Matrices [count, rows, columns] with their singular values moved close to one, in bfloat16."""
    x = matrices.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    a, b, c = _COEFFICIENTS
    for _ in range(_ROUNDS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """The optimiser for two-dimensional weights; embeddings and vectors are not for it."""

    def __init__(
        self, matrices: Iterable[Tensor], world: World, *, lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        """Sort the matrices by shape."""
        super().__init__(list(matrices), {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self._world = world
        shapes: dict[torch.Size, list[Tensor]] = {}
        for group in self.param_groups:
            for parameter in group["params"]:
                shapes.setdefault(parameter.shape, []).append(parameter)
        self._batches = list(shapes.values())

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # noqa: ARG002  # pyright: ignore[reportIncompatibleMethodOverride]
        """Update every matrix; all processes end with the same weights."""
        group = self.param_groups[0]
        for batch in self._batches:
            directions = torch.stack([self._direction(parameter, group["momentum"]) for parameter in batch])
            updates = self._world.shared_out(directions, orthogonalised)
            # Matrices with more rows than columns need a longer step for the same change of their output.
            scale = max(1.0, batch[0].shape[0] / batch[0].shape[1]) ** 0.5
            for parameter, update in zip(batch, updates, strict=True):
                parameter.mul_(1.0 - group["lr"] * group["weight_decay"])
                parameter.add_(update.to(parameter.dtype), alpha=-group["lr"] * scale)

    def _direction(self, parameter: Tensor, momentum: float) -> Tensor:
        """Nesterov's look ahead along the momentum."""
        state = self.state[parameter]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        buffer: Tensor = state["momentum_buffer"]
        assert parameter.grad is not None  # noqa: S101 - every matrix takes part in every step
        buffer.lerp_(parameter.grad, 1.0 - momentum)
        return parameter.grad.lerp(buffer, momentum)
