"""Keys of a typist: whatever the text, they bring it, and the editor's own indentation is free."""

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.evaluation.stretches import Stretch, drawn_stretches, whole_files
from codex_lsp.evaluation.typist import Habits, Typist

TEXTS = st.text(alphabet=" \t\nab:({#é", max_size=80)


def typist(text: str, *, before: str = "", seed: int = 0, habits: Habits | None = None) -> Typist:
    file = SourceFile(path="a.py", language="python", text=before + text)
    return Typist(Stretch(file=file, before=before, text=text, after=""), habits or Habits(), seed)


def keys(one: Typist) -> list[tuple[str, int]]:
    at, found = 0, list[tuple[str, int]]()
    while at < len(one.text):
        key = one.key_at(at)
        found.append((key.text, key.presses))
        at += len(key.text)
    return found


@given(TEXTS, TEXTS)
def test_keys_bring_the_text(before: str, text: str) -> None:
    found = keys(one := typist(text, before=before))
    assert "".join(brought for brought, _ in found) == text
    assert sum(presses for _, presses in found) == one.presses(0, len(text))


def test_the_editor_indents_as_the_line_above_and_a_level_more_after_a_block_opener() -> None:
    assert keys(typist("if a:\n    b\n    c"))[5:8] == [("\n    ", 1), ("b", 1), ("\n    ", 1)]


def test_a_level_less_is_a_key_each_and_more_than_the_editor_gives_is_one() -> None:
    found = dict(keys(typist("if a:\n    if b:\n        c\nd\n      e")))
    assert found["\n        "] == 1
    assert found["\n"] == 1
    assert keys(typist("if a:\n    if b:\n        c\nd"))[-2] == ("\n", 3)
    assert found["      "] == 1


def test_blank_lines_cost_a_key_and_hold_nothing() -> None:
    assert keys(typist("    a\n\n    b", before="if x:\n")) == [
        ("    ", 0),
        ("a", 1),
        ("\n", 1),
        ("\n    ", 1),
        ("b", 1),
    ]


def test_gaps_follow_from_the_seed_alone() -> None:
    one, again, other = typist("abcdef"), typist("abcdef"), typist("abcdef", seed=1)
    assert [one.gap_s(at) for at in range(6)] == [again.gap_s(at) for at in range(6)]
    assert one.gap_s(0) != other.gap_s(0)
    steady = typist("abcdef", habits=Habits(median_gap_ms=100, sigma=0.0))
    assert round(steady.alone_s, 6) == 0.6


@given(st.lists(st.sampled_from(["x = 1", "    y", "# no", "", "\tz"]), max_size=30), st.integers(1, 12))
def test_a_stretch_with_what_stands_around_it_is_the_file(lines: list[str], count: int) -> None:
    files = [SourceFile(path="a.py", language="python", text="\n".join(lines))]
    for stretch in (*drawn_stretches(files, 3, count, 5), *whole_files(files, 3, 5)):
        assert stretch.before + stretch.text + stretch.after == stretch.file.text
        assert stretch.text.strip()
        assert not stretch.before or stretch.before.endswith("\n")
    for stretch in drawn_stretches(files, 3, count, 5):
        assert stretch.text.count("\n") < count


def test_files_without_code_are_passed_over() -> None:
    files = [
        SourceFile(path=f"{name}.py", language="python", text=text)
        for name, text in zip("abc", ["", "# x\n", "x"], strict=True)
    ]
    assert [stretch.file.path for stretch in drawn_stretches(files, 5, 2, 0)] == ["c.py"]
    assert [stretch.file.path for stretch in whole_files(files, 5, 0)] == ["c.py"]
