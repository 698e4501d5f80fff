"""A place is found again by the text around it."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.completion.anchor import Anchor
from codex_lsp.completion.typed import Typed
from tests.unit.completion.scenes import CURSOR, context_of, typed

texts = st.text("ab\n😋", max_size=6)
REACH = 4


@given(texts, texts, texts, texts, texts)
def test_a_place_is_the_same_where_all_within_reach_is(
    before: str, after: str, more: str, prefix: str, suffix: str
) -> None:
    here = context_of(f"{before}{CURSOR}{after}")
    anchor = Anchor.at(here, REACH)
    assert anchor.typed_at(here) == Typed()
    expected = more if len(more) <= REACH else None
    assert anchor.typed_at(typed(here, more)) == (None if expected is None else Typed(text=expected))
    other = context_of(f"{prefix}{CURSOR}{suffix}")
    size = len(before)
    is_same = (
        prefix[:size][-REACH:] == before[-REACH:]
        and size <= len(prefix) <= size + REACH
        and suffix[:REACH] == after[:REACH]
    )
    assert anchor.typed_at(other) == (Typed(text=prefix[size:]) if is_same else None)


@given(texts, texts, texts)
def test_what_was_typed_into_a_document(before: str, after: str, text: str) -> None:
    anchor = Anchor.at(context_of(f"{before}{CURSOR}{after}"), 100)
    assert anchor.typed_in(before + text + after) == text
    inserted = anchor.typed_in(text)
    assert inserted is None or before + inserted + after == text
    is_typed = len(text) >= len(before + after) and text.startswith(before) and text.endswith(after)
    assert (inserted is not None) is is_typed


@given(texts, texts, texts, texts)
def test_a_document_on_its_way(before: str, accepted: str, after: str, text: str) -> None:
    anchor = Anchor.at(context_of(f"{before}{accepted}{CURSOR}{after}"), 100)
    states = [before + accepted[:size] + after for size in range(len(accepted))]
    assert all(anchor.is_ahead_of(state, len(before)) for state in states)
    assert anchor.is_ahead_of(text, len(before)) is (text in states)
    assert not anchor.is_ahead_of(before + accepted + after, len(before))


def test_far_text_and_other_documents() -> None:
    here = context_of("x" * 100 + CURSOR + "y" * 100)
    anchor = Anchor.at(here, 8)
    assert anchor.typed_at(dataclasses.replace(here, prefix="z" * 90 + "x" * 10, suffix="y" * 50)) == Typed()
    assert anchor.typed_at(dataclasses.replace(here, prefix="x" * 99)) is None
    assert anchor.typed_at(dataclasses.replace(here, uri="file:///other")) is None
