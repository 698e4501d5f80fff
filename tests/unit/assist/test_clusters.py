"""Candidates gathered by what they do."""

from codex_lsp.assist.clusters import clusters_of
from codex_lsp.types import Candidate, Token


def candidate(index: int, logprob: float) -> Candidate:
    tokens = (Token(id=1, logprob=logprob, end=1),)
    return Candidate(index=index, text="x", tokens=tokens, finish_reason=None, kept=1, insert=str(index))


def order(logprobs: list[float], did: list[tuple[str, ...]]) -> list[list[int]]:
    candidates = [candidate(index, logprob) for index, logprob in enumerate(logprobs)]
    return [[each.index for each in cluster.members] for cluster in clusters_of(candidates, dict(enumerate(did)))]


def test_the_largest_comes_first_and_the_likeliest_in_each() -> None:
    assert order([-1, -3, -2, -0.1], [("1",), ("2",), ("2",), ("3",)]) == [[2, 1], [3], [0]]


def test_what_never_returns_comes_last_however_many_there_are() -> None:
    never = ("error: NameError", "error: NameError")
    clusters = order([-1, -1, -1, -5], [never, never, never, ("1", "error: ValueError")])
    assert clusters == [[3], [0, 1, 2]]


def test_what_gives_nothing_says_what_it_comes_to() -> None:
    never = ("error: NameError", "None")
    [alike, one, nothing] = clusters_of(
        [candidate(index, -1.0) for index in range(4)], {0: ("1", "2"), 1: ("1", "2"), 2: never, 3: ("1", "None")}
    )
    assert (alike.said, one.said) == ("one of 2 that do the same", "no other does the same")
    assert (nothing.returns, nothing.said) == (False, "NameError, None on every input")
