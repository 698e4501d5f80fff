"""Reads a prompt whose end is healed: one forward pass as a rule, a few more where the typed text is a surprise."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from codex_lsp.decoding.healing import Head, Tail, choose_head

Forward = Callable[[Sequence[int], Any, int], tuple[Tensor, Any]]
"""Tokens of one row, the cache before them, how many logits are wanted; those [wanted, vocabulary], and the cache."""


class HealedPrefill:
    """The cache of a prompt, and what the model says after it and after tokens tried at its end."""

    def __init__(self, prompt: Sequence[int], tail: Tail, forward: Forward) -> None:
        """Begin before the first token.

        Args:
            prompt: Token ids before the tail, at least one.
            tail: What was typed after them.
            forward: Runs the model.
        """
        self._prompt = tuple(prompt)
        self._tail = tail
        self._forward = forward
        self._cache: Any = None
        self._held: tuple[int, ...] = ()
        self._logits: dict[tuple[int, ...], Tensor] = {}

    @property
    def tokens(self) -> tuple[int, ...]:
        """What has to be read first: the prompt and, as a guess, the tail's usual head."""
        return (*self._prompt, *self._tail.usual.ids)

    def read(self, logits: Tensor, cache: Any) -> None:
        """Take in the logits after the last of `tokens` [up to all, vocabulary], and the cache."""
        self._held, self._cache = self._tail.usual.ids, cache
        for back, row in enumerate(reversed(logits[-len(self._held) - 1 :])):
            self._logits[self._held[: len(self._held) - back]] = row

    def head(self) -> tuple[Head, Tensor, Any]:
        """Choose the head; it, the logits after it [1, vocabulary], and the cache that holds it."""
        head = choose_head(self._tail, self._after)
        logits = self._after(head.ids)
        self._hold(head.ids)
        return head, logits.unsqueeze(0), self._cache

    def _after(self, ids: tuple[int, ...]) -> Tensor:
        if ids not in self._logits:
            # What follows the prompt alone is known, so there is a last token to read.
            known = min(_common(self._held, ids), len(ids) - 1)
            self._shrink(known)
            self._extend(ids)
        return self._logits[ids]

    def _hold(self, ids: tuple[int, ...]) -> None:
        """Make the cache hold the prompt and these tokens."""
        self._shrink(_common(self._held, ids))
        if ids != self._held:
            self._extend(ids)

    def _extend(self, ids: tuple[int, ...]) -> None:
        start = len(self._held)
        logits, self._cache = self._forward(ids[start:], self._cache, len(ids) - start)
        self._held = ids
        for place, row in enumerate(logits):
            self._logits[ids[: start + place + 1]] = row

    def _shrink(self, size: int) -> None:
        """Keep the first `size` of the tokens that are held."""
        surplus = len(self._held) - size
        self._held = self._held[:size]
        if not surplus:
            return
        try:
            self._cache.crop(-surplus)
        except (AttributeError, NotImplementedError, RuntimeError):
            # Layers that forget (sliding windows) cannot go back, so they read again.
            _, self._cache = self._forward((*self._prompt, *self._held), None, 1)


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many first tokens are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))
