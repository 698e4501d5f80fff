"""What this machine can do at most, and what a run used of it: measured products, and an estimate of energy."""

import os
import time
from typing import Any

import torch

_PROBES = 100
"""Each takes a millisecond or two, so that some of them meet no neighbour even where the machine is busy."""
_WATTS_PER_CORE = 8.0
_GPU_WATTS = 500.0


def peak_flops(device: torch.device, threads: int) -> float:
    """The best rate, in FLOP/s, of a bfloat16 matrix product as it is measured here and now.

    Args:
        device: Where to measure.
        threads: The CPU threads of all processes of the run; one thread is measured and multiplied.
    """
    size = 8192 if device.type == "cuda" else 512
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        best = min(_seconds(left, right) for _ in range(_PROBES))
    finally:
        torch.set_num_threads(before)
    return 2.0 * size**3 / best * (1 if device.type == "cuda" else threads)


def _seconds(left: torch.Tensor, right: torch.Tensor) -> float:
    began = time.perf_counter()
    torch.mm(left, right)
    if left.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - began


def usage(device: torch.device, processes: int, flops: float, elapsed_s: float) -> dict[str, Any]:
    """What a run used: its share of the measured peak, and an energy estimate with what it assumes."""
    threads = torch.get_num_threads() * processes
    peak = peak_flops(device, threads) * (processes if device.type == "cuda" else 1)
    watts = _GPU_WATTS * processes if device.type == "cuda" else _WATTS_PER_CORE * min(threads, os.cpu_count() or 1)
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "processes": processes,
        "threads": threads,
        "peak_flops_per_s": peak,
        "share_of_peak": flops / max(elapsed_s, 1e-9) / peak,
        "energy_wh_estimate": watts * elapsed_s / 3600.0,
        "assumed_watts": watts,
    }
