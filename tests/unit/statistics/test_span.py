"""Places that stay what they are while a text is edited."""

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.statistics.span import Edit, Span, edit_between

texts = st.text(alphabet="ab\n", max_size=12)


def edited(text: str, edit: Edit) -> str:
    return text[: edit.start] + edit.text + text[edit.end :]


@st.composite
def edits_beside(draw: st.DrawFn, length: int, span: Span) -> Edit:
    """An edit of a text of `length` characters that takes nothing of `span` and inserts nothing inside it."""
    low, high = draw(st.sampled_from(((0, span.start), (span.end, length))))
    start, end = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
    return Edit(start=start, end=end, text=draw(texts))


@given(st.data(), texts, texts.filter(bool), texts)
def test_what_is_left_alone_is_found_again_wherever_the_edits_beside_it_have_moved_it(
    data: st.DataObject, before: str, inserted: str, after: str
) -> None:
    text = before + inserted + after
    span = Span(start=len(before), end=len(before) + len(inserted))
    for _ in range(data.draw(st.integers(0, 6))):
        edit = data.draw(edits_beside(len(text), span))
        text, span = edited(text, edit), span.after(edit)
        assert text[span.start : span.end] == inserted


@given(
    st.data(),
    st.text(alphabet="xy", max_size=12),
    st.text(alphabet="ab", max_size=12),
    st.text(alphabet="xy", max_size=12),
)
def test_no_edit_loses_what_is_still_there(data: st.DataObject, before: str, inserted: str, after: str) -> None:
    text = before + inserted + after
    span = Span(start=len(before), end=len(before) + len(inserted))
    for _ in range(data.draw(st.integers(0, 6))):
        start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
        edit = Edit(start=start, end=end, text=data.draw(st.text(alphabet="z", max_size=3)))
        text, span = edited(text, edit), span.after(edit)
        assert 0 <= span.start <= span.end <= len(text)
        # All of the inserted characters that are left stand inside the span.
        found = text[span.start : span.end]
        assert sum(map(found.count, "ab")) == sum(map(text.count, "ab"))


@given(texts, texts)
def test_the_edit_between_two_texts_makes_one_of_the_other(before: str, after: str) -> None:
    edit = edit_between(before, after)
    assert edited(before, edit) == after
    assert edit.growth == len(after) - len(before)


@given(texts, texts, texts, texts)
def test_the_edit_between_two_texts_is_no_longer_than_what_was_changed(
    head: str, removed: str, inserted: str, tail: str
) -> None:
    edit = edit_between(head + removed + tail, head + inserted + tail)
    assert edit.end - edit.start <= len(removed)
    assert len(edit.text) <= len(inserted)
