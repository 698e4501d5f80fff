"""What an engine may remember: other open texts, never a secret file's."""

from codex_lsp.completion.memory import WorkspaceMemory
from codex_lsp.context.closed_texts import MAX_CHARACTERS, MAX_TEXT, MAX_TEXTS
from codex_lsp.context.exclusion import excluding
from codex_lsp.service import memories
from codex_lsp.types import CursorContext, RememberedText

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


def file_of(name: str, text: str) -> RememberedText:
    return RememberedText(name=f"file:///w/{name}", text=text)


def test_no_more_texts_than_an_engine_takes() -> None:
    memory = WorkspaceMemory()
    for number in range(MAX_TEXTS + 5):
        memory.note(f"file:///{number}.py", "x = 1\n")
    found = held(memory)
    assert len(found) == MAX_TEXTS
    assert found[-1][0] == f"file:///{MAX_TEXTS + 4}.py"
    # Another document's take the place of all of them in one request.
    assert 2 * MAX_TEXTS <= memories.MAX_TEXTS


def test_files_come_before_open_documents_the_nearest_last() -> None:
    memory = WorkspaceMemory(lambda _context, _opened: (file_of("near.py", "near"), file_of("far.py", "far")))
    memory.note(THERE, "there = 2\n")
    assert [text for _, text in held(memory)] == ["far", "near", "there = 2\n"]


def test_open_documents_take_the_room_of_files() -> None:
    memory = WorkspaceMemory(lambda _context, _opened: (file_of("near.py", "x" * MAX_TEXT), file_of("far.py", "far")))
    for number in range(MAX_CHARACTERS // MAX_TEXT - 1):
        memory.note(f"file:///{number}.py", f"{number}" * (MAX_TEXT - 1))
    assert [text[:3] for _, text in held(memory)] == ["xxx", "000", "111"]


def test_another_rule_drops_what_it_excludes_and_begins_another_session() -> None:
    memory = filled()
    memory.note("file:///private/a.py", "plan = 1\n")
    before = memory.texts_for(context_at(HERE))
    assert [name for name, _ in held(memory)] == [THERE, "file:///private/a.py"]
    memory.exclude(excluding(["private"]))
    assert [name for name, _ in held(memory)] == [THERE]
    after = memory.texts_for(context_at(HERE))
    assert before is not None
    assert after is not None
    assert before.session.name != after.session.name
    memory.note("file:///private/a.py", "plan = 2\n")
    assert [name for name, _ in held(memory)] == [THERE]
