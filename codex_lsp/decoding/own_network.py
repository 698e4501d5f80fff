"""A model on our own forward pass: prompts are found in the cache, rows share them, drafts go along."""

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self

import torch
from torch import Tensor

from codex_lsp.decoding.cache import CacheShape, Lease, PrefixCache, TreeKey
from codex_lsp.decoding.network import PREFILL_TOKENS
from codex_lsp.decoding.sampler import Chooser
from codex_lsp.decoding.transformer import View
from codex_lsp.types import SamplingParams

_HIDDEN = float("-inf")
_SPARE_SLOTS = 256


class ForwardPass(Protocol):
    """A model's arithmetic: `Transformer`, or what reads a few tokens faster."""

    @property
    def shape(self) -> CacheShape:
        """What is kept of a token."""
        ...

    @property
    def token_price(self) -> float:
        """What one more token costs in a step of four, as a share of the step."""
        ...

    def forward(self, ids: Tensor, positions: Tensor, view: View, wanted: Tensor | None = None) -> Tensor:
        """As `Transformer.forward`."""
        ...

    def sampler(self, params: SamplingParams) -> Chooser:
        """What chooses tokens from its logits."""
        ...


class OwnNetwork:
    """The small interface over a forward pass and a cache.

    Attributes:
        transformer: The forward pass.
        steps: Forward passes done so far.
        drafts: True.
        token_price: That of the forward pass.
    """

    drafts = True

    def __init__(self, transformer: ForwardPass, cache: PrefixCache) -> None:
        """Read with `transformer`; what it has read is kept in `cache`, under keys of its own."""
        self.steps = 0
        self.transformer = transformer
        self.token_price = transformer.token_price
        self._cache = cache
        self._key = object()

    def sampler(self, params: SamplingParams) -> Chooser:
        """That of the forward pass."""
        return self.transformer.sampler(params)

    def read(self, prompt: Sequence[int], rows: int, tenant: str | None, *, kept: bool = True) -> "OwnReading":
        """Begin to read a prompt."""
        cache = self._cache if kept else PrefixCache(max_bytes=0)
        lease = cache.lease(TreeKey(self._key, tenant), prompt, self.transformer.shape)
        return OwnReading(self, lease, prompt, rows)

    def read_ahead(self, prompt: Sequence[int], tenant: str | None) -> Iterator[None]:
        """Count a prompt, and read all pieces of it but the last one into the cache."""
        shape = self.transformer.shape
        lease = self._cache.lease(TreeKey(self._key, tenant), prompt, shape, counted=True)
        with OwnReading(self, lease, prompt, 0) as reading:
            while reading.unread > PREFILL_TOKENS and self._cache.holds(len(prompt), shape):
                reading.read_piece()
                yield


class OwnReading:
    """A prompt and its rows.

    Tokens of rows lie behind the prompt in the same memory, in the order of their steps, so that one product gives the
    scores of all rows over all of it; what a row does not see is masked.
    """

    def __init__(self, network: OwnNetwork, lease: Lease, prompt: Sequence[int], rows: int) -> None:
        """Hold a lease."""
        self._network = network
        self._lease = lease
        self._prompt = prompt
        self._start = lease.matched
        self._lengths = [0] * rows
        self._device = network.transformer.shape.device
        # What each row sees of the tokens behind the prompt: zero, or minus infinity.
        self._seen = torch.empty((rows, 0), device=self._device)
        self._ends: dict[int, int] = {}
        # What tokens of one step see of each other, and all rows of them, by how rows shared the step: mostly alike.
        self._among: dict[tuple[tuple[int, int], ...], tuple[Tensor, Tensor, Tensor]] = {}

    def prompt(self, cancelled: Callable[[], bool]) -> Tensor | None:
        """Read what of the prompt is not there yet."""
        logits: Tensor | None = None
        while self.unread:
            if logits is not None and cancelled():
                return None
            logits = self.read_piece()
        return logits

    @property
    def unread(self) -> int:
        """Tokens of the prompt that are not there yet."""
        return len(self._prompt) - self._start

    def read_piece(self) -> Tensor:
        """Read the next of them in one forward pass; the logits after the last one."""
        self._lease.room(self._lease.written + self.unread, spare=_SPARE_SLOTS)
        chunk = self._prompt[self._start : self._start + PREFILL_TOKENS]
        positions = torch.arange(self._start, self._start + len(chunk), device=self._device)
        mask = _hide(self._ones(len(chunk)).triu_(1))
        logits = self.forward(chunk, positions, used=self._lease.written, mask=mask, last=True)
        self._lease.commit(chunk)
        self._start += len(chunk)
        return logits

    def step(self, rows: Sequence[int], ids: Sequence[Sequence[int]]) -> Tensor:
        """Read tokens of rows."""
        flat = [id_ for part in ids for id_ in part]
        positions = [
            len(self._prompt) + self._lengths[row] + place
            for row, part in zip(rows, ids, strict=True)
            for place in range(len(part))
        ]
        owner, among, after = self._shares(tuple((row, len(part)) for row, part in zip(rows, ids, strict=True)))
        mask = torch.cat((self._seen[owner], among), 1)
        used = self._lease.written + self._seen.shape[1]
        logits = self.forward(flat, torch.tensor(positions, device=self._device), used=used, mask=mask)
        self._note(rows, ids, after)
        return logits

    def rewind(self, row: int, tokens: int) -> None:
        """Forget the last tokens of a row."""
        end = self._ends[row]
        self._seen[row, end - tokens : end] = _HIDDEN
        self._lengths[row] -= tokens
        self._ends[row] -= tokens

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lease back."""
        self._lease.close()

    def forward(self, ids: Sequence[int], positions: Tensor, *, used: int, mask: Tensor, last: bool = False) -> Tensor:
        """One forward pass over tokens that are written behind the first `used` ones of the lease's memory."""
        room = self._lease.room(used + len(ids), spare=_SPARE_SLOTS)
        view = View(shared=self._lease.shared, room=room, used=used, mask=mask)
        wanted = torch.tensor([len(ids) - 1], device=self._device) if last else None
        self._network.steps += 1
        return self._network.transformer.forward(torch.tensor(ids, device=self._device), positions, view, wanted)

    def _shares(self, shares: tuple[tuple[int, int], ...]) -> tuple[Tensor, Tensor, Tensor]:
        """Whose the tokens of a step are; what is added to their scores among themselves, and later to all rows'.

        Args:
            shares: Rows, and how many tokens each has in the step.
        """
        if shares not in self._among:
            owner = torch.tensor([row for row, tokens in shares for _ in range(tokens)], device=self._device)
            # Among themselves, tokens see those of their own row that are not after them.
            strangers = (owner[:, None] != owner) | self._ones(len(owner)).triu_(1)
            everyone = torch.arange(len(self._lengths), device=self._device)
            self._among[shares] = (owner, _hide(strangers), _hide(everyone[:, None] != owner))
        return self._among[shares]

    def _note(self, rows: Sequence[int], ids: Sequence[Sequence[int]], after: Tensor) -> None:
        """Remember who sees what was read."""
        end = self._seen.shape[1]
        for row, part in zip(rows, ids, strict=True):
            end += len(part)
            self._ends[row] = end
            self._lengths[row] += len(part)
        self._seen = torch.cat((self._seen, after), 1)

    def _ones(self, tokens: int) -> Tensor:
        return torch.ones((tokens, tokens), dtype=torch.bool, device=self._device)


def _hide(strangers: Tensor) -> Tensor:
    """What is added to scores: minus infinity for strangers."""
    return torch.zeros(strangers.shape, device=strangers.device).masked_fill_(strangers, _HIDDEN)
