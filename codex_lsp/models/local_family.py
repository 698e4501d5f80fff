"""Reads the weights of the architectures that our own forward pass knows, without `transformers`."""

from collections.abc import Mapping
from typing import cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from codex_lsp.decoding.family import FamilyConfig, FamilyModel
from codex_lsp.errors import ModelDamaged
from codex_lsp.models.checkpoint import Checkpoint, weight_files


def family_model(found: Checkpoint, dtype: torch.dtype, device: torch.device) -> FamilyModel | None:
    """The model of a checkpoint, in evaluation mode; None where its architecture or its configuration is another.

    Raises:
        ModelDamaged: Its weights are missing, or do not fit its configuration.
    """
    config = FamilyConfig.read(found.config)
    if config is None:
        return None
    with torch.device("meta"):
        model = FamilyModel(config)
    weights = _weights(found)
    wanted: Mapping[str, Tensor] = dict(model.named_parameters())
    missing = sorted(wanted.keys() - weights.keys())
    if missing:
        raise ModelDamaged(f"{found.folder}: {len(missing)} weights are missing, {missing[0]} first; get it again")
    for name, parameter in wanted.items():
        if weights[name].shape != parameter.shape:
            shapes = f"{tuple(weights[name].shape)}, not {tuple(parameter.shape)}"
            raise ModelDamaged(f"{found.folder}: cannot be loaded ({name} is {shapes}); get or export it again")
        owner, _, last = name.rpartition(".")
        # A copy: the file may be mapped, and one that shrank would end the process (SIGBUS).
        tensor = weights[name].to(device, dtype, copy=True)
        setattr(model.get_submodule(owner), last, nn.Parameter(tensor, requires_grad=False))
    model.tie()
    return model.eval()


def _weights(found: Checkpoint) -> Mapping[str, Tensor]:
    """All tensors of a checkpoint, by name."""
    try:
        files = [load_file(file) for file in weight_files(found.folder, str(found.folder))]
    except (OSError, SafetensorError) as error:
        raise ModelDamaged(f"{found.folder}: cannot be loaded ({error}); get or export it again") from error
    return cast("Mapping[str, Tensor]", {name: tensor for file in files for name, tensor in file.items()})
