"""Steps of our own forward pass as captured graphs: on a CUDA device a small model waits for launches, not arithmetic.

A graph replays the same kernels on the same addresses. So a step's tokens, positions, mask, keys and values are copied
into buffers of a fixed size, one graph for each pair of sizes: tokens and context rounded up to powers of two. What is
seen lies at the beginning of a buffer, the step's own tokens at its end, and the mask hides what is between. Copying
keys and values costs each step about as much as attention's reading of them; in turn a graph knows nothing of whose
step the last one was, and generations may take turns.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from codex_lsp.decoding.cache import Cached, CacheShape
from codex_lsp.decoding.sampler import Chooser
from codex_lsp.decoding.transformer import MANUAL_ROWS, Transformer, View
from codex_lsp.types import SamplingParams

logger = logging.getLogger(__name__)

MOST_TOKENS = MANUAL_ROWS
"""Longer passes are prompts: their arithmetic is worth their launches."""
LEAST_CONTEXT = 512
MOST_CONTEXT = 16384
"""Longer contexts are read as they lie."""
_WARM_UPS = 2
_HIDDEN = float("-inf")

Step = Callable[[], Tensor]
"""Computes logits from buffers that stay where they are."""
Capture = Callable[[Step], tuple[Tensor, Callable[[], object]]]
"""Gives where a step's logits will lie, and what does the step again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Buffers:
    """What a graph reads: token ids and positions [tokens], mask [tokens, context], keys and values of the context."""

    ids: Tensor
    positions: Tensor
    mask: Tensor
    cached: Cached

    @property
    def own(self) -> int:
        """Where the step's own tokens begin."""
        return self.mask.shape[1] - self.mask.shape[0]

    def fill(self, ids: Tensor, positions: Tensor, view: View) -> None:
        """Copy a pass over at most as many tokens; those that are missing see themselves alone."""
        tokens, seen = len(ids), _seen(view)
        self.ids.zero_()[:tokens] = ids
        self.positions.zero_()[:tokens] = positions
        self.mask.fill_(_HIDDEN).diagonal(self.own).zero_()
        before = view.mask.shape[1] - tokens
        self.mask[:tokens, : seen - before] = 0.0
        self.mask[:tokens, seen - before : seen] = view.mask[:, :before]
        self.mask[:tokens, self.own : self.own + tokens] = view.mask[:, before:]
        start = 0
        for part in (*view.shared, view.room.part(view.used)):
            end = start + part.keys.shape[2]
            self.cached.keys[:, :, start:end] = part.keys
            self.cached.values[:, :, start:end] = part.values
            start = end

    def give_back(self, tokens: int, view: View) -> None:
        """Copy the keys and values of the pass to where its view wants them."""
        end = view.used + tokens
        view.room.keys[:, :, view.used : end] = self.cached.keys[:, :, self.own : self.own + tokens]
        view.room.values[:, :, view.used : end] = self.cached.values[:, :, self.own : self.own + tokens]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Graph:
    """One captured step."""

    buffers: _Buffers
    logits: Tensor
    replay: Callable[[], object]


class GraphedTransformer:
    """A `Transformer` whose steps are captured graphs; where a capture fails it goes on without, and the log says so.

    Attributes:
        shape: What is kept of a token.
        token_price: What one more token costs in a step of four, as a share of the step.
    """

    token_price = Transformer.token_price

    def __init__(self, transformer: Transformer, capture: Capture) -> None:
        """Run `transformer`, whose steps `capture` records."""
        self.shape: CacheShape = transformer.shape
        self._transformer = transformer
        self._capture: Capture | None = capture
        self._graphs: dict[tuple[int, int], _Graph] = {}
        self._cached: dict[int, Cached] = {}

    def sampler(self, params: SamplingParams) -> Chooser:
        """That of the transformer."""
        return self._transformer.sampler(params)

    @torch.inference_mode()
    def forward(self, ids: Tensor, positions: Tensor, view: View, wanted: Tensor | None = None) -> Tensor:
        """As `Transformer.forward`."""
        sizes = None if wanted is not None else sizes_for(len(ids), _seen(view))
        graph = None if sizes is None else self._graphs.get(sizes) or self._captured(*sizes)
        if graph is None:
            return self._transformer.forward(ids, positions, view, wanted)
        graph.buffers.fill(ids, positions, view)
        graph.replay()
        graph.buffers.give_back(len(ids), view)
        # The next replay writes over it.
        return graph.logits[: len(ids)].clone()

    def _captured(self, tokens: int, context: int) -> _Graph | None:
        if self._capture is None:
            return None
        try:
            buffers = self._buffers(tokens, context)
            view = View(shared=(), room=buffers.cached, used=buffers.own, mask=buffers.mask)
            logits, replay = self._capture(
                lambda: self._transformer.forward(buffers.ids, buffers.positions, view, None)
            )
        except RuntimeError as error:  # what torch raises for all that a device refuses, memory too
            logger.warning("decode steps are not captured as graphs: %s", " ".join(str(error).split())[:200])
            self._capture = None
            self._graphs.clear()
            return None
        graph = self._graphs[tokens, context] = _Graph(buffers=buffers, logits=logits, replay=replay)
        return graph

    def _buffers(self, tokens: int, context: int) -> _Buffers:
        device = self.shape.device
        if context not in self._cached:
            self._cached[context] = self.shape.empty(context)
            # Nothing is seen of what was never written, but a weight of zero does not make a number of what is none.
            for side in (self._cached[context].keys, self._cached[context].values):
                side.zero_()
        mask = torch.full((tokens, context), _HIDDEN, device=device)
        mask.diagonal(context - tokens).zero_()
        ids, positions = (torch.zeros(tokens, dtype=torch.long, device=device) for _ in range(2))
        return _Buffers(ids=ids, positions=positions, mask=mask, cached=self._cached[context])


def sizes_for(tokens: int, seen: int) -> tuple[int, int] | None:
    """Tokens and context of the smallest graph for a pass over `tokens` that see `seen` others; None for no graph.

    >>> sizes_for(3, 600)
    (4, 1024)
    """
    room = _power(tokens)
    context = max(_power(seen + room), LEAST_CONTEXT)
    return (room, context) if 0 < tokens <= MOST_TOKENS and context <= MOST_CONTEXT else None


def cuda_capture(step: Step) -> tuple[Tensor, Callable[[], object]]:
    """Record a step on the current CUDA device (`torch.cuda.graph`)."""
    # What libraries set up at first use must be there before, on the same stream.
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(_WARM_UPS):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
        logits = step()
    return logits, graph.replay


def _seen(view: View) -> int:
    return sum(part.keys.shape[2] for part in view.shared) + view.used


def _power(number: int) -> int:
    """The smallest power of two that is not less."""
    return 1 << max(number - 1, 0).bit_length()
