"""The processes that train one model together, as `torchrun` starts them; one alone is the plain case."""

import os
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor
from torch import distributed as dist

from codex_lsp.errors import TrainingError

# Packing the rows of a large corpus is waited for by everyone but the first process.
_PATIENCE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class World:
    """One process's place among those that train together.

    Attributes:
        device: Where this process computes.
        rank: Its number; process 0 writes files and reports.
        size: How many there are.
    """

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files and reports."""
        return self.rank == 0

    def sum_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Make every gradient the sum over all processes."""
        if self.size == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        at = 0
        for gradient in gradients:
            gradient.copy_(flat[at : at + gradient.numel()].view_as(gradient))
            at += gradient.numel()

    def sum(self, value: Tensor) -> Tensor:
        """The sum of a tensor over all processes."""
        if self.size > 1:
            dist.all_reduce(value)
        return value

    def agreed(self, *values: float) -> tuple[float, ...]:
        """Process 0's values, so that all take the same decision."""
        if self.size == 1:
            return values
        told = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.broadcast(told, src=0)
        return tuple(told.tolist())

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            dist.barrier()

    def shared_out(self, items: Tensor, work: Callable[[Tensor], Tensor]) -> Tensor:
        """Apply `work`, which maps [count, ...] to as many items, each process doing its part of the count."""
        if self.size == 1:
            return work(items)
        each = -(-items.shape[0] // self.size)
        padded = torch.cat((items, items.new_zeros((each * self.size - items.shape[0], *items.shape[1:]))))
        mine = work(padded[self.rank * each : (self.rank + 1) * each]).contiguous()
        parts = [torch.empty_like(mine) for _ in range(self.size)]
        dist.all_gather(parts, mine)
        return torch.cat(parts)[: items.shape[0]]


def is_leader() -> bool:
    """Whether this process is the first one that `torchrun` started, or the only one."""
    return int(os.environ.get("RANK", "0")) == 0


def device_named(name: str) -> torch.device:
    """The device that `auto`, `cpu` or `cuda` means for this process.

    Raises:
        TrainingError: There is no such device.
    """
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    number = int(os.environ.get("LOCAL_RANK", "0"))
    if number >= torch.cuda.device_count():
        raise TrainingError(f"no CUDA device {number}; use --device cpu or fewer processes")
    return torch.device("cuda", number)


@contextmanager
def joined(device: torch.device) -> Generator[World]:
    """Join the processes that `torchrun` started, for as long as the context lasts."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World(device)
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    # Told the device, NCCL connects now and knows where its barriers run.
    bound = device if device.type == "cuda" else None
    dist.init_process_group("nccl" if bound else "gloo", timeout=_PATIENCE, device_id=bound)
    try:
        yield World(device, dist.get_rank(), size)
    finally:
        dist.destroy_process_group()
