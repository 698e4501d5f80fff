"""The engine holds what a session told, for as long as it lasts, and for nobody else."""

import pytest

from codex_lsp.models.remote.told_texts import ToldTexts
from codex_lsp.service.fields import Fields, InvalidRequest
from codex_lsp.service.memories import MAX_CHARACTERS, MAX_SESSIONS, Memories
from codex_lsp.types import MemorySession, RememberedText, WorkspaceTexts


def texts(name: str = "session", **held: str) -> WorkspaceTexts:
    return WorkspaceTexts(
        session=MemorySession(name=name),
        texts=tuple(RememberedText(name=key, text=text) for key, text in held.items()),
    )


def sent(told: ToldTexts, now: WorkspaceTexts, memories: Memories, tenant: str | None = None) -> dict[str, str] | None:
    """One request, and what the engine holds of its session then; None where it held something else."""
    found, agrees = memories.take(tenant, Fields(told.changes(now, str.upper)))
    if not agrees:
        told.lost()
        return None
    told.told(now, str.upper)
    return {} if found is None else {text.name: text.text for text in found.texts}


def test_only_changes_are_sent_and_the_engine_holds_all() -> None:
    told, memories = ToldTexts(), Memories()
    assert sent(told, texts(a="1", b="2"), memories) == {"A": "1", "B": "2"}
    changes = told.changes(texts(b="2", c="3"), str.upper)
    assert changes["changes"] == [{"name": "C", "text": "3"}, {"name": "A", "text": None}]
    assert list((sent(told, texts(c="3", b="2"), memories) or {}).items()) == [("C", "3"), ("B", "2")]


def test_nothing_new_is_the_same_object() -> None:
    told, memories = ToldTexts(), Memories()
    now = texts(a="1")
    sent(told, now, memories)
    first, second = (memories.take(None, Fields(told.changes(now, str.upper)))[0] for _ in range(2))
    assert first is second
    assert first is not None


def test_an_engine_that_has_lost_it_is_told_again() -> None:
    told = ToldTexts()
    sent(told, texts(a="1", b="2"), Memories())
    anew = Memories()
    assert sent(told, texts(a="1", b="2"), anew) is None
    assert sent(told, texts(a="1", b="2"), anew) == {"A": "1", "B": "2"}


def test_sessions_and_callers_are_apart_and_few() -> None:
    memories = Memories()
    assert sent(ToldTexts(), texts(a="1"), memories, tenant="0") == {"A": "1"}
    assert sent(ToldTexts(), texts(b="2"), memories, tenant="1") == {"B": "2"}
    told = ToldTexts()
    sent(told, texts(a="1"), memories)
    memories.drop(None, "session")
    assert sent(told, texts(a="1"), memories) is None
    sent(told, texts(a="1"), memories)
    for number in range(MAX_SESSIONS):
        sent(ToldTexts(), texts(f"other {number}", a="1"), memories)
    assert sent(told, texts(a="1"), memories) is None


def test_too_much_is_not_held() -> None:
    memories = Memories()
    told = ToldTexts()
    assert sent(told, texts(a="x" * (MAX_CHARACTERS + 1)), memories) is None
    assert sent(told, texts(a="x"), memories) == {"A": "x"}


@pytest.mark.parametrize("body", [{}, {"session": 1}, {"session": "s", "held": -1}, {"session": "s", "changes": [1]}])
def test_wrong_fields_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest, match="memory"):
        Memories().take(None, Fields(body, path="codex.memory."))
