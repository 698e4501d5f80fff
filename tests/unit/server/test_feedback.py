"""What the statistics are told: changes as edits by offset, and an acceptance from the answer to the second look."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.completion.pipeline import Completion
from codex_lsp.config import StatisticsSettings
from codex_lsp.context.document import Change, Document, Position, PositionEncoding, Range
from codex_lsp.server.documents import Documents
from codex_lsp.server.feedback import Feedback, edits_of
from codex_lsp.server.place import place_at
from codex_lsp.statistics import database
from codex_lsp.statistics.counts import Age
from codex_lsp.statistics.ledger import Ledger
from codex_lsp.types import Candidate

texts = st.text(alphabet="ab\r\n😋é", max_size=8)
positions = st.builds(Position, st.integers(0, 4), st.integers(0, 9))
ranges = st.none() | st.builds(Range, positions, positions)
changes = st.builds(Change, range=ranges, text=texts)


@pytest.mark.parametrize("encoding", PositionEncoding)
@given(text=texts, changed=st.lists(changes, max_size=4))
def test_the_edits_make_the_text_that_the_changes_make(
    encoding: PositionEncoding, text: str, changed: list[Change]
) -> None:
    document = Document(uri="file:///a", language="python", version=0, text=text)
    for edit in edits_of(document, changed, encoding):
        text = text[: edit.start] + edit.text + text[edit.end :]
    assert text == document.edited(changed, version=1, encoding=encoding).text


async def test_what_was_accepted_is_looked_at_again_on_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Age, "seconds", 0.0)
    utf16, path = PositionEncoding.UTF16, tmp_path / "statistics.sqlite3"
    documents = Documents()
    before = Document(uri="file:///a.py", language="python", version=1, text="x = ")
    documents.opened(before)
    feedback = Feedback(Ledger(path, keep_days=1), documents, StatisticsSettings())
    place = place_at(before, Position(0, 4), utf16, path="a.py")
    candidate = Candidate(index=0, text="a + b", tokens=(), finish_reason=None, kept=5, insert="a + b")
    answer = Completion(candidates=(candidate,), model="m")
    feedback.answered(place, answer, ["1"], asked_s=asyncio.get_running_loop().time())
    changed = [Change(range=Range(Position(0, 4), Position(0, 4)), text="a + b")]
    after = documents.changed(before.uri, changed, version=2, encoding=utf16)
    assert after is not None
    feedback.changed(before, changed, after, encoding=utf16)
    # An answer for a text that is left already is not shown.
    feedback.answered(place, answer, ["2"], asked_s=asyncio.get_running_loop().time())
    feedback.accepted("1")
    looked_at = asyncio.Event()
    asyncio.get_running_loop().call_later(0.001, looked_at.set)
    await looked_at.wait()
    feedback.close()
    with database.opened(path, create=False) as opened:
        found = {row.measure: row.value for row in opened.rows()}
    assert (found["shown"], found["accepted_characters"]) == (1, 5)
    assert [found[age.kept] for age in Age] == [5, 5]
