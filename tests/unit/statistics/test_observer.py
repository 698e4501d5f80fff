"""From answers, edits and acceptances to figures."""

from collections import Counter
from collections.abc import Callable

import pytest

from codex_lsp.statistics.counts import Age, Group, Measure
from codex_lsp.statistics.observer import MAX_INSERTIONS, Answer, Observer
from codex_lsp.statistics.span import Edit

URI = "file:///a.py"
GROUP = Group(day="2026-11-21", language="python", model="m", tier="generated")


class Alarms:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.waiting: list[tuple[float, Callable[[], None], Alarm]] = []

    def set(self, delay_s: float, call: Callable[[], None]) -> "Alarm":
        alarm = Alarm()
        self.waiting.append((self.now_s + delay_s, call, alarm))
        return alarm

    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds
        due = [entry for entry in self.waiting if entry[0] <= self.now_s]
        self.waiting = [entry for entry in self.waiting if entry[0] > self.now_s]
        for _, call, alarm in sorted(due, key=lambda entry: entry[0]):
            if not alarm.is_cancelled:
                call()


class Alarm:
    is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Editor:
    """One document, and who observes it."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.found: Counter[str] = Counter()
        self.alarms = Alarms()
        self.observer = Observer(self._count, text_of=lambda _: self.text, set_alarm=self.alarms.set)
        self.answers = 0

    def show(self, *inserts: str, at: int | None = None, typed: str = "", present: str | None = None) -> str:
        """Answer at an offset, the end by default; gives the best item's id."""
        at = len(self.text) if at is None else at
        present = typed if present is None else present
        self.answers += 1
        answer = Answer(
            uri=URI,
            prefix=self.text[: at - len(present)] + typed,
            suffix=self.text[at:],
            typed=typed,
            present=present,
            inserts=inserts,
            ids=tuple(f"{self.answers}.{index}" for index in range(len(inserts))),
            group=GROUP,
            latency_s=0.1,
        )
        self.observer.answered(answer)
        return answer.ids[0]

    def edit(self, start: int, end: int, text: str) -> None:
        self.text = self.text[:start] + text + self.text[end:]
        self.observer.edited(URI, [Edit(start=start, end=end, text=text)], infers_parts=True)

    def type(self, text: str) -> None:
        for character in text:
            self.edit(len(self.text), len(self.text), character)

    def insert(self, text: str) -> None:
        self.edit(len(self.text), len(self.text), text)

    def accept(self, identity: str) -> None:
        self.observer.accepted(identity)

    def _count(self, group: Group, measure: str, amount: int) -> None:
        assert group == GROUP
        self.found[measure] += amount


def test_the_same_suggestion_is_shown_once_however_often_it_is_answered() -> None:
    editor = Editor("x = ")
    editor.show("a + b")
    editor.show("a + b", "other")
    editor.type("a ")
    editor.show("+ b")
    assert (editor.found[Measure.SHOWN], editor.found[Measure.SHOWN_CHARACTERS]) == (1, 5)
    editor.type("-")
    editor.show(" b")
    assert editor.found[Measure.SHOWN] == 2
    assert editor.found["latency_27"] == 4


def test_a_bracket_that_the_editor_closes_does_not_make_another_suggestion_of_it() -> None:
    editor = Editor("f")
    editor.show("(a)")
    editor.insert("()")
    editor.show("a", at=2)
    assert editor.found[Measure.SHOWN] == 1
    assert editor.found[Measure.PARTLY_ACCEPTED] == 0


def test_another_of_the_answers_may_be_accepted() -> None:
    editor = Editor("x = ")
    editor.show("a + b", "call(a)")
    editor.type("c")
    editor.insert("all(a)")
    editor.accept("1.1")
    assert (editor.found[Measure.ACCEPTED], editor.found[Measure.ACCEPTED_CHARACTERS]) == (1, 6)


def test_the_command_may_come_before_the_text() -> None:
    editor = Editor("x = ")
    identity = editor.show("a + b")
    editor.type("a")
    editor.accept(identity)
    assert (editor.found[Measure.ACCEPTED], editor.found[Measure.ACCEPTED_CHARACTERS]) == (1, 4)


def test_a_suggestion_may_replace_what_is_there() -> None:
    editor = Editor("os.path.exi")
    identity = editor.show("(path)", typed="exists", present="exi")
    editor.edit(8, 11, "exists(path)")
    editor.accept(identity)
    assert editor.found[Measure.ACCEPTED_CHARACTERS] == 9


def test_words_that_are_taken_at_once_are_parts() -> None:
    editor = Editor("x = ")
    editor.show("value + other")
    editor.insert("value")
    editor.show(" + other")
    editor.insert(" +")
    identity = editor.show(" other")
    assert (editor.found[Measure.PARTLY_ACCEPTED], editor.found[Measure.PARTLY_ACCEPTED_CHARACTERS]) == (1, 7)
    editor.insert(" other")
    editor.accept(identity)
    assert (editor.found[Measure.PARTLY_ACCEPTED], editor.found[Measure.ACCEPTED]) == (0, 1)
    assert editor.found[Measure.ACCEPTED_CHARACTERS] == 6
    assert editor.found[Measure.SHOWN] == 1


@pytest.mark.parametrize("keys", [["v", "a"], ["w"], ["\n    "], ["xx"], [""]])
def test_what_is_typed_or_differs_is_no_part(keys: list[str]) -> None:
    editor = Editor("x = ")
    editor.show("va\n    lue", "\n    y")
    for key in keys:
        editor.insert(key)
    assert editor.found[Measure.PARTLY_ACCEPTED] == 0


def test_keys_of_one_message_are_no_part_wherever_the_editor_says_that_they_fell() -> None:
    editor = Editor("[item. for item in items]")
    identity = editor.show("name for x", at=6)
    # The blank came before a blank, and is said to have come after it.
    edits = [Edit(start=6 + at, end=6 + at, text=key) for at, key in enumerate("name")]
    edits.append(Edit(start=11, end=11, text=" "))
    editor.text = "[item.name  for item in items]"
    editor.observer.edited(URI, edits, infers_parts=True)
    assert editor.found[Measure.PARTLY_ACCEPTED] == 0
    editor.edit(11, 11, "for x")
    editor.accept(identity)
    assert editor.text == "[item.name for x for item in items]"
    assert editor.found[Measure.ACCEPTED_CHARACTERS] == len("for x")


def test_edits_before_a_suggestion_move_it() -> None:
    editor = Editor("x = ")
    identity = editor.show("a + b")
    editor.edit(0, 0, "import y\n")
    editor.insert("a +")
    assert editor.found[Measure.PARTLY_ACCEPTED_CHARACTERS] == 3
    editor.edit(0, 9, "")
    editor.insert(" b")
    editor.accept(identity)
    editor.alarms.pass_time(30)
    assert editor.found[Measure.ACCEPTED_CHARACTERS] == 2
    assert editor.found[Age.HALF_A_MINUTE.texts] == editor.found[Age.HALF_A_MINUTE.whole] == 2


def accepted(text: str = "return a + b") -> Editor:
    editor = Editor("def f():\n    ")
    identity = editor.show(text)
    editor.insert(text)
    editor.accept(identity)
    return editor


def retained(editor: Editor, age: Age) -> tuple[int, int, int, int]:
    found = editor.found
    return found[age.texts], found[age.whole], found[age.characters], found[age.kept]


def test_what_stays_is_counted_after_half_a_minute_and_after_five() -> None:
    editor = accepted()
    editor.alarms.pass_time(29)
    assert retained(editor, Age.HALF_A_MINUTE) == (0, 0, 0, 0)
    editor.edit(0, 0, "# a comment\n")
    editor.type("\n")
    editor.alarms.pass_time(1)
    assert retained(editor, Age.HALF_A_MINUTE) == (1, 1, 12, 12)
    start = editor.text.index("a + b")
    editor.edit(start, start + 1, "total")
    editor.alarms.pass_time(270)
    assert retained(editor, Age.FIVE_MINUTES) == (1, 0, 12, 11)
    assert retained(editor, Age.HALF_A_MINUTE) == (1, 1, 12, 12)


def test_what_was_removed_is_not_kept() -> None:
    editor = accepted()
    editor.edit(0, len(editor.text), "something else entirely")
    editor.alarms.pass_time(300)
    assert retained(editor, Age.FIVE_MINUTES)[0:3] == (1, 0, 12)
    editor = accepted()
    editor.edit(len("def f():\n    "), len(editor.text), "")
    editor.alarms.pass_time(300)
    assert retained(editor, Age.FIVE_MINUTES) == (1, 0, 12, 0)


def test_line_ends_of_the_document_are_no_change() -> None:
    editor = Editor("def f():\r\n    ")
    identity = editor.show("a\nb")
    editor.insert("a\r\nb")
    editor.accept(identity)
    editor.alarms.pass_time(30)
    assert retained(editor, Age.HALF_A_MINUTE) == (1, 1, 3, 3)


def test_a_document_that_is_closed_is_not_looked_at_again() -> None:
    editor = accepted()
    editor.alarms.pass_time(30)
    editor.observer.close()
    editor.alarms.pass_time(300)
    assert retained(editor, Age.HALF_A_MINUTE)[0] == 1
    assert retained(editor, Age.FIVE_MINUTES)[0] == 0
    assert not editor.observer.follows(URI)


def test_no_more_is_followed_than_there_is_room_for() -> None:
    editor = Editor()
    for _ in range(MAX_INSERTIONS + 5):
        identity = editor.show("abc")
        editor.insert("abc")
        editor.accept(identity)
    editor.alarms.pass_time(300)
    assert retained(editor, Age.FIVE_MINUTES)[0] == MAX_INSERTIONS
    assert editor.found[Measure.ACCEPTED] == MAX_INSERTIONS + 5


def test_what_was_accepted_and_undone_and_shown_again_is_another_suggestion() -> None:
    editor = Editor("x = ")
    for _ in range(2):
        identity = editor.show("a + b")
        editor.insert("a + b")
        editor.accept(identity)
        editor.edit(4, 9, "")
    assert (editor.found[Measure.SHOWN], editor.found[Measure.ACCEPTED]) == (2, 2)


def test_what_is_not_known_or_not_there_is_harmless() -> None:
    editor = Editor("x = ")
    editor.observer.edited(URI, [Edit(start=0, end=0, text="y")], infers_parts=True)
    editor.accept("9")
    editor.observer.partly_accepted("9", 4)
    editor.observer.closed(URI)
    identity = editor.show("a")
    editor.text = "gone"
    editor.accept(identity)
    editor.observer.partly_accepted(identity, -3)
    editor.alarms.pass_time(300)
    assert editor.found[Measure.ACCEPTED] == 1
    assert editor.found[Measure.PARTLY_ACCEPTED] == 0
    assert retained(editor, Age.FIVE_MINUTES)[0] == 0
