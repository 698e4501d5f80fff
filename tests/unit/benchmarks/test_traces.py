"""Prompts of the traces: typing only appends, windows keep their length."""

from itertools import islice, pairwise

import pytest

from benchmarks.traces import TRACES, Window, append, jump, switch

WINDOW = Window(tokens=200, count=lambda text: len(text.split()))


def test_typing_adds_a_character_and_changes_nothing_else() -> None:
    for before, after in pairwise(islice(append(WINDOW), 100)):
        assert after.prefix[:-1] == before.prefix
        assert after.suffix == before.suffix


def test_a_jump_goes_down_one_line() -> None:
    for before, after in pairwise(islice(jump(WINDOW), 50)):
        assert after.suffix.split("\n")[1] == before.suffix.split("\n")[2]


def test_the_window_moves_in_steps() -> None:
    prompts = list(islice(jump(WINDOW), 60))
    moved = sum(not after.prefix.startswith(before.prefix.rpartition("\n")[0]) for before, after in pairwise(prompts))
    assert 0 < moved < len(prompts) / 4


def test_two_files_take_turns() -> None:
    first, second, third = islice(switch(WINDOW), 3)
    assert third.prefix[:-1] == first.prefix
    assert second.suffix != first.suffix


@pytest.mark.parametrize("name", list(TRACES))
def test_prompts_keep_to_their_length(name: str) -> None:
    for prompt in islice(TRACES[name](WINDOW), 60):
        assert WINDOW.count(prompt.suffix) <= WINDOW.suffix
        assert WINDOW.count(prompt.prefix) <= WINDOW.prefix + 60
