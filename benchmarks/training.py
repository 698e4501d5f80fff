"""Measures how fast the embedded model trains, against the loop that one would write first, in one run.

    python benchmarks/training.py [--preset embedded] [--steps 10] [--threads 2] [--device auto] [--json]

Both train the same shape on the same random rows, a step of one and a step of the other in turn, so that what else the
machine does falls on both. The plain loop is `transformers`' own model in eager mode, under bfloat16 autocast, with its
own loss over all logits and AdamW. Compiling comes before the first counted step.

- `tokens_per_s`, `plain_tokens_per_s`: medians over the steps;
- `ratio`: the first by the second;
- `share_of_peak`: of the measured rate of matrix products of this machine, attention counted.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from codex_lsp.training.distributed import World, device_named
from codex_lsp.training.export import hugging_face_config
from codex_lsp.training.machine import peak_flops
from codex_lsp.training.network import Network
from codex_lsp.training.packed_feed import PackedFeed
from codex_lsp.training.presets import PRESETS
from codex_lsp.training.pretrain import Pretraining
from codex_lsp.training.rows import RowTokens
from codex_lsp.training.settings import RunSettings

WARM_UP = 2
# Ids that random rows never hold, so that every row is one document and every token counts.
SPECIAL = RowTokens(padding=4, separator=6)


def ours(settings: RunSettings, folder: Path, world: World) -> Callable[[], float]:
    """A step of `train codex`."""
    data = folder / "data"
    data.mkdir()
    random = np.random.default_rng(0)
    for name in ("short", "long", "heldout"):
        random.integers(8, settings.network.vocab_size, 4 * settings.batch_tokens, dtype=np.uint16).tofile(
            data / f"{name}.u16"
        )
    session = Pretraining(folder, settings, PackedFeed(folder, settings, SPECIAL), world, compile_blocks=True)
    return lambda: session.step(0.0, 1.0)


def plain(settings: RunSettings, device: torch.device) -> Callable[[], float]:
    """A step of the loop that one would write first."""
    with torch.device(device):
        model = Qwen3ForCausalLM(Qwen3Config(**hugging_face_config(settings.network, 0))).float()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    shape = (settings.batch_tokens // settings.row_length, settings.row_length)
    ids = torch.randint(8, settings.network.vocab_size, shape, device=device)

    def step() -> float:
        with torch.autocast(device.type, torch.bfloat16):
            loss = model(ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        return float(loss.detach())

    return step


def seconds(step: Callable[[], float], device: torch.device) -> float:
    """How long one step takes."""
    began = time.perf_counter()
    step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began


def measure(settings: RunSettings, steps: int, device: torch.device) -> dict[str, float]:
    """Step both in turn."""
    with tempfile.TemporaryDirectory() as folder:
        runners = (ours(settings, Path(folder), World(device)), plain(settings, device))
        for runner in runners:
            for _ in range(WARM_UP):
                runner()
        spent = [[seconds(runner, device) for runner in runners] for _ in range(steps)]
    rates = [settings.batch_tokens / statistics.median(column) for column in zip(*spent, strict=True)]
    with torch.device("meta"):
        flops = Network(settings.network).flops_per_token(settings.row_length)
    return {
        "tokens_per_s": round(rates[0], 1),
        "plain_tokens_per_s": round(rates[1], 1),
        "ratio": round(rates[0] / rates[1], 2),
        "share_of_peak": round(rates[0] * flops / peak_flops(device, torch.get_num_threads()), 3),
    }


def main() -> int:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="embedded", choices=tuple(PRESETS))
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    found = measure(PRESETS[args.preset], args.steps, device_named(args.device))
    lines = [json.dumps(found)] if args.json else [f"{name:20} {value:,}" for name, value in found.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
