"""Muon for the matrices of the layers, AdamW for the embedding and the norms, stepped as one."""

from typing import Any

import torch
from torch import Tensor

from codex_lsp.errors import TrainingError
from codex_lsp.training.network import Network
from codex_lsp.training.presets import RunSettings

_STATE_KEY_PARTS = 3


class Optimiser:
    """Two optimisers with one step, one rate factor, and a state made of tensors alone."""

    def __init__(self, network: Network, settings: RunSettings) -> None:
        """Sort the parameters: matrices of layers, the embedding, and vectors (which never decay)."""
        matrices = [p for name, p in network.named_parameters() if p.ndim == 2 and "embed_tokens" not in name]  # noqa: PLR2004
        embedding = [network.model.embed_tokens.weight]
        vectors = [p for p in network.parameters() if p.ndim == 1]
        self._parts: list[torch.optim.Optimizer] = [
            torch.optim.Muon(matrices, lr=settings.matrix_rate, weight_decay=settings.weight_decay / 10, momentum=0.95),
            torch.optim.AdamW(
                [
                    {"params": embedding, "weight_decay": settings.weight_decay},
                    {"params": vectors, "weight_decay": 0.0},
                ],
                lr=settings.vector_rate,
                betas=(0.9, 0.95),
                eps=1e-8,
                fused=True,
            ),
        ]
        self._rates = [settings.matrix_rate, settings.vector_rate]

    def step(self, factor: float) -> None:
        """Update the weights with both rates scaled by `factor`, and clear the gradients."""
        for part, rate in zip(self._parts, self._rates, strict=True):
            for group in part.param_groups:
                group["lr"] = rate * factor
            part.step()
            part.zero_grad(set_to_none=True)

    def tensors(self) -> dict[str, Tensor]:
        """The whole state as tensors, named `part.parameter.key`."""
        named: dict[str, Tensor] = {}
        for number, part in enumerate(self._parts):
            state: dict[int, dict[str, Any]] = part.state_dict()["state"]
            for index, values in state.items():
                for key, value in values.items():
                    named[f"{number}.{index}.{key}"] = torch.as_tensor(value).contiguous()
        return named

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Take back what `tensors` gave.

        Raises:
            TrainingError: A name is not one of this optimiser's.
        """
        states: list[dict[int, dict[str, Tensor]]] = [{} for _ in self._parts]
        for name, value in tensors.items():
            parts = name.split(".", _STATE_KEY_PARTS - 1)
            if len(parts) != _STATE_KEY_PARTS or not 0 <= int(parts[0]) < len(states):
                raise TrainingError(f"optimiser state {name!r} is of another version; start the run again")
            states[int(parts[0])].setdefault(int(parts[1]), {})[parts[2]] = value
        for part, state in zip(self._parts, states, strict=True):
            part.load_state_dict({"state": state, "param_groups": part.state_dict()["param_groups"]})
