"""What the texts of a workspace said after the same tokens: counts that are mixed into a model's own distribution.

A small model forgets what it read a page ago, and never read the other files; a count of what followed the same tokens
there does neither (Hellendoorn and Devanbu, 2017: a cache of the files in use helps most where the model is weak). For
the last 1, 2, 4 and 8 tokens all places where they stand are found, in a list of the places sorted by what is before
each, read backwards. The tokens that follow are mixed with the model's by fixed shares (Jelinek and Mercer, 1980),
which depend on how many tokens agree at best. They were found by expectation maximisation on texts that no model of
ours learned from and no figure is told of (`docs/explanation/experiments.md`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

ORDERS = (1, 2, 4, 8)
SHARES = (
    (0.878, 0.122),
    (0.712, 0.046, 0.242),
    (0.485, 0.017, 0.133, 0.365),
    (0.283, 0.036, 0.134, 0.180, 0.367),
)
"""By the longest order that agrees: the model's share, then that of each order up to it."""
DEPTH = ORDERS[-1]
LEAST_AGREEING = 4
"""Tokens that must agree for what follows to be guessed as a draft."""
_BETWEEN = -1


class Places:
    """All places of some texts, sorted by the tokens before each, the last one first. Never changed."""

    def __init__(self, texts: Iterable[Sequence[int]]) -> None:
        """Sort them: about a tenth of a millisecond for each thousand tokens."""
        # No token agrees with what is between two texts.
        between = np.array([_BETWEEN], np.int32)
        parts = chain.from_iterable((np.asarray(text, np.int32), between) for text in texts)
        ids = np.concatenate((between.repeat(DEPTH), *parts))
        places = np.flatnonzero((ids[:-1] >= 0) & (ids[1:] >= 0))
        ordered = places[np.argsort(_ranks(ids)[places], kind="stable")]
        self.next = torch.from_numpy(ids[ordered + 1].astype(np.int64))
        """The token after each place."""
        self._ids = ids.data
        self._ordered = ordered.data

    def __len__(self) -> int:
        """How many places there are."""
        return len(self._ordered)

    def tokens_from(self, number: int, most: int) -> tuple[int, ...]:
        """Up to `most` tokens that follow a place, to the end of its text."""
        start = self._ordered[number] + 1
        following = self._ids[start : start + most].tolist()
        return tuple(following[: following.index(_BETWEEN)] if _BETWEEN in following else following)

    def after(self, history: Sequence[int]) -> list[range]:
        """For each of `ORDERS`, while there are any: the places where that many of the last tokens stand."""
        found: list[range] = []
        within = range(len(self._ordered))
        for back, token in enumerate(reversed(history[-DEPTH:])):
            first = bisect_left(within, token, key=lambda at: self._ids[self._ordered[at] - back])
            last = bisect_right(within, token, lo=first, key=lambda at: self._ids[self._ordered[at] - back])
            within = within[first:last]
            if not within:
                break
            if back + 1 in ORDERS:
                found.append(within)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What may be remembered while the rows of one request are decoded."""

    parts: tuple[Places, ...]

    def mixed(self, logprobs: Tensor, histories: Sequence[Sequence[int]]) -> Tensor:
        """A model's log-probabilities, mixed with what followed the same tokens before.

        Args:
            logprobs: [rows, vocabulary].
            histories: The last tokens of each row, `DEPTH` of them at most are looked at.
        """
        mixed = logprobs.exp()
        for row, history in zip(mixed, histories, strict=True):
            self._mix(row, history)
        return mixed.log_()

    def _mix(self, probabilities: Tensor, history: Sequence[int]) -> None:
        found = [part.after(history) for part in self.parts]
        longest = max(map(len, found), default=0)
        if not longest:
            return
        share, *shares = SHARES[longest - 1]
        counts = [sum(len(ranges[order]) for ranges in found if order < len(ranges)) for order in range(longest)]
        probabilities.mul_(share)
        for part, ranges in zip(self.parts, found, strict=True):
            if ranges:
                first = ranges[0]
                weights = np.zeros(len(first), np.float32)
                for range_, order_share, count in zip(ranges, shares, counts, strict=False):
                    weights[range_.start - first.start : range_.stop - first.start] += order_share / count
                next_ = part.next[first.start : first.stop].to(probabilities.device)
                probabilities.index_add_(0, next_, torch.from_numpy(weights).to(probabilities.device))

    def following(self, history: Sequence[int], most: int) -> tuple[int, ...]:
        """Up to `most` tokens that follow where most of the last tokens agree, `LEAST_AGREEING` of them at least."""
        found = [(part, part.after(history)) for part in self.parts]
        part, ranges = max(found, key=lambda each: len(each[1]))
        if not ranges or ORDERS[len(ranges) - 1] < LEAST_AGREEING:
            return ()
        return part.tokens_from(ranges[-1][-1], most)


def _ranks(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """The order of places by the `DEPTH` tokens before each, which doubling finds: equal where those are equal."""
    ranks = ids.astype(np.int64) + 1
    reach = 1
    while reach < DEPTH:
        earlier = np.concatenate((np.zeros(reach, np.int64), ranks[:-reach]))
        ranks = np.unique(ranks * (int(ranks.max(initial=0)) + 1) + earlier, return_inverse=True)[1]
        reach *= 2
    return ranks
