"""When a growing row needs no more tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.completion.filters import filtered
from codex_lsp.completion.filters.repetition import is_loop
from codex_lsp.completion.settled import is_settled, place_at
from codex_lsp.types import Candidate
from tests.unit.completion.scenes import candidate_of, context_of


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("x = ║", "1\ny ="),
        ("x = ║", "1\ny"),
        ("x = ║", "f(1, " * 16),
        ("x = ║ + z", "1\ny "),
        ("x = 1\n║", "y = 2\nz("),
        ("def f():\n    ║", "x\n\n\ng("),
        ("if x:║", "\n    y\nelsewhere("),
        ("if x:║", "\n    y\nelse:\n    z\n# done\nw("),
        ("print(║)", "x)"),
        ("print('║')", "x'"),
        ("def f(x):\n    ║\n    return x\n", "x = 1\n    return x\n"),
        ("x = 1║", "\ny = 2"),
    ],
)
def test_settled(document: str, text: str) -> None:
    assert is_settled(candidate_of(text), place_at(context_of(document)))


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("x = ║", "1"),
        ("x = ║", "1\n"),
        ("x = ║", "1\ne"),
        ("def f():\n    ║", "x\n    y = 1"),
        ("if x:║", "\n    y\nelse"),
        ("if x:║", "\n    y\nelse:"),
        ("if x:║", "\n    y\n# done"),
        ("def f():\n    x = (║", "\n        1,\n    )"),
        ("print(║)", "(x)"),
        ("q = ║", '"""\nselect 1\n'),
        ("q = ║", '"""\nselect 1;'),
        ("║", "@cache\ndef f("),
        ("║", "# about f\ndef f("),
    ],
)
def test_not_settled(document: str, text: str) -> None:
    assert not is_settled(candidate_of(text), place_at(context_of(document)))


LINES = st.lists(
    st.sampled_from(
        [
            "x = 1",
            "if x:\n    y\nelse:\n    z",
            "    return x",
            "    f(a, 'b')",
            "f(\n    a,\n)",
            "@d\ndef g(y):\n    return y",
            'q = """\nselect\n"""',
            "# c",
            "",
        ]
    ),
    max_size=6,
).map("\n".join)
# Each with a first line that makes sense there.
STARTS = [
    ("x = ║", "1\n"),
    ("║", ""),
    ("def f(x):\n    ║", ""),
    ("if x:║", "\n    y\n"),
    ("f(║)", "a"),
    ("x = ║ + 1", "2\n"),
    ("  f(║)\n  return x\n", "a, "),
    ("# c║", "\n"),
]


@given(LINES, st.sampled_from(STARTS))
def test_growing_on_changes_nothing_once_settled(lines: str, start: tuple[str, str]) -> None:
    context, text = context_of(start[0]), start[1] + lines
    place = place_at(context)
    whole = filtered(candidate_of(text), context)
    settled = next((end for end in range(len(text)) if is_settled(candidate_of(text[:end]), place)), len(text))
    shown = show(filtered(candidate_of(text[:settled]), context))
    # A loop is given up for good, though code could come after it that makes its first line the completion.
    assert shown == show(whole) or (shown is None and is_loop(text[:settled]))


def test_a_loop_that_ends_is_given_up() -> None:
    context = context_of("║")
    loop = "# c\n# c\n# c\n# c"
    assert is_settled(candidate_of(loop), place_at(context))
    assert filtered(candidate_of(loop), context) is None


def show(candidate: Candidate | None) -> str | None:
    return candidate.insert if candidate is not None else None
