"""Cross-entropy over a tied vocabulary in chunks: logits of a whole batch never exist at once.

The gradient is computed in the forward pass, chunk by chunk, while the logits are still in cache.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

CHUNK_TOKENS = 256
"""On a CPU: larger chunks are new memory each time, and cost their page faults."""
GPU_CHUNK_TOKENS = 16_384
IGNORED = -100

Kernel = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


class _ChunkedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, kernel: Kernel, count: float
    ) -> Tensor:
        narrow = weight.to(hidden.dtype)
        grad_hidden = torch.empty_like(hidden)
        grad_weight = torch.zeros_like(weight, dtype=torch.float32)
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        for rows in _chunks(hidden):
            loss, grad = kernel(hidden[rows] @ narrow.T, targets[rows])
            total += loss
            grad_hidden[rows] = grad @ narrow
            grad_weight += grad.T @ hidden[rows]
        ctx.save_for_backward(grad_hidden, grad_weight)
        ctx.count = count
        return total / count

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, Tensor, None, None, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        grad_hidden, grad_weight = ctx.saved_tensors
        scale = grad_output / ctx.count
        return grad_hidden * scale.to(grad_hidden.dtype), grad_weight * scale, None, None, None


def _chunks(hidden: Tensor) -> Iterator[slice]:
    chunk = GPU_CHUNK_TOKENS if hidden.is_cuda else CHUNK_TOKENS
    return (slice(start, start + chunk) for start in range(0, hidden.shape[0], chunk))


def _loss_alone(hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    """The summed loss where nothing is learned: a quarter of the work."""
    narrow = weight.to(hidden.dtype)
    total = torch.zeros((), dtype=torch.float32, device=hidden.device)
    for rows in _chunks(hidden):
        logits = (hidden[rows] @ narrow.T).float()
        total += functional.cross_entropy(logits, targets[rows], ignore_index=IGNORED, reduction="sum")
    return total


def loss_and_gradient(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """The summed loss of one chunk and its gradient by the logits, in their dtype."""
    wide = logits.float()
    normaliser = torch.logsumexp(wide, dim=-1, keepdim=True)
    kept = (targets != IGNORED).unsqueeze(-1)
    index = targets.clamp(min=0).unsqueeze(-1)
    loss = torch.where(kept, normaliser - wide.gather(-1, index), 0.0).sum()
    hit = torch.arange(wide.shape[-1], device=wide.device) == index
    gradient = ((wide - normaliser).exp() - hit.float()) * kept
    return loss, gradient.to(logits.dtype)


def next_tokens(ids: Tensor, ignored: Iterable[int]) -> Tensor:
    """What each token of rows [rows, length] is to predict: the one after it.

    Args:
        ids: The rows.
        ignored: Tokens that nobody has to predict: `IGNORED` stands in their place, as it does at a row's end.
    """
    targets = torch.full_like(ids, IGNORED)
    targets[:, :-1] = ids[:, 1:]
    for token in ignored:
        targets[targets == token] = IGNORED
    return targets


def cross_entropy(
    hidden: Tensor,
    weight: Tensor,
    targets: Tensor,
    kernel: Kernel = loss_and_gradient,
    *,
    count: float | None = None,
) -> Tensor:
    """The mean loss in nats of next-token prediction; without its gradient where torch keeps none.

    Args:
        hidden: Hidden states [tokens, size].
        weight: The vocabulary's matrix [vocabulary, size].
        targets: Token ids [tokens]; `IGNORED` ones count for nothing.
        kernel: `loss_and_gradient`, or a compiled form of it.
        count: What the sum is divided by, where these tokens are a part of a larger batch; None for those that count.
    """
    if count is None:
        count = float((targets != IGNORED).sum().clamp(min=1))
    if not torch.is_grad_enabled():
        return _loss_alone(hidden, weight, targets) / count
    return _ChunkedCrossEntropy.apply(hidden, weight, targets, kernel, count)  # type: ignore[no-any-return]
