"""A row gives the same text, tokens and end however its text was cut into tokens, and gives it early."""

import re
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.decoding.row import Row
from codex_lsp.types import Delta, FinishReason, Token

TEXTS = st.text(alphabet="ab \n\t\r\u00e9\U0001f60b", max_size=24)
STOPS = st.lists(st.text(alphabet="ab\n \u00e9", min_size=1, max_size=4), max_size=3).map(tuple)
INDENTS = st.none() | st.integers(0, 9)


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """What is sampled, and how the row shall end."""

    pieces: list[bytes]
    stop: tuple[str, ...]
    stop_indent: int | None
    max_tokens: int = 1000

    @property
    def text(self) -> str:
        return b"".join(self.pieces[: self.max_tokens]).decode("utf-8", errors="ignore")


@st.composite
def sampled(draw: st.DrawFn) -> Sampled:
    data = draw(TEXTS).encode()
    cuts = sorted(draw(st.sets(st.integers(0, len(data)), max_size=len(data))) | {0, len(data)})
    pieces = [data[start:end] for start, end in pairwise(cuts)]
    return Sampled(
        pieces=pieces, stop=draw(STOPS), stop_indent=draw(INDENTS), max_tokens=draw(st.integers(1, 8) | st.just(1000))
    )


def expected_cut(text: str, stop: tuple[str, ...], stop_indent: int | None) -> int | None:
    """Where a whole text is cut: at what completes first, read character by character."""
    found = [(text.index(one) + len(one), text.index(one)) for one in stop if one in text]
    starts = [match.end() for match in re.finditer(r"[\r\n]", text)]
    for start in starts if stop_indent is not None else []:
        line = re.split(r"[\r\n]", text[start:])[0]
        indent = line[: len(line) - len(line.lstrip())]
        if line.strip() and len(indent.expandtabs(8)) <= (stop_indent or 0):
            found.append((start + len(indent) + 1, start))
    return min(found)[1] if found else None


def run(case: Sampled) -> list[Delta]:
    row = Row(3, max_tokens=case.max_tokens, stop=case.stop, stop_indent=case.stop_indent)
    deltas: list[Delta | None] = []
    for number, piece in enumerate(case.pieces):
        if not row.finished:
            deltas.append(row.push(number, -float(number), piece))
    if not row.finished:
        deltas.append(row.push(999, -9.0, None))
    assert row.finished
    return [delta for delta in deltas if delta is not None]


def ends(case: Sampled, length: int) -> list[int]:
    """Where each token ends in the text, whole characters only, at most at `length`."""
    prefixes = [b"".join(case.pieces[: place + 1]) for place in range(len(case.pieces))]
    return [min(len(prefix.decode("utf-8", errors="ignore")), length) for prefix in prefixes]


@given(sampled())
def test_equals_the_reference_on_the_whole_text(case: Sampled) -> None:
    deltas = run(case)
    cut = expected_cut(case.text, case.stop, case.stop_indent)
    text = case.text if cut is None else case.text[:cut]
    assert "".join(delta.text for delta in deltas) == text

    full = ends(case, len(case.text))
    begins = [0, *full][: len(case.pieces)]
    count = min(len(case.pieces), case.max_tokens)
    kept = [n for n in range(count) if cut is None or begins[n] < cut]
    expected = tuple(Token(id=n, logprob=-float(n), end=min(full[n], len(text))) for n in kept)
    assert tuple(token for delta in deltas for token in delta.tokens) == expected

    limited = cut is None and len(case.pieces) >= case.max_tokens
    assert [delta.finish_reason for delta in deltas[:-1]] == [None] * (len(deltas) - 1)
    assert deltas[-1].finish_reason is (FinishReason.LENGTH if limited else FinishReason.STOP)


@given(sampled())
def test_the_text_never_contains_a_stop(case: Sampled) -> None:
    text = "".join(delta.text for delta in run(case))
    assert not [one for one in case.stop if one in text]


@given(sampled())
def test_only_what_may_still_be_cut_is_held_back(case: Sampled) -> None:
    row = Row(0, max_tokens=1000, stop=case.stop, stop_indent=case.stop_indent)
    given_text = ""
    for place, piece in enumerate(case.pieces):
        delta = row.push(place, None, piece)
        given_text += "" if delta is None else delta.text
        if row.finished:
            break
        held = b"".join(case.pieces[: place + 1]).decode("utf-8", errors="ignore")[len(given_text) :]
        blank = case.stop_indent is not None and not held.strip() and "\n" not in held and "\r" not in held
        # A stop may begin inside of what is held for its indentation.
        starts = [held[at:] for at in range(len(held))]
        assert not held or blank or any(one.startswith(rest) for one in case.stop for rest in starts)


@pytest.mark.parametrize(
    ("text", "stop_indent", "expected"),
    [
        ("return a\n\n\ndef g():", 0, "return a\n\n\n"),
        ("x\n    y\n  z", 2, "x\n    y\n"),
        ("x\n\ty\n        z\n       w", 7, "x\n\ty\n        z\n"),
        ("x\n   ", 0, "x\n   "),
        ("x\r\ny", 0, "x\r\n"),
        ("def f", 0, "def f"),
    ],
)
def test_stop_indent(text: str, stop_indent: int, expected: str) -> None:
    deltas = run(Sampled(pieces=[one.encode() for one in text], stop=(), stop_indent=stop_indent))
    assert "".join(delta.text for delta in deltas) == expected


def test_text_and_tokens_come_as_soon_as_they_are_safe() -> None:
    row = Row(1, max_tokens=9, stop=("\ndef",))
    assert row.push(1, -0.5, b"a") == Delta(index=1, text="a", tokens=(Token(id=1, logprob=-0.5, end=1),))
    assert row.push(2, -0.5, b"b\nde") == Delta(index=1, text="b", tokens=())
    assert row.push(3, -0.5, b"\n") == Delta(index=1, text="\nde", tokens=(Token(id=2, logprob=-0.5, end=5),))
    assert row.push(4, -0.5, "\u00e9".encode()[:1]) is None
    tokens = tuple(Token(id=id_, logprob=-0.5, end=end) for id_, end in ((3, 6), (4, 6), (5, 7)))
    assert row.push(5, -0.5, "\u00e9".encode()[1:]) == Delta(index=1, text="\n\u00e9", tokens=tokens)


def test_a_row_that_ends_inside_a_character_leaves_it_out() -> None:
    deltas = run(Sampled(pieces=[b"a", "\u00e9".encode()[:1]], stop=(), stop_indent=None, max_tokens=2))
    assert "".join(delta.text for delta in deltas) == "a"
    assert [token.end for delta in deltas for token in delta.tokens] == [1, 1]


def test_invalid_bytes_become_replacement_characters() -> None:
    deltas = run(Sampled(pieces=[b"a\xff", b"b"], stop=(), stop_indent=None))
    assert "".join(delta.text for delta in deltas) == "a\ufffdb"


def test_a_cancelled_row_gives_what_it_held() -> None:
    row = Row(0, max_tokens=9, stop=("ab",))
    assert row.push(1, None, b"a") is None
    expected = Delta(
        index=0, text="a", tokens=(Token(id=1, logprob=None, end=1),), finish_reason=FinishReason.CANCELLED
    )
    assert row.end(FinishReason.CANCELLED) == expected
