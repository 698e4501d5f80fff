"""Fits held-out loss against size over finished runs of one budget, and draws it: what the package's size is picked by.

    python benchmarks/model_sizes.py RUN... [--milliseconds NAME=MS ...] [--picture FILE.svg] [--json]

Each RUN is a folder of `codex-lsp train codex`, all with the same corpus, tokenizer and tokens. The fit is the power
law of Kaplan et al. (2020) that the Codex paper shows in its figure 4, loss = (parameters / scale) ** -exponent, over
the parameters beside the embedding, by least squares of the logarithms. `--milliseconds` names what a decode step of a
run's shape costs, as `codex-lsp evaluate lines` measured it; the table then has loss by cost.

- `exponent`, `scale`: of the fit;
- `residual`: the largest distance of a run from the fit, in nats.
"""

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from codex_lsp.errors import CodexLspError, TrainingError
from codex_lsp.training.manifest import read_manifest
from codex_lsp.training.network import Network, NetworkConfig

WIDTH, HEIGHT, MARGIN = 720, 400, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished run: its name, parameters beside the embedding, all of them, and nats per token held out."""

    name: str
    parameters: int
    all_parameters: int
    loss: float
    tokens: int
    material: str


def read_run(folder: Path) -> Run:
    """Read a run's manifest.

    Raises:
        TrainingError: It is no run, or has not finished.
    """
    manifest = read_manifest(folder, "run")
    loss = manifest.get("outcome", {}).get("heldout_loss")
    if loss is None:
        raise TrainingError(f"{folder}: has no held-out loss yet; let the run finish")
    with torch.device("meta"):
        network = Network(NetworkConfig(**manifest["settings"]["network"]))
    everything = sum(parameter.numel() for parameter in network.parameters())
    return Run(
        name=folder.name,
        parameters=everything - network.model.embed_tokens.weight.numel(),
        all_parameters=everything,
        loss=loss,
        tokens=manifest["outcome"]["tokens"],
        material=manifest["corpus_sha256"] + manifest["tokenizer_sha256"],
    )


def fit(runs: list[Run]) -> tuple[float, float]:
    """The exponent and the scale (in parameters) of the power law through the runs."""
    xs, ys = [math.log(run.parameters) for run in runs], [math.log(run.loss) for run in runs]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)
    return -slope, math.exp(mean_x - mean_y / slope)


def predicted(parameters: float, exponent: float, scale: float) -> float:
    """The loss that the fit gives a size, in nats."""
    return (parameters / scale) ** -exponent


def draw(runs: list[Run], exponent: float, scale: float) -> str:
    """The runs and the fit as SVG, both axes logarithmic."""
    low_x, high_x = math.log(runs[0].parameters / 1.5), math.log(runs[-1].parameters * 1.5)
    ends = [predicted(math.exp(x), exponent, scale) for x in (low_x, high_x)]
    losses = [*ends, *(run.loss for run in runs)]
    low_y, high_y = math.log(min(losses) / 1.02), math.log(max(losses) * 1.02)

    def at(parameters: float, loss: float) -> tuple[float, float]:
        return (
            MARGIN + (WIDTH - 2 * MARGIN) * (math.log(parameters) - low_x) / (high_x - low_x),
            MARGIN + (HEIGHT - 2 * MARGIN) * (high_y - math.log(loss)) / (high_y - low_y),
        )

    (x1, y1), (x2, y2) = at(math.exp(low_x), ends[0]), at(math.exp(high_x), ends[1])
    base = HEIGHT - MARGIN
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1f6feb"/>'
        f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{run.loss:.3f}</text>'
        f'<text x="{x:.1f}" y="{base + 18}" text-anchor="middle">{run.parameters / 1e6:.2f} M</text>\n'
        for run in runs
        for x, y in [at(run.parameters, run.loss)]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12">\n<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n'
        f'<path d="M{MARGIN},{MARGIN}V{base}H{WIDTH - MARGIN}" fill="none" stroke="black"/>\n'
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#d1242f" stroke-dasharray="5 4"/>\n'
        f'{marks}<text x="{MARGIN}" y="{MARGIN - 24}">held-out loss, nats per token, after '
        f"{runs[0].tokens / 1e6:.1f} M tokens; dashed: (N / {scale:.3g}) ** -{exponent:.3f}</text>\n"
        f'<text x="{WIDTH - MARGIN}" y="{base + 40}" text-anchor="end">'
        "parameters beside the embedding (N)</text>\n</svg>\n"
    )


def report(runs: list[Run], milliseconds: dict[str, float]) -> dict[str, Any]:
    """The fit and the table.

    Raises:
        TrainingError: Fewer than two sizes, or runs of different material or tokens.
    """
    if len({run.parameters for run in runs}) < 2:  # noqa: PLR2004
        raise TrainingError("a fit needs runs of at least two sizes; name more run folders")
    odd = next((run for run in runs if (run.material, run.tokens) != (runs[0].material, runs[0].tokens)), None)
    if odd is not None:
        raise TrainingError(
            f"{odd.name}: another corpus, tokenizer or number of tokens than {runs[0].name}; train alike"
        )
    exponent, scale = fit(runs)
    table = [
        {
            "run": run.name,
            "parameters": run.all_parameters,
            "beside_embedding": run.parameters,
            "loss": round(run.loss, 4),
            "fitted": round(predicted(run.parameters, exponent, scale), 4),
            **({"decode_ms": milliseconds[run.name]} if run.name in milliseconds else {}),
        }
        for run in runs
    ]
    residual = max(abs(run.loss - predicted(run.parameters, exponent, scale)) for run in runs)
    return {"exponent": round(exponent, 4), "scale": scale, "residual": round(residual, 4), "runs": table}


def main() -> int:
    """Fit, draw and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--milliseconds", nargs="*", default=[], metavar="NAME=MS")
    parser.add_argument("--picture", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        runs = sorted((read_run(folder) for folder in args.runs), key=lambda run: run.parameters)
        found = report(runs, {name: float(ms) for name, _, ms in (text.partition("=") for text in args.milliseconds)})
    except (CodexLspError, ValueError) as error:
        sys.stderr.write(f"model_sizes: {error}\n")
        return 1
    if args.picture is not None:
        args.picture.write_text(draw(runs, found["exponent"], found["scale"]), encoding="utf-8")
    lines = (
        [json.dumps(found)] if args.json else [f"{name:10} {value}" for name, value in found.items() if name != "runs"]
    )
    lines += [] if args.json else [str(row) for row in found["runs"]]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
