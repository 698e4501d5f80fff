"""The optimisers of a run, stepped as one: the paper's Adam for everything, or Muon for the matrices of the layers."""

from typing import Any

import torch
from torch import Tensor

from codex_lsp.errors import TrainingError
from codex_lsp.training.distributed import World
from codex_lsp.training.muon import Muon
from codex_lsp.training.network import Network
from codex_lsp.training.settings import OptimiserName, RunSettings

_STATE_KEY_PARTS = 3
_BETAS = (0.9, 0.95)
_EPS = 1e-8


class Optimiser:
    """One or two optimisers with one step, one rate factor, and a state made of tensors alone.

    Attributes:
        parts: The optimisers.
    """

    def __init__(self, network: Network, settings: RunSettings, world: World | None = None) -> None:
        """Sort the parameters: matrices of layers, the embedding, and vectors (which never decay)."""
        embedding: list[Tensor] = [network.model.embed_tokens.weight]
        self.parts: list[torch.optim.Optimizer] = []
        if settings.optimiser is OptimiserName.MUON:
            self.parts.append(
                Muon(
                    network.matrices(),
                    world or World(embedding[0].device),
                    lr=settings.matrix_rate,
                    weight_decay=settings.matrix_decay,
                )
            )
            decaying = embedding
        else:
            decaying = embedding + network.matrices()
        groups = [
            {"params": decaying, "weight_decay": settings.weight_decay},
            {"params": network.vectors(), "weight_decay": 0.0},
        ]
        self.parts.append(torch.optim.AdamW(groups, lr=settings.vector_rate, betas=_BETAS, eps=_EPS, fused=True))
        self._rates = [part.defaults["lr"] for part in self.parts]

    def step(self, factor: float) -> None:
        """Update the weights with every rate scaled by `factor`, and clear the gradients."""
        for part, rate in zip(self.parts, self._rates, strict=True):
            for group in part.param_groups:
                group["lr"] = rate * factor
            part.step()
            part.zero_grad(set_to_none=True)

    def tensors(self) -> dict[str, Tensor]:
        """The whole state as tensors, named `part.parameter.key`."""
        named: dict[str, Tensor] = {}
        for number, part in enumerate(self.parts):
            state: dict[int, dict[str, Any]] = part.state_dict()["state"]
            for index, values in state.items():
                for key, value in values.items():
                    named[f"{number}.{index}.{key}"] = torch.as_tensor(value).contiguous()
        return named

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Take back what `tensors` gave.

        Raises:
            TrainingError: A name is not one of this optimiser's, or its tensor does not fit the weight it is of.
        """
        states: list[dict[int, dict[str, Tensor]]] = [{} for _ in self.parts]
        for name, value in tensors.items():
            parts = name.split(".", _STATE_KEY_PARTS - 1)
            numbered = len(parts) == _STATE_KEY_PARTS and all(part.isdecimal() for part in parts[:2])
            if not numbered or int(parts[0]) >= len(states):
                raise TrainingError(f"optimiser state {name!r} is of another version; start the run again")
            number, index = int(parts[0]), int(parts[1])
            held = [weight for group in self.parts[number].param_groups for weight in group["params"]]
            if index >= len(held) or (value.ndim and value.shape != held[index].shape):
                raise TrainingError(f"optimiser state {name!r} is of another shape; start the run again")
            states[number].setdefault(index, {})[parts[2]] = value
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict({"state": state, "param_groups": part.state_dict()["param_groups"]})
