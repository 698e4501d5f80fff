"""What `Sampler` does, in C: all rows of a step in one call."""

from array import array
from collections.abc import Sequence
from ctypes import Array

import torch
from torch import Tensor

from codex_lsp.decoding.draw import uniform
from codex_lsp.decoding.native.library import Library
from codex_lsp.decoding.native.structures import Draw
from codex_lsp.decoding.sampler import Choice, is_greedy, not_finite
from codex_lsp.types import SamplingParams

_FLOAT_BYTES = 4


class NativeSampler:
    """Chooses tokens for the rows of one request."""

    def __init__(self, params: SamplingParams, library: Library, variant: str) -> None:
        """As `Sampler`, by a variant of the library."""
        self._params = params
        self._library = library
        self._variant = variant
        self._scratch = torch.empty(0, dtype=torch.uint8)

    def choose(
        self, logits: Tensor, places: Sequence[tuple[int, int]], allowed: Sequence[Sequence[int] | None] = ()
    ) -> list[Choice]:
        """As `Sampler.choose`."""
        logits = logits.float().contiguous()
        rows, vocabulary = logits.shape
        if rows not in (1, len(places)) or (allowed and len(allowed) != len(places)):
            raise ValueError(f"{rows} rows of logits and {len(allowed)} of ids for {len(places)} places")
        step = vocabulary * _FLOAT_BYTES if rows > 1 else 0
        draws = (Draw * len(places))()
        for number, (draw, (row, position)) in enumerate(zip(draws, places, strict=True)):
            draw.logits, draw.vocabulary = logits.data_ptr() + number * step, vocabulary
            if not is_greedy(self._params, row):
                draw.temperature, draw.top_p = self._params.temperature, self._params.top_p
                draw.point = uniform(self._params.seed, row, position)
        # What the structures point at must live until they were used.
        held = _allow(draws, allowed)
        finite = self._library.choose(self._variant, draws, self._room(vocabulary))
        del held
        if not finite:
            raise not_finite()
        return [Choice(id=draw.id, logprob=draw.logprob) for draw in draws]

    def _room(self, vocabulary: int) -> int:
        """The address of enough scratch memory; a multiple of 64, as all that torch gives."""
        if (size := self._library.choose_scratch_bytes(vocabulary)) > len(self._scratch):
            self._scratch = torch.empty(size, dtype=torch.uint8)
        return self._scratch.data_ptr()


def _allow(draws: Array[Draw], allowed: Sequence[Sequence[int] | None]) -> list["array[int]"]:
    """Point at the ids that may be chosen, in order."""
    held: list[array[int]] = []
    for draw, ids in zip(draws, allowed, strict=False):
        if ids is not None:
            held.append(array("q", sorted(ids)))
            draw.allowed, draw.among = held[-1].buffer_info()
    return held
