"""Any causal language model that `transformers` runs, on its own forward pass: the way for what ours does not know."""

import inspect
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor
from transformers import PreTrainedModel

from codex_lsp.decoding.network import PREFILL_TOKENS


class PlainNetwork:
    """The small interface over a model of `transformers`.

    Attributes:
        steps: Forward passes done so far.
        drafts: False: rows of one batch are equally long.
    """

    drafts = False

    def __init__(self, model: PreTrainedModel) -> None:
        """Take over a loaded model, in evaluation mode, on its device."""
        self.steps = 0
        self._model = model
        self._keeps_logits = "logits_to_keep" in inspect.signature(model.forward).parameters

    def read(self, prompt: Sequence[int], rows: int, tenant: str | None, *, kept: bool = True) -> "PlainReading":  # noqa: ARG002 - nothing is kept
        """Begin to read a prompt."""
        return PlainReading(self, prompt, rows)

    @torch.inference_mode()
    def forward(self, ids: Sequence[Sequence[int]], cache: Any, *, keep: int) -> tuple[Tensor, Any]:
        """One forward pass over tokens [batch, length]: the last `keep` logits [batch, keep, vocabulary], the cache."""
        self.steps += 1
        wanted = {"logits_to_keep": keep} if self._keeps_logits else {}
        tokens = torch.tensor(ids, device=self._model.device)
        output: Any = self._model(input_ids=tokens, past_key_values=cache, use_cache=True, **wanted)
        return output.logits[:, -keep:].float(), output.past_key_values


class PlainReading:
    """A prompt and its rows, as a batch that shrinks."""

    def __init__(self, network: PlainNetwork, prompt: Sequence[int], rows: int) -> None:
        """Nothing is read yet."""
        self._network = network
        self._prompt = prompt
        # At first all rows share the one that was prefilled.
        self._places = dict.fromkeys(range(rows), 0)
        self._cache: Any = None

    def prompt(self, cancelled: Callable[[], bool]) -> Tensor | None:
        """Read the prompt."""
        logits: Tensor | None = None
        for start in range(0, len(self._prompt), PREFILL_TOKENS):
            if start and cancelled():
                return None
            chunk = self._prompt[start : start + PREFILL_TOKENS]
            logits, self._cache = self._network.forward([chunk], self._cache, keep=1)
        return None if logits is None else logits[:, -1]

    def step(self, rows: Sequence[int], ids: Sequence[Sequence[int]]) -> Tensor:
        """Read equally many tokens of each row."""
        places = [self._places[row] for row in rows]
        if places != list(range(len(set(self._places.values())))):
            # Unlike the cache's other ways to grow and shrink, this one is there for every kind of layer.
            self._cache.reorder_cache(torch.tensor(places))
        self._places = {row: place for place, row in enumerate(rows)}
        logits, self._cache = self._network.forward(ids, self._cache, keep=len(ids[0]))
        return logits.flatten(0, 1)

    def rewind(self, row: int, tokens: int) -> None:
        """Never asked for: there are no drafts."""
        raise NotImplementedError(f"row {row} cannot forget {tokens} tokens")

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget the cache."""
        self._cache = None
