"""The head of typed text is the model's own way to spell it, or the likeliest one of all."""

import hashlib
import math
from collections.abc import Iterator

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from codex_lsp.decoding.healing import MAX_ASKED, MAX_TYPED_BYTES, Head, Tail, choose_head, tail_of
from codex_lsp.decoding.prefix_index import PrefixIndex

PIECES = (None, b"a", b"b", b"aa", b"ab", b"ba", b"bb", b"aab", b"abab", b"\n", b"ab")
INDEX = PrefixIndex(PIECES)
TYPED = st.text(alphabet="ab", min_size=1, max_size=5).map(str.encode)


def logits_after(seed: int, ids: tuple[int, ...]) -> Tensor:
    """What a made-up model says: any numbers, the same ones each time."""
    digest = hashlib.sha256(f"{seed}:{ids}".encode()).digest()
    return torch.tensor([byte / 32 for byte in digest[: len(PIECES)]])


def searched(seed: int, tail: Tail) -> tuple[Head, int]:
    """The head, and how many logits were asked for."""
    asked: list[tuple[int, ...]] = []

    def after(ids: tuple[int, ...]) -> Tensor:
        asked.append(ids)
        return logits_after(seed, ids)

    return choose_head(tail, after), len(asked)


def tail(typed: bytes) -> Tail:
    return Tail(typed=typed, usual=Head(ids=(), rest=typed), index=INDEX)


def heads(typed: bytes, before: tuple[int, ...] = ()) -> Iterator[Head]:
    """All of them."""
    yield Head(ids=before, rest=typed)
    for id_ in INDEX.starts_of(typed):
        yield from heads(typed[len(PIECES[id_] or b"") :], (*before, id_))


def weight(seed: int, head: Head) -> float:
    ways = [logits_after(seed, head.ids[:place]).log_softmax(-1) for place in range(len(head.ids) + 1)]
    said = sum(ways[place][id_].item() for place, id_ in enumerate(head.ids))
    covering = list(INDEX.starting_with(head.rest))
    return said + ways[-1][covering].logsumexp(0).item() if covering else -math.inf


def own_way(seed: int, typed: bytes) -> Head | None:
    """What unconstrained greedy choices spell."""
    ids: tuple[int, ...] = ()
    while True:
        id_ = int(logits_after(seed, ids).argmax())
        piece = PIECES[id_] or b"\x00"
        if piece.startswith(typed):
            return Head(ids=ids, rest=typed)
        if not typed.startswith(piece):
            return None
        ids, typed = (*ids, id_), typed[len(piece) :]


@given(typed=TYPED, seed=st.integers(0, 10_000))
def test_the_head_is_the_models_own_way_or_the_likeliest(typed: bytes, seed: int) -> None:
    head, asked = searched(seed, tail(typed))
    own = own_way(seed, typed)
    if own is not None:
        assert head == own
    elif asked < MAX_ASKED:
        assert weight(seed, head) >= max(weight(seed, other) for other in heads(typed)) - 1e-5
    spelled = b"".join(PIECES[id_] or b"" for id_ in head.ids)
    assert spelled + head.rest == typed


def test_a_search_that_is_too_long_or_cancelled_takes_the_usual_head() -> None:
    usual = Head(ids=(7, 7), rest=b"ab")
    long = Tail(typed=b"a" * 60, usual=usual, index=INDEX)
    # A model that hesitates between all ways to spell, and would rather say something else.
    logits = torch.tensor([0.0, 2, 0, 2, 2, 0, 0, 2, 2, 3, 2])
    asked: list[tuple[int, ...]] = []

    def after(ids: tuple[int, ...]) -> Tensor:
        asked.append(ids)
        return logits

    assert choose_head(long, after) == usual
    assert len(set(asked)) == len(asked) == MAX_ASKED
    assert choose_head(long, lambda _: None) == usual


def test_the_first_token_covers_what_is_left() -> None:
    first = tail(b"abab").after(Head(ids=(4,), rest=b"ab"))
    assert sorted(first.ids()) == [4, 8, 10]
    assert first.take(8) == (None, 2)


def test_a_tail_is_the_end_of_what_the_tokenizer_gives() -> None:
    assert tail_of((3, 1), INDEX, b"aaa") == ((), Tail(typed=b"aaa", usual=Head(ids=(3,), rest=b"a"), index=INDEX))
    assert tail_of((), INDEX, b"") == ((), None)
    assert tail_of((0,), INDEX, b"?") == ((0,), None)
    fixed, long = tail_of((3,) * 50, INDEX, b"aa" * 50)
    assert long is not None
    assert (len(fixed), long.typed) == (50 - MAX_TYPED_BYTES // 2, b"a" * MAX_TYPED_BYTES)
