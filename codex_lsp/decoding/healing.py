"""Token healing: what was typed after the last stable place of a prompt decides what the first tokens may be.

A cursor stands anywhere in a word, and the tokens of half a word are not those with which the whole word begins; nor
are those of blanks the ones before a word. A model that is shown them continues a text that it never saw. So a prompt
ends before what may still change (`Vocabulary.stable_end`), and the rest, as bytes, must be spelled by what the model
itself gives.

Many sequences of tokens spell the same bytes. Masking each step leads astray: the likeliest first token is often a
short one after which the rest is forced upon a model that never says it so (`f` before `oo`). So the sequence is
chosen by what it leads to:

1. Where the model's own greedy choices spell the typed bytes, whatever those choices are, they are taken: greedy
   completion of typed text is then the completion of the same text untyped, token for token.
2. Otherwise the **head** is taken, of all sequences of tokens that end within the typed bytes, after which the model
   gives most probability to tokens that begin with what is left of them: `P(head) * P(begins with rest | head)` is
   largest. A best-first search finds it exactly, and as a rule needs no forward pass beside the prefill.

All rows share the head; the first token of each is drawn among those that begin with the rest. Heads are no part of a
row. Neither is a first token that is the rest and no more. One that goes on is part of its row and counts whole, with
its raw log-probability, like any token that straddles the cursor.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

import torch
from torch import Tensor

from codex_lsp.decoding.prefix_index import PrefixIndex

MAX_TYPED_BYTES = 64
"""Of longer words, and longer runs of blanks or signs, the first tokens are taken as the tokenizer gives them."""
MAX_ASKED = 24
"""Sequences whose logits are asked for in one search; beyond, the tokenizer's own tokens are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Tokens that spell the first of some typed bytes, and the bytes that are left for the token after them."""

    ids: tuple[int, ...] = ()
    rest: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstToken:
    """What the first token of every row after a head must begin with; never changed, so that rows share it."""

    index: PrefixIndex
    rest: bytes

    def ids(self) -> Sequence[int]:
        """Ids of the tokens that may come next."""
        return self.index.starting_with(self.rest)

    def take(self, _: int) -> tuple[None, int]:
        """Choose one of them.

        Returns:
            What must still be spelled after it, which is nothing, and how many of the token's first bytes only spell
            again what is typed: they are no part of the row's text.
        """
        return None, len(self.rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The end of a prompt, which its rows spell.

    Attributes:
        typed: Its bytes; not empty.
        usual: The head that the tokenizer itself gives, with the bytes of its last token.
        index: The vocabulary.
    """

    typed: bytes
    usual: Head
    index: PrefixIndex

    def after(self, head: Head) -> FirstToken:
        """What is left of it for the first token of each row."""
        return FirstToken(index=self.index, rest=head.rest)


def tail_of(ids: Sequence[int], index: PrefixIndex, typed: bytes) -> tuple[tuple[int, ...], Tail | None]:
    """The tokens of what was typed last, in two: those that are taken as they are, and the tail.

    Args:
        ids: What the tokenizer makes of it.
        index: The vocabulary.
        typed: Its bytes; there is no tail where the tokens do not spell them, for want of a token.
    """
    pieces = [index.piece(id_) or b"" for id_ in ids]
    if b"".join(pieces) != typed or not typed:
        return tuple(ids), None
    fixed = 0
    while len(typed) > MAX_TYPED_BYTES and fixed < len(ids) - 1:
        typed = typed[len(pieces[fixed]) :]
        fixed += 1
    usual = Head(ids=tuple(ids[fixed:-1]), rest=pieces[-1])
    return tuple(ids[:fixed]), Tail(typed=typed, usual=usual, index=index)


Search = Generator[tuple[int, ...], Tensor, Head]
"""Asks for the logits [vocabulary] that follow the prompt and some tokens, again and again; returns the head."""


def choose_head(tail: Tail, after: Callable[[tuple[int, ...]], Tensor | None]) -> Head:
    """Choose the head for a tail.

    Args:
        tail: What was typed.
        after: The logits [vocabulary] that follow the prompt and some tokens; None once cancelled, and then the usual
            head is the answer. Asked first about no token, and mostly about nothing else.
    """
    search = find_head(tail)
    wanted = next(search)
    while True:
        logits = after(wanted)
        if logits is None:
            return tail.usual
        try:
            wanted = search.send(logits)
        except StopIteration as found:
            return found.value


def find_head(tail: Tail) -> Search:
    """Choose the head for a tail; the usual one where the search is too long."""
    search = _HeadSearch(tail.index, tail.typed)
    found = yield from search.own_way()
    if found is None:
        found = yield from search.likeliest()
    return tail.usual if found is None else found


class _HeadSearch:
    def __init__(self, index: PrefixIndex, typed: bytes) -> None:
        self._index = index
        self._typed = typed
        self._logprobs: dict[tuple[int, ...], Tensor] = {}

    def own_way(self) -> Generator[tuple[int, ...], Tensor, Head | None]:
        """The head on the way that the model goes by itself, if that spells the typed bytes."""
        head = Head(rest=self._typed)
        while len(self._logprobs) < MAX_ASKED:
            logprobs = yield from self._after(head.ids)
            id_ = int(logprobs.argmax())
            piece = self._index.piece(id_)
            if piece is None:
                return None
            if piece.startswith(head.rest):
                return head
            if not head.rest.startswith(piece):
                return None
            head = Head(ids=(*head.ids, id_), rest=head.rest[len(piece) :])
        return None

    def likeliest(self) -> Generator[tuple[int, ...], Tensor, Head | None]:
        """The head with the largest probability, that of what it leads to included."""
        # A head that is not looked into yet is at most as likely as its tokens are; of equals the first found counts.
        order = count()
        open_: list[tuple[float, int, bool, Head]] = [(0.0, next(order), False, Head(rest=self._typed))]
        while open_:
            cost, _, done, head = heappop(open_)
            if done:
                return head
            if len(self._logprobs) >= MAX_ASKED and head.ids not in self._logprobs:
                return None
            logprobs = yield from self._after(head.ids)
            covering = torch.tensor(self._index.starting_with(head.rest), device=logprobs.device)
            if len(covering):
                heappush(open_, (cost - logprobs[covering].logsumexp(0).item(), next(order), True, head))
            for id_ in self._index.starts_of(head.rest):
                rest = head.rest[len(self._index.piece(id_) or b"") :]
                longer = Head(ids=(*head.ids, id_), rest=rest)
                heappush(open_, (cost - logprobs[id_].item(), next(order), False, longer))
        return None

    def _after(self, ids: tuple[int, ...]) -> Generator[tuple[int, ...], Tensor, Tensor]:
        if ids not in self._logprobs:
            logits = yield ids
            self._logprobs[ids] = logits.float().log_softmax(-1)
        return self._logprobs[ids]
