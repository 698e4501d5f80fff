"""What the format Q8_0 does to a network, in torch: the error that no program can avoid which computes in it."""

from pathlib import Path

import gguf
import torch
from torch import Tensor

from codex_lsp.models.checkpoint import check_folder
from codex_lsp.training.gguf_tensors import BLOCK, CheckpointTensors, network_shape


def through_q8(values: Tensor) -> Tensor:
    """What Q8_0 makes of numbers: of 32 neighbours, 255 steps between plus and minus the largest."""
    blocks = values.float().unflatten(-1, (-1, BLOCK))
    scale = blocks.abs().amax(-1, keepdim=True) / 127
    inverse = torch.where(scale > 0, 1 / scale, 0.0)
    return ((blocks * inverse).round() * scale.half().float()).flatten(-2)


def round_weights(network: torch.nn.Module, folder: Path, path: Path) -> None:
    """Give a network the weights that are in a GGUF file.

    Raises:
        ModelUnavailable: It cannot be read.
    """
    found = check_folder(folder)
    names = {tensor.name: tensor.source for tensor in CheckpointTensors(found, network_shape(found)).listed("q8_0")}
    state: dict[str, Tensor] = {}
    for tensor in gguf.GGUFReader(path).tensors:
        source = names[tensor.name]
        state[source] = torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).copy())
    own = network.state_dict()
    network.load_state_dict({name: state[name].reshape(own[name].shape) for name in own if name in state}, strict=False)


def round_products(network: torch.nn.Module) -> None:
    """Let every product read what Q8_0 makes of its input."""
    for part in network.modules():
        if isinstance(part, torch.nn.Linear):
            part.register_forward_pre_hook(lambda _, inputs: (through_q8(inputs[0]), *inputs[1:]))
