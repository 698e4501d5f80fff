"""Weights of a small network for a larger one that computes the same (Net2Net; Chen, Goodfellow and Shlens, 2016).

What is new reads the stream and writes nothing to it: new columns of the embedding and new rows and columns of the
projections that write begin at zero, the rest as the larger network was initialised. So training goes on from the loss
that the small network had, and the new parts learn from the first step.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from codex_lsp.errors import TrainingError
from codex_lsp.training.network import Network

_LAYER = "model.layers.{}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the tensors of a checkpoint tell of its network."""

    vocabulary: int
    width: int
    hidden: int
    layers: int
    heads: int
    groups: int
    head_size: int


def shape_of(weights: dict[str, Tensor]) -> Shape:
    """The shape of a network from its weights by name.

    Raises:
        KeyError: A name is missing: the weights are of another architecture.
    """
    first = _LAYER.format(0)
    head_size = weights[f"{first}self_attn.q_norm.weight"].shape[0]
    vocabulary, width = weights["model.embed_tokens.weight"].shape
    return Shape(
        vocabulary=vocabulary,
        width=width,
        hidden=weights[f"{first}mlp.gate_proj.weight"].shape[0],
        layers=sum(name.endswith("self_attn.q_norm.weight") for name in weights),
        heads=weights[f"{first}self_attn.q_proj.weight"].shape[0] // head_size,
        groups=weights[f"{first}self_attn.k_proj.weight"].shape[0] // head_size,
        head_size=head_size,
    )


def grown(weights: dict[str, Tensor], network: Network) -> dict[str, Tensor]:
    """The weights of a network of the same vocabulary and head size, for `network`, which is as large or larger.

    Old layers keep their order and spread evenly over the new ones; a layer between them adds nothing at first.

    Args:
        weights: By their checkpoint names; not changed.
        network: Freshly initialised; not changed.

    Returns:
        All of the weights of `network`, by name.

    Raises:
        TrainingError: The network is smaller somewhere, or of another kind.
    """
    fresh = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    try:
        old, new = shape_of(weights), shape_of(fresh)
    except KeyError as error:
        raise TrainingError(f"{error.args[0]} is missing: not a model that this trains") from error
    _check(old, new)
    places = [index * new.layers // old.layers for index in range(old.layers)]
    for index in set(range(new.layers)) - set(places):
        for name in ("self_attn.o_proj.weight", "mlp.down_proj.weight"):
            fresh[_LAYER.format(index) + name].zero_()
    for name, tensor in weights.items():
        target = fresh.get(_placed(name, places))
        if target is None:
            raise TrainingError(f"{name} is unknown: not a model that this trains")
        _put(tensor, target, name, old, new)
    return fresh


def _check(old: Shape, new: Shape) -> None:
    """Refuse what cannot grow."""
    if (old.vocabulary, old.head_size) != (new.vocabulary, new.head_size):
        raise TrainingError(
            f"its vocabulary of {old.vocabulary} and heads of {old.head_size} are not the preset's {new.vocabulary} "
            f"and {new.head_size}, which cannot grow; name the preset it was trained with"
        )
    smaller = [
        f"{what} {have} to {wanted}"
        for what, have, wanted in (
            ("width", old.width, new.width),
            ("hidden units", old.hidden, new.hidden),
            ("layers", old.layers, new.layers),
            ("key-value heads", old.groups, new.groups),
            ("query heads for each of them", old.heads // old.groups, new.heads // new.groups),
        )
        if have > wanted
    ]
    if smaller:
        raise TrainingError(f"a model cannot shrink ({', '.join(smaller)}); name the preset it was trained with")


def _placed(name: str, places: list[int]) -> str:
    """The name of a tensor in the larger network."""
    if not name.startswith("model.layers."):
        return name
    model, layers, index, rest = name.split(".", 3)
    return f"{model}.{layers}.{places[int(index)]}.{rest}"


def _put(tensor: Tensor, target: Tensor, name: str, old: Shape, new: Shape) -> None:
    """Copy one tensor into its larger place, and silence what would write to the stream besides."""
    if name.endswith("norm.weight"):
        # Zeros beside the old stream make its mean square smaller by the widths' ratio.
        wider = tensor.shape[0] < target.shape[0]
        target.fill_(1.0)
        target[: tensor.shape[0]] = tensor * (math.sqrt(old.width / new.width) if wider else 1.0)
        return
    if name.endswith(("embed_tokens.weight", "o_proj.weight", "down_proj.weight")):
        target.zero_()
    rows, columns = torch.arange(tensor.shape[0]), torch.arange(tensor.shape[1])
    if name.endswith("q_proj.weight"):
        rows = _head_rows(old, new)
    elif name.endswith("o_proj.weight"):
        columns = _head_rows(old, new)
    target[rows[:, None], columns] = tensor


def _head_rows(old: Shape, new: Shape) -> Tensor:
    """Where the rows of the old query heads lie: each stays with its head of keys."""
    before, after = old.heads // old.groups, new.heads // new.groups
    heads = torch.arange(old.heads)
    placed = heads // before * after + heads % before
    return (placed[:, None] * old.head_size + torch.arange(old.head_size)).flatten()
