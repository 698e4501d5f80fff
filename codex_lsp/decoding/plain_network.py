"""Any causal language model that `transformers` runs, on its own forward pass: the way for what ours does not know.

The last few prompts are kept as they were read, whole, since not every kind of layer can go back: a prompt that begins
with one of them pays for the rest.
"""

import copy
import inspect
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor

from codex_lsp.decoding.network import PREFILL_TOKENS
from codex_lsp.decoding.sampler import Sampler
from codex_lsp.types import SamplingParams

if TYPE_CHECKING:
    from transformers import PreTrainedModel

KEPT_PROMPTS = 3
"""What was typed last, what is being typed, and one way of the search for its head."""


class PlainNetwork:
    """The small interface over a model of `transformers`.

    Attributes:
        steps: Forward passes done so far.
        drafts: False: rows of one batch are equally long.
        token_price: Of no use without drafts.
    """

    drafts = False
    token_price = 0.0

    def __init__(self, model: "PreTrainedModel") -> None:
        """Take over a loaded model, in evaluation mode, on its device."""
        self.steps = 0
        self._model = model
        self._keeps_logits = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._read: deque[_Read] = deque(maxlen=KEPT_PROMPTS)

    def sampler(self, params: SamplingParams) -> Sampler:
        """What chooses the tokens of a request."""
        return Sampler(params)

    def read(self, prompt: Sequence[int], rows: int, tenant: str | None, *, kept: bool = True) -> "PlainReading":
        """Begin to read a prompt."""
        return PlainReading(self, tuple(prompt), rows, tenant, kept=kept)

    def read_ahead(self, prompt: Sequence[int], tenant: str | None) -> Iterator[None]:
        """Read a prompt of several pieces whole: it is kept so or not at all."""
        ids = tuple(prompt)
        found = self.found(ids, tenant)
        if len(ids) - (0 if found is None else len(found.prompt)) <= PREFILL_TOKENS:
            return
        with self.read(ids, 0, tenant) as reading:
            while reading.unread:
                reading.read_piece()
                yield

    def found(self, prompt: tuple[int, ...], tenant: str | None) -> "_Read | None":
        """The longest kept prompt that this one begins with."""
        fits = [read for read in self._read if read.tenant == tenant and prompt[: len(read.prompt)] == read.prompt]
        return max(fits, key=lambda read: len(read.prompt), default=None)

    def keep(self, read: "_Read") -> None:
        """Keep a prompt that was read, in the place of the oldest."""
        self._read.append(read)

    @torch.inference_mode()
    def forward(self, ids: Sequence[Sequence[int]], cache: Any, *, keep: int) -> tuple[Tensor, Any]:
        """One forward pass over tokens [batch, length]: the last `keep` logits [batch, keep, vocabulary], the cache."""
        self.steps += 1
        wanted = {"logits_to_keep": keep} if self._keeps_logits else {}
        tokens = torch.tensor(ids, device=self._model.device)
        output: Any = self._model(input_ids=tokens, past_key_values=cache, use_cache=True, **wanted)
        return output.logits[:, -keep:].float(), output.past_key_values


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A prompt that was read for someone: the logits after it [1, 1, vocabulary], and the cache, never written to."""

    prompt: tuple[int, ...]
    tenant: str | None
    logits: Tensor
    cache: Any


class PlainReading:
    """A prompt and its rows, as a batch that shrinks."""

    def __init__(
        self, network: PlainNetwork, prompt: tuple[int, ...], rows: int, tenant: str | None, *, kept: bool
    ) -> None:
        """Begin with what is kept of the prompt."""
        self._network = network
        self._prompt = prompt
        self._tenant = tenant
        self._kept = kept
        # At first all rows share the one that was prefilled.
        self._places = dict.fromkeys(range(rows), 0)
        found = network.found(prompt, tenant) if kept else None
        # Rows write to their cache.
        self._cache: Any = None if found is None else copy.deepcopy(found.cache)
        self._logits = None if found is None else found.logits
        self._start = 0 if found is None else len(found.prompt)

    def prompt(self, cancelled: Callable[[], bool]) -> Tensor | None:
        """Read what of the prompt is not there yet."""
        begin = self._start
        while self.unread:
            if self._start > begin and cancelled():
                return None
            self.read_piece()
        return None if self._logits is None else self._logits[:, -1]

    @property
    def unread(self) -> int:
        """Tokens of the prompt that are not there yet."""
        return len(self._prompt) - self._start

    def read_piece(self) -> Tensor:
        """Read the next of them in one forward pass; the logits after the last one."""
        chunk = self._prompt[self._start : self._start + PREFILL_TOKENS]
        logits, self._cache = self._network.forward([chunk], self._cache, keep=1)
        self._logits = logits
        self._start += len(chunk)
        if self._kept and not self.unread:
            read = _Read(prompt=self._prompt, tenant=self._tenant, logits=logits, cache=copy.deepcopy(self._cache))
            self._network.keep(read)
        return logits[:, -1]

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
