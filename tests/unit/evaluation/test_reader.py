"""A reader takes what is right and worth its keys, and pays for the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.reader import Attention, Part, Reader, is_line_right, offers
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.evaluation.stretches import Stretch
from codex_lsp.evaluation.typist import Habits, Typist

TEXTS = st.text(alphabet=" \nab.(", max_size=30)
STEADY = Habits(median_gap_ms=200, sigma=0.0)
LOOK = Attention(shortest_look_ms=100, longest_look_ms=100, wrong_look_share=0.5)


def reader(text: str, attention: Attention = LOOK) -> Reader:
    file = SourceFile(path="a.py", language="python", text=text)
    return Reader(Typist(Stretch(file=file, before="", text=text, after=""), STEADY, 0), attention, 0)


def test_all_that_is_right_is_one_key() -> None:
    reaction = reader("total = first + second\nnext").meet("tal = first + second", 2)
    assert reaction is not None
    assert (reaction.offer.text, reaction.offer.keys, reaction.offer.part) == ("tal = first + second", 1, Part.WHOLE)
    # A look, and the key that takes it.
    assert round(reaction.seconds, 6) == 0.3
    assert reaction.is_line_right


def test_right_first_lines_are_a_key_each() -> None:
    reaction = reader("one\ntwo\nthree").meet("one\ntwo\nfour", 0)
    assert reaction is not None
    assert (reaction.offer.text, reaction.offer.keys, reaction.offer.part) == ("one\ntwo", 2, Part.LINES)


def test_right_first_words_are_a_key_each_and_never_half_a_word() -> None:
    reaction = reader("value.append(first_one)").meet("value.append(first)", 0)
    assert reaction is not None
    assert (reaction.offer.text, reaction.offer.keys, reaction.offer.part) == ("value.append", 3, Part.WORDS)
    assert not reaction.is_line_right


@pytest.mark.parametrize(("takes", "taken"), [(Part.WHOLE, ""), (Part.LINES, ""), (Part.WORDS, "value.append")])
def test_a_person_may_take_no_smaller_parts(takes: Part, taken: str) -> None:
    attention = Attention(shortest_look_ms=100, longest_look_ms=100, takes=takes)
    reaction = reader("value.append(first_one)", attention).meet("value.append(first)", 0)
    assert reaction is not None
    assert reaction.offer.text == taken


def test_what_is_wrong_or_too_short_costs_a_share_of_a_look() -> None:
    for shown in ("wrong", "a"):
        reaction = reader("a = b + c").meet(shown, 0)
        assert reaction is not None
        assert (reaction.offer.part, round(reaction.seconds, 6)) == (Part.NOTHING, 0.05)


def test_the_rest_of_what_was_read_is_not_read_again() -> None:
    one = reader("abc = 1")
    assert one.meet("abd", 0) is not None
    assert one.meet("bd", 1) is None
    assert one.meet("be", 1) is not None
    assert one.meet("e", 2) is None
    assert one.meet("f", 2) is not None


@given(TEXTS, TEXTS)
def test_offers_are_beginnings_of_both(shown: str, truth: str) -> None:
    for offer in offers(shown, truth):
        assert shown.startswith(offer.text)
        assert truth.startswith(offer.text)
        assert offer.keys >= 1


@given(TEXTS.filter(str.strip), TEXTS)
def test_the_truth_itself_is_always_offered_and_right(shown: str, more: str) -> None:
    assert next(offers(shown, shown + more)).text == shown
    assert is_line_right(shown, f"{shown}\n{more}")
