"""A file as pieces."""

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.chunks import MAX_LINES, chunks_of


def pieces(text: str) -> list[str]:
    lines = text.split("\n")
    return ["\n".join(lines[start:end]) for start, end in chunks_of(lines)]


def test_functions_are_pieces() -> None:
    first = "def first():\n" + "    x = 1\n" * 5
    second = "def second():\n" + "    y = 1\n\n    z = 2\n" * 3
    assert pieces(f"{first}\n\n{second}\n") == [first.rstrip(), second.rstrip()]


def test_methods_are_pieces() -> None:
    first = "class A:\n    def first(self):\n" + "        x = 1\n" * 5
    second = "    def second(self):\n" + "        y = 1\n" * 5
    assert pieces(f"{first}\n{second}") == [first.rstrip(), second.rstrip()]


def test_short_statements_stay_together_and_long_runs_are_cut() -> None:
    assert pieces("a = 1\n\nb = 2\n\nc = 3\n") == ["a = 1\n\nb = 2\n\nc = 3"]
    assert [len(piece.split("\n")) for piece in pieces("x = 1\n" * 100)] == [MAX_LINES, MAX_LINES, 20]


@given(st.lists(st.sampled_from(["", "  ", "x = 1", "    y = 2", "\tz", "}", "é" * 3000]), max_size=150))
def test_pieces_are_in_order_and_hold_every_line(lines: list[str]) -> None:
    spans = list(chunks_of(lines))
    assert all(0 < end - start <= MAX_LINES for start, end in spans)
    held = [number for start, end in spans for number in range(start, end)]
    assert held == sorted(set(held))
    assert {number for number, line in enumerate(lines) if line.strip()} <= set(held)
