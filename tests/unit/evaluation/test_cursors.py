"""Cursors: drawn from code alone, the same for the same seed, and the document is whole but for one rest of line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.cursors import Combination, cursor_at, drawn_places, is_comment
from codex_lsp.evaluation.source_files import SourceFile

TEXTS = st.lists(st.text(alphabet="ab# \n\t", max_size=60), max_size=4)


def files_of(texts: list[str]) -> list[SourceFile]:
    return [SourceFile(path=f"{number}.py", language="python", text=text) for number, text in enumerate(texts)]


@given(TEXTS, st.integers(1, 9), st.integers(0, 2**32), st.sampled_from(Combination))
def test_a_cursor_takes_the_rest_of_one_line_of_code_out(
    texts: list[str], count: int, seed: int, combination: Combination
) -> None:
    files = files_of(texts)
    places = drawn_places(files, count, seed)
    usable = [line for text in texts for line in text.split("\n") if line.strip() and not line.strip().startswith("#")]
    assert len(places) == (count if usable else 0)
    for place in places:
        cursor = cursor_at(place, combination)
        assert cursor.rest.strip()
        assert "\n" not in cursor.rest
        assert cursor.prefix.rsplit("\n", 1)[-1] + cursor.rest in usable
        after = place.file.text[len(cursor.prefix + cursor.rest) :]
        assert (cursor.prefix + cursor.rest + after, after[:1]) in {(place.file.text, "\n"), (place.file.text, "")}
        assert cursor.suffix == (after if combination.has_suffix else "")
        if not combination.is_uniform:
            assert not cursor.rest[0].isspace()
            assert not cursor.prefix.rsplit("\n", 1)[-1].strip()


@given(TEXTS, st.integers(0, 2**32))
def test_draws_depend_on_the_seed_alone(texts: list[str], seed: int) -> None:
    files = files_of(texts)
    places = drawn_places(files, 8, seed)
    assert drawn_places(files[::-1], 8, seed) == places
    assert drawn_places(files, 3, seed) == places[:3]


def test_every_file_has_its_turn_before_one_has_a_second() -> None:
    files = files_of(["a = 1\n", "b = 2\n", "# nothing\n", "c = 3\n"])
    paths = [place.file.path for place in drawn_places(files, 7, 0)]
    assert sorted(paths[:3]) == ["0.py", "1.py", "3.py"]
    assert paths[:3] == paths[3:6]


def test_characters_are_drawn_uniformly() -> None:
    text = "abcdefgh\n# not this\n  x  \n"
    places = drawn_places(files_of([text]), 4000, 1)
    counts = [sum(place.offset == offset for place in places) for offset in range(len(text))]
    drawn = [offset for offset, count in enumerate(counts) if count]
    # Eight characters of the first line; two blanks and a letter of the last, not the blanks that trail.
    assert drawn == [*range(8), 20, 21, 22]
    assert max(counts) < 2 * min(counts[offset] for offset in drawn)


@pytest.mark.parametrize(
    ("line", "language", "comment"),
    [
        ("# why", "python", True),
        ("x = 1  # why", "python", False),
        ("// why", "go", True),
        ("/* why */", "java", True),
        (" * why", "typescript", True),
        (" *", "typescript", True),
        ("*pointer = 1;", "c", False),
        ("#include <x.h>", "c", False),
        ("-- why", "sql", True),
        ("<!-- why -->", "html", True),
        ("# why", "plaintext", True),
    ],
)
def test_comments_by_language(line: str, language: str, *, comment: bool) -> None:
    assert is_comment(line, language) is comment
