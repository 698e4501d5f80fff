"""Logits in float32 over hidden states of fewer bits.

A logit near 16 that is rounded to bfloat16 is off by up to 0.06, which is more than a whole model's other roundings
together: it makes ties of what is none, and log-probabilities that differ from those of the same weights elsewhere.
"""

from typing import TYPE_CHECKING, cast

from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from transformers import PreTrainedModel

MAX_PARAMETERS = 32_000_000
"""Of larger heads a second copy costs too much memory and time: 128 MB in float32."""


class WideHead(nn.Module):
    """An output layer that multiplies in float32."""

    def __init__(self, head: nn.Linear) -> None:
        """Copy the weights of `head`; where they are tied to the embedding, that stays as it is."""
        super().__init__()
        self.weight = nn.Parameter(head.weight.detach().float(), requires_grad=False)
        bias = cast("Tensor | None", head.bias)
        self.bias = None if bias is None else nn.Parameter(bias.detach().float(), requires_grad=False)

    def forward(self, hidden: Tensor) -> Tensor:
        """Hidden states [..., width] to float32 logits [..., vocabulary]."""
        return functional.linear(hidden.float(), self.weight, self.bias)


def widen_head(model: "PreTrainedModel") -> None:
    """Give a model of fewer bits than 32 logits in float32, unless its head is too large for a second copy."""
    head = model.get_output_embeddings()
    if type(head) is nn.Linear and head.weight.itemsize < 4 and head.weight.numel() <= MAX_PARAMETERS:  # noqa: PLR2004 - bytes of a float32
        model.set_output_embeddings(WideHead(head))
