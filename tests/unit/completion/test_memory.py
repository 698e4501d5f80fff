"""What an engine may remember: other open texts, never a secret file's."""

from codex_lsp.completion.memory import WorkspaceMemory
from codex_lsp.context.closed_texts import MAX_CHARACTERS, MAX_TEXT
from codex_lsp.types import CursorContext

HERE, THERE = "file:///here.py", "file:///there.py"


def context_at(uri: str) -> CursorContext:
    return CursorContext(uri=uri, path="here.py", language="python", prefix="", suffix="")


def held(memory: WorkspaceMemory, uri: str = HERE) -> list[tuple[str, str]]:
    told = memory.texts_for(context_at(uri))
    return [] if told is None else [(text.name, text.text) for text in told.texts]


def filled() -> WorkspaceMemory:
    memory = WorkspaceMemory()
    memory.note(HERE, "here = 1\r\n")
    memory.note(THERE, "there = 2\n")
    return memory


def test_other_documents_are_remembered_as_they_are_now() -> None:
    memory = filled()
    assert held(memory) == [(THERE, "there = 2\n")]
    assert held(memory, THERE) == [(HERE, "here = 1\n")]
    memory.note(THERE, "there = 20\n")
    assert held(memory) == [(THERE, "there = 20\n")]
    memory.forget(THERE)
    assert held(memory) == []


def test_equal_texts_are_of_one_session() -> None:
    memory = filled()
    first, second = memory.texts_for(context_at(HERE)), memory.texts_for(context_at(HERE))
    assert first == second
    assert first is not None
    assert second is not None
    assert first.session is second.session


def test_secret_blank_and_huge_texts_are_left_out() -> None:
    memory = filled()
    for uri, text in (("file:///.env", "KEY=1"), ("file:///b.py", " \n"), ("file:///c.py", "x" * (MAX_TEXT + 1))):
        memory.note(uri, text)
    assert [name for name, _ in held(memory)] == [THERE]
    memory.note(THERE, "")
    assert held(memory) == []


def test_those_touched_last_stay() -> None:
    memory = WorkspaceMemory()
    fitting = MAX_CHARACTERS // MAX_TEXT
    for number in range(fitting + 2):
        memory.note(f"file:///{number}.py", f"{number % 10}" * MAX_TEXT)
    names = [name for name, _ in held(memory, "file:///0.py")]
    assert names == [f"file:///{number}.py" for number in range(2, fitting + 2)]
