"""The thirteen blocks, and chains of them."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.probes.building_blocks import BLOCKS, applied, drawn_chains, is_telling
from codex_lsp.evaluation.probes.chaining import body_of, check_of, prompt_of


def block(words: str) -> int:
    (found,) = [number for number, one in enumerate(BLOCKS) if words in one.words]
    return found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("every letter e", "On Two, thr! "),
        ("exclamation mark in the place", "One!Two,!three!!"),
        ("lower case", "one two, three! "),
        ("first two characters", "e Two, three"),
        ("all vowels", "n Tw, thr! "),
        ("every third character", "neTw, hre!"),
        ("half of the characters", "One Two,"),
        ("three spaces", "One   Two,   three!   "),
        ("reverse order", "three! Two, One"),
        ("half of the words", "Two, three!"),
        ("apples", "One apples Two, apples three! apples"),
        ("every second character", "OnE TwO, tHrEe! "),
        ("full stops", "One Two, three "),
    ],
)
def test_what_each_block_does(words: str, expected: str) -> None:
    assert applied((block(words),), "One Two, three! ") == expected


@given(text=st.text())
def test_the_line_of_a_block_does_what_its_function_does(text: str) -> None:
    for one in BLOCKS:
        names = {"s": text}
        exec(one.line, names)  # noqa: S102 - our own lines
        assert names["s"] == one.apply(text)


@pytest.mark.parametrize("length", [1, 2, 5, 13])
def test_chains_are_different_and_every_block_shows(length: int) -> None:
    chains = drawn_chains(length, 15, Random(3))
    assert len(set(chains)) == len(chains) == {1: 13}.get(length, 15)
    assert all(len(set(chain)) == length and is_telling(chain) for chain in chains)


def test_a_block_that_another_undoes_is_not_telling() -> None:
    lower, upper, third = block("lower case"), block("every second character"), block("every third character")
    assert is_telling((lower, upper))
    assert not is_telling((upper, lower))
    assert is_telling((lower, third, upper))


def test_prompt_body_and_check_of_a_chain() -> None:
    chain = (block("lower case"), block("first two characters"))
    assert prompt_of(chain).splitlines()[3:] == [
        "    - make all letters lower case",
        "    - drop the first two characters and the last two characters",
        '    """',
    ]
    names: dict[str, object] = {}
    exec(prompt_of(chain) + body_of(chain) + check_of(chain), names)  # noqa: S102 - our own program
    exec("check(string_manipulation)", names)  # noqa: S102
    with pytest.raises(AssertionError):
        exec("check(lambda s: s.lower())", names)  # noqa: S102
