"""A suggestion is typed in an editor that closes brackets and quotes by itself."""

import dataclasses
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.completion.anchor import Anchor
from codex_lsp.completion.answer import Answer
from codex_lsp.completion.generation import Generation
from codex_lsp.completion.job import Job
from codex_lsp.completion.known import Known
from codex_lsp.completion.tier import Tier
from codex_lsp.completion.typed import Typed, readings_of
from codex_lsp.context.brackets import CLOSERS
from codex_lsp.types import CursorContext, Prompt, SamplingParams
from tests.unit.completion.scenes import candidate_of, context_of, typed

PLACES = ("║", "x = ║\n", "g(║)\n", "g(a, ║, b)", "y = [║]", "if x:\n    ║\nz = ')'\n")


def expressions() -> st.SearchStrategy[str]:
    """Code with balanced brackets and quotes."""
    atoms = st.sampled_from(["a", "b.c", "'it'", '"a (b"', "'\"'", '"it\\"s"', "``", "1", "''"])
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.builds("f({}, {})".format, inner, inner),
            st.builds("[{}]".format, inner),
            st.builds("{{'k': {}}}.x".format, inner),
            st.builds("({}\n)".format, inner),
            st.builds("{} + {}".format, inner, inner),
        ),
        max_leaves=6,
    )


def keys(place: CursorContext, text: str) -> Iterator[tuple[CursorContext, str]]:
    """The document after each key of `text`, and what of its suffix the editor has put there.

    Brackets outside of strings and quotes are closed where nothing but blanks or closers follow; closers are typed
    over.
    """
    closed, prefix = "", place.prefix
    quote: str | None = None
    for number, key in enumerate(text):
        escaped = quote is not None and text[number - 1] == "\\"
        prefix += key
        if closed[:1] == key and not escaped and quote in {None, key}:
            closed = closed[1:]
            quote = None
        elif quote is not None:
            quote = None if key == quote and not escaped else quote
        else:
            quote = key if key in "'\"`" else None
            is_free = (closed + place.suffix)[:1] in {"", " ", "\n", ")", "]", "}", ","}
            if is_free and (key in CLOSERS or quote is not None):
                closed = CLOSERS.get(key, key) + closed
        yield dataclasses.replace(place, prefix=prefix, suffix=closed + place.suffix), closed


def ignored(_: Generation) -> None:
    """Nothing runs here."""


def known_at(place: CursorContext, *texts: str) -> Known:
    """What is known where `texts` are shown at a place."""
    job = Job(prompt=Prompt(header=None, prefix=place.prefix), params=SamplingParams(), model="m")
    useful = [candidate_of(text, index=index, logprob=-1.0 - index) for index, text in enumerate(texts)]
    known = Known(ignored, reuse=True)
    known.note_shown(place.uri, Answer.of(Anchor.at(place, 1000), job, useful, is_whole=True))
    return known


@given(st.sampled_from(PLACES), expressions(), st.sampled_from(["", ".y", ":\n    pass", ")"]))
def test_a_suggestion_typed_key_by_key_stays_and_closes_nothing_twice(marked: str, expression: str, tail: str) -> None:
    place, text = context_of(marked), expression + tail
    known = known_at(place, text)
    for number, (context, closed) in enumerate(keys(place, text), start=1):
        given = known.served(context, whole=False)
        left = text[number:]
        if given is None:
            # Only blanks are left before what is to be typed over, or nothing is.
            before_closer = left[: left.index(closed[0])] if closed else left
            assert not before_closer.strip()
            continue
        assert given.tier is Tier.TYPED
        (candidate,) = given.candidates
        ghost = candidate.insert
        if not closed:
            assert ghost == left
            continue
        # What is shown ends where the text goes on with what the editor has put after the cursor.
        assert (ghost + closed[0]) == left[: len(ghost) + 1]
        if left == ghost + closed:
            assert context.prefix + ghost + context.suffix == place.prefix + text + place.suffix


def test_what_goes_on_behind_a_closed_bracket_is_shown_once_that_is_typed_over() -> None:
    place = context_of("x = ║\n")
    known = known_at(place, "foo(a) + 1", "foo(a) - 1", "foo(b)")
    for document, inserts in (
        ("x = foo(║)\n", ["a", "b"]),
        ("x = foo(a║)\n", None),
        ("x = foo(a)║\n", [" + 1", " - 1"]),
        ("x = foo(║]\n", None),
        ("x = foo(║))\n", None),
        ("x = f║)\n", None),
    ):
        given = known.served(context_of(document), whole=False)
        assert (None if given is None else [candidate.insert for candidate in given.candidates]) == inserts


def test_a_text_that_closes_nothing_is_shown_whole() -> None:
    place = context_of("x = ║\n")
    given = known_at(place, "foo(a").served(context_of("x = foo(║)\n"), whole=False)
    assert given is not None
    assert [candidate.insert for candidate in given.candidates] == ["a"]


@pytest.mark.parametrize(
    ("inserted", "texts"),
    [("f(x)", ["f(x)", "f(x"]), ("f([])", ["f([])", "f([]", "f(["]), ("'", ["'"]), ("''", ["''", "'"]), ("", [""])],
)
def test_what_may_have_been_typed(inserted: str, texts: list[str]) -> None:
    assert [reading.text for reading in readings_of(inserted)] == texts


@given(st.text("f([{}])'\"\\ x\n", max_size=12))
def test_a_reading_is_what_stands_there(inserted: str) -> None:
    for reading in readings_of(inserted):
        assert reading.text + reading.closed == inserted
        place = context_of("x = ║\n")
        document = typed(place, reading.text)
        document = dataclasses.replace(document, suffix=reading.closed + place.suffix)
        assert Anchor.at(place, 100).typed_at(document) == reading


def test_nothing_typed_is_nothing() -> None:
    assert not Typed()
    assert Typed(text="(", closed=")")
