"""Chooses tokens from a distribution mixed with a memory of texts (`memory.py`), and tells the model's own numbers."""

from collections.abc import Iterator, Sequence

from torch import Tensor

from codex_lsp.decoding.memory import DEPTH, Memory
from codex_lsp.decoding.sampler import Choice, Sampler
from codex_lsp.types import SamplingParams


class RecallingSampler:
    """As `Sampler`, for the rows of one request. Temperature and nucleus are those of the mixed distribution."""

    def __init__(self, params: SamplingParams, memory: Memory, history: Sequence[int]) -> None:
        """Take over how to sample.

        Args:
            params: As in `Sampler`.
            memory: What is mixed in.
            history: The tokens of text that all rows go on from; the last `DEPTH` are looked at.
        """
        self._sampler = Sampler(params)
        self._memory = memory
        self._history = tuple(history[-DEPTH:])
        self._rows: dict[int, tuple[int, ...]] = {}

    def choose(
        self, logits: Tensor, places: Sequence[tuple[int, int]], allowed: Sequence[Sequence[int] | None] = ()
    ) -> list[Choice]:
        """As `Sampler.choose`; a log-probability is of the raw logits, without the memory.

        What was chosen at one step of a row is what the next one remembers after, so the steps of a draft come one
        after another; of a draft that turns out wrong the rest is not looked at by anybody.
        """
        raw = logits.log_softmax(-1).expand(len(places), -1)
        choices: dict[int, Choice] = {}
        for wave in _waves(places):
            own = raw[wave]
            mixed = self._memory.mixed(own, [self._before(*places[at]) for at in wave])
            masks = [allowed[at] for at in wave] if allowed else ()
            drawn = self._sampler.choose(mixed, [places[at] for at in wave], masks)
            for at, choice, logprobs in zip(wave, drawn, own, strict=True):
                row, step = places[at]
                self._rows[row] = (*self._rows.get(row, ())[:step], choice.id)
                choices[at] = Choice(id=choice.id, logprob=float(logprobs[choice.id]))
        return [choices[at] for at in range(len(places))]

    def _before(self, row: int, step: int) -> tuple[int, ...]:
        return (*self._history, *self._rows.get(row, ())[:step])[-DEPTH:]


def _waves(places: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """The numbers of places in groups that hold a row once, its earlier steps first."""
    left = list(range(len(places)))
    while left:
        rows: set[int] = set()
        wave = [at for at in left if places[at][0] not in rows and not rows.add(places[at][0])]
        yield wave
        left = [at for at in left if at not in wave]
