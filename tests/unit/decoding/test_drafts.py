"""Guesses come from what the text said before, and from nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.decoding.drafts import FIRST_TOKENS, KEY_TOKENS, MOST_TOKENS, Drafts


def test_what_followed_the_last_tokens_before_follows_again() -> None:
    drafts = Drafts([1, 2, 3, 4, 5, 9, 1, 2], 2)
    assert drafts.guess(0, 10) == ()
    drafts.add(0, 3)
    assert drafts.guess(0, 10) == (4, 5)[:FIRST_TOKENS]
    assert drafts.guess(0, 1) == (4,)
    assert drafts.guess(0, 0) == ()
    assert drafts.guess(1, 10) == ()


def test_the_last_place_counts() -> None:
    assert Drafts([1, 2, 3, 4, 4, 1, 2, 3, 5, 5, 1, 2, 3], 1).guess(0, 10) == (5, 5)


def test_guesses_grow_while_they_are_right() -> None:
    drafts = Drafts([*range(1, 20), 1, 2, 3], 1)
    for _ in range(5):
        drafts.judge(0, 2, 2)
    assert len(drafts.guess(0, 10)) == MOST_TOKENS
    drafts.judge(0, MOST_TOKENS, 0)
    assert drafts.guess(0, 10) == (4,)


@given(st.lists(st.integers(0, 3) | st.sampled_from([256, 65536, 2**24]), max_size=30), st.integers(0, 8))
def test_a_guess_is_a_part_of_the_text(text: list[int], most: int) -> None:
    guess = Drafts(text, 1).guess(0, most)
    assert len(guess) <= most
    if guess:
        run = [*text[-KEY_TOKENS:], *guess]
        assert any(text[at : at + len(run)] == run for at in range(len(text)))


def test_guesses_that_do_not_pay_are_not_made() -> None:
    text = [*range(1, 20), 1, 2, 3]
    assert Drafts(text, 4, token_price=0.2).guess(0, 10) == ()
    assert Drafts(text, 4, token_price=0.1).guess(0, 10)
    drafts = Drafts(text, 1, token_price=0.2)
    assert drafts.guess(0, 10)
    for _ in range(4):
        drafts.judge(0, 2, 0)
    assert drafts.guess(0, 10) == ()
    for _ in range(4):
        drafts.judge(0, 2, 2)
    assert drafts.guess(0, 10)
