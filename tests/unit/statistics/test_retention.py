"""How much of an accepted text is still there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.statistics.retention import MAX_COMPARED, kept_characters


@pytest.mark.parametrize(
    ("accepted", "now", "kept"),
    [
        ("return a + b", "return a + b", 12),
        ("return a + b", "return x + b", 11),
        ("return a + b", "return total + b", 11),
        ("return a + b", "", 0),
        ("return a + b", "xyz", 0),
        ("a\nb\n", "a\r\nb\r\n", 4),
        ("    x = 1", "x = 1", 5),
    ],
)
def test_characters_that_are_left(accepted: str, now: str, kept: int) -> None:
    assert kept_characters(accepted, now) == kept


@given(st.text(max_size=30), st.text(max_size=30))
def test_never_more_than_there_were_and_all_only_where_it_is_in_there(accepted: str, now: str) -> None:
    kept = kept_characters(accepted, now)
    assert 0 <= kept <= min(len(accepted), len(now))
    assert kept_characters(accepted, accepted) == len(accepted.replace("\r\n", "\n"))


def test_between_the_ends_of_a_change_whole_words_count() -> None:
    assert kept_characters("a(one, two, three)z", "b(one, 2, three)y") == len("(one,,three)") + 2


@given(st.text(alphabet="abc ", max_size=20), st.text(alphabet="xyz", max_size=5), st.integers(0, 20))
def test_what_is_inserted_into_it_costs_nothing(accepted: str, inserted: str, at: int) -> None:
    assert kept_characters(accepted, accepted[:at] + inserted + accepted[at:]) == len(accepted)


def test_a_huge_paste_is_not_compared_in_full() -> None:
    paste = "".join(chr(0x4E00 + number) for number in range(3 * MAX_COMPARED))
    assert kept_characters("ab", f"a{paste}b") == 2
    assert kept_characters(paste, paste[::-1]) <= MAX_COMPARED
