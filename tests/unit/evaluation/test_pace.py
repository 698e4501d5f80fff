"""What a generation costs in virtual time, and what a model is shown that it has read before."""

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.asked_prompts import AskedPrompts
from codex_lsp.evaluation.pace import Pace, Timing, fitted
from codex_lsp.types import Header, Priority, Prompt


def prompt(prefix: str, suffix: str = "") -> Prompt:
    return Prompt(header=Header(path="a", language="b"), prefix=prefix, suffix=suffix)


def new(asked: AskedPrompts, one: Prompt) -> int:
    return asked.cost(one, Priority.TYPING).new


def test_only_what_no_earlier_prompt_begins_with_is_new() -> None:
    asked = AskedPrompts(len)
    first = asked.cost(prompt("abc"), Priority.TYPING)
    assert first.new == first.tokens > 3
    asked.remember(prompt("abc"))
    assert new(asked, prompt("abcde")) == 2
    # Its last token is read again: what follows it is asked for.
    assert new(asked, prompt("abc")) == 1
    assert new(asked, prompt("ab")) == 1
    # The suffix is read before the prefix.
    assert new(asked, prompt("abc", "z")) == 5
    asked.remember(prompt("xyz"))
    assert new(asked, prompt("abcd")) == 1


def test_a_pace_is_found_again_whatever_else_the_machine_does_now_and_then() -> None:
    true = Pace(base_ms=20.0, prompt_token_ms=0.5, step_ms=3.0)
    timings = [
        Timing(new_tokens=count, first_ms=20.0 + 0.5 * count + noise, step_ms=3.0 + noise)
        for count in (1, 1, 2, 3, 400)
        for noise in (0.0, 0.0, 0.0, 30.0, 90.0)
        for _ in range(5)
    ]
    found = fitted(timings)
    assert found is not None
    assert abs(found.base_ms - true.base_ms) < 1.5
    assert abs(found.prompt_token_ms - true.prompt_token_ms) < 0.05
    assert found.step_ms == 3.0
    assert fitted([]) is None
    assert fitted([Timing(new_tokens=1, first_ms=1.0, step_ms=None)]) is None


@given(st.integers(0, 2000), st.floats(0, 500))
def test_added_latency_comes_before_the_first_token_alone(tokens: int, added_ms: float) -> None:
    pace = Pace(base_ms=10.0, prompt_token_ms=0.25, step_ms=2.0)
    slower = pace.slower(added_ms)
    assert abs(slower.first_s(tokens) - pace.first_s(tokens) - added_ms / 1000) < 1e-9
    assert slower.step_ms == pace.step_ms
