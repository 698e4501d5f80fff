"""Where nothing is suggested."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.completion.gate import Hold, hold_reason, removed_only
from codex_lsp.config import CompletionSettings, Settings
from codex_lsp.types import Trigger
from tests.unit.completion.scenes import context_of

ORDINARY = context_of("x = ║\n")


def reason(document: str, trigger: Trigger, *, only_removed: bool = False, **settings: object) -> Hold | None:
    return hold_reason(
        context_of(document),
        trigger,
        Settings(**settings),  # pyright: ignore[reportArgumentType]
        only_removed=only_removed,
    )


@pytest.mark.parametrize("trigger", list(Trigger))
def test_settings_and_secrets_hold_always(trigger: Trigger) -> None:
    assert reason("x = ║", trigger, enabled=False) is Hold.DISABLED
    secret = context_of("KEY=║", path=".env.local")
    assert hold_reason(secret, trigger, Settings(), only_removed=False) is Hold.EXCLUDED
    elsewhere = context_of("KEY=║", path="untitled", uri="file:///home/me/.ssh/config")
    assert hold_reason(elsewhere, trigger, Settings(), only_removed=False) is Hold.EXCLUDED
    escaped = context_of("KEY=║", path="config", uri="file:///home/me/%2Essh/config")
    assert hold_reason(escaped, trigger, Settings(), only_removed=False) is Hold.EXCLUDED
    assert reason("x = ║", trigger) is None


@pytest.mark.parametrize("trigger", list(Trigger))
def test_a_persons_own_list_holds_always(trigger: Trigger) -> None:
    private = context_of("x = ║", path="a.py", uri="file:///w/private/a.py")
    settings = Settings(exclude=("private",))
    assert hold_reason(private, trigger, settings, only_removed=False) is Hold.EXCLUDED
    assert hold_reason(ORDINARY, trigger, settings, only_removed=False) is None


@pytest.mark.parametrize(
    ("language", "document", "held"),
    [
        ("python", "x = 1  # so ║", True),
        ("python", "# so║\nx = 1\n", True),
        ("python", "# so\n║", False),
        ("python", "x = '#║'", False),
        ("c", "/* so ║", True),
        ("c", "/* so */ ║", False),
        ("go", "func f() {\n\t// so ║\n}\n", True),
        ("sql", "-- so ║", True),
        ("ruby", "# so ║", True),
        ("php", "<?php\n// so ║", True),
        ("plaintext", "# so ║", False),
    ],
)
def test_comments_hold_where_a_person_wants_it(language: str, document: str, held: bool) -> None:  # noqa: FBT001
    place = context_of(document, language=language)
    quiet = Settings(completion=CompletionSettings(in_comments=False))
    reason = hold_reason(place, Trigger.AUTOMATIC, quiet, only_removed=False)
    assert reason is (Hold.IN_COMMENT if held else None)
    assert hold_reason(place, Trigger.AUTOMATIC, Settings(), only_removed=False) is None
    assert hold_reason(place, Trigger.INVOKED, quiet, only_removed=False) is None


def test_the_rest_yields_to_who_asks() -> None:
    disabled = ("c", "python")
    assert reason("x = ║", Trigger.AUTOMATIC, disabled_languages=disabled) is Hold.DISABLED_LANGUAGE
    assert reason("x = ║", Trigger.INVOKED, disabled_languages=disabled) is None
    assert reason("na║me", Trigger.AUTOMATIC) is Hold.INSIDE_WORD
    assert reason("na║_", Trigger.AUTOMATIC) is Hold.INSIDE_WORD
    assert reason("na║ me", Trigger.AUTOMATIC) is None
    assert reason("na║me", Trigger.INVOKED) is None
    assert reason("x║", Trigger.AUTOMATIC, only_removed=True) is Hold.ONLY_REMOVED
    assert reason("x║", Trigger.INVOKED, only_removed=True) is None


@given(st.text("ab\n", max_size=20), st.integers(0, 20), st.integers(1, 5))
def test_one_piece_taken_out(text: str, start: int, size: int) -> None:
    after = text[:start] + text[start + size :]
    assert removed_only(text, after) is (after != text)


def test_what_is_no_removal() -> None:
    assert not removed_only("abc", "abc")
    assert not removed_only("abc", "abcd")
    assert not removed_only("abc", "xb")
    assert not removed_only("abcdef", "bxe")
