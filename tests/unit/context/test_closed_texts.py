"""Which files' texts a model may remember beside a document: the nearest ones, the same ones at each key."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.config import ContextSettings
from codex_lsp.context.closed_texts import MAX_CHARACTERS, MAX_TEXT, MAX_TEXTS
from codex_lsp.context.exclusion import excluding
from codex_lsp.context.neighbours import Neighbours
from codex_lsp.context.source_index import Chunk, ReadFile, SourceIndex, read_file
from codex_lsp.types import CursorContext, RememberedText

HERE = CursorContext(uri="file:///w/a/here.py", path="a/here.py", language="python", prefix="x = ", suffix="\n")


def index_of(texts: dict[str, str]) -> SourceIndex:
    index = SourceIndex()
    for path, text in texts.items():
        put(index, path, text)
    return index


def put(index: SourceIndex, path: str, text: str) -> None:
    language = "go" if path.endswith(".go") else "python"
    index.add(read_file(text, key=f"/w/{path}", path=path, language=language))


def big_file(path: str, text: str) -> ReadFile:
    """A file of one piece."""
    key = f"/w/{path}"
    chunk = Chunk(key=key, path=path, language="python", start=0, end=1, text=text, parts=("till",))
    return ReadFile(key=key, path=path, language="python", characters=len(text), chunks=(chunk,), definitions=())


def paths(found: tuple[RememberedText, ...]) -> list[str]:
    return [text.name.removeprefix("file:///w/") for text in found]


def test_nearest_folder_first_of_the_same_language() -> None:
    index = index_of(dict.fromkeys(("b/far.py", "top.py", "a/in/deep.py", "a/near.py", "a/x.go"), "till_count = 1\n"))
    found = Neighbours(index).texts(HERE, ())
    assert paths(found) == ["a/near.py", "a/in/deep.py", "top.py", "b/far.py"]


def test_in_one_folder_what_is_like_the_place_comes_first() -> None:
    index = index_of({"a/b.py": "other_thing = 1\n", "a/c.py": "def open_till(coins): return coins\n"})
    place = replace(HERE, prefix="till = open_till(coins)\n")
    assert paths(Neighbours(index).texts(place, ())) == ["a/c.py", "a/b.py"]


def test_of_many_small_files_the_nearest_few() -> None:
    index = index_of(
        {f"{'a' if number % 2 else 'b'}/m{number}.py": "till_count = 1\n" for number in range(4 * MAX_TEXTS)}
    )
    found = paths(Neighbours(index).texts(HERE, ()))
    assert len(found) == MAX_TEXTS
    assert all(path.startswith("a/") for path in found)


def test_a_text_is_what_the_file_holds() -> None:
    text = (
        "import os\n\n\n"
        + "\n\n".join(f"def f{number}():\n    return total_of({number})\n" for number in range(60))
        + "\n\n%%\n"
    )
    (found,) = Neighbours(index_of({"a/b.py": text})).texts(HERE, ())
    assert found.text.rstrip("%\n") == text.rstrip("%\n")


def test_own_open_excluded_and_huge_files_are_left_out() -> None:
    names = ("a/here.py", "a/open.py", "private/a.py", "a/b.py")
    index = index_of(dict.fromkeys(names, "till_count = 1\n") | {"a/huge.py": "till_count = 1\n" * (MAX_TEXT // 14)})
    neighbours = Neighbours(index, is_excluded=excluding(["private"]))
    assert paths(neighbours.texts(HERE, ("file:///w/a/open.py",))) == ["a/b.py"]
    neighbours.configure(ContextSettings(), is_excluded=excluding(["a/*.py"]))
    assert paths(neighbours.texts(HERE, ())) == ["private/a.py"]


def test_files_that_come_change_and_go() -> None:
    index = index_of({"a/b.py": "till_count = 1\n"})
    neighbours = Neighbours(index)
    assert paths(neighbours.texts(HERE, ())) == ["a/b.py"]
    put(index, "a/c.py", "coin_count = 1\n")
    put(index, "a/b.py", "till_count = 2\n")
    assert [text.text for text in neighbours.texts(HERE, ())] == ["till_count = 2\n", "coin_count = 1\n"]
    index.remove("/w/a/b.py")
    assert paths(neighbours.texts(HERE, ())) == ["a/c.py"]


@given(
    sizes=st.dictionaries(
        st.sampled_from([f"{folder}/{n}.py" for folder in "abc" for n in range(9)]), st.integers(1, 9)
    ),
    typed=st.lists(st.text(max_size=20), max_size=5),
)
def test_caps_hold_and_typing_changes_nothing(sizes: dict[str, int], typed: list[str]) -> None:
    index = index_of({"a/here.py": "till_count = 1\n"})
    for path, size in sizes.items():
        index.add(big_file(path, "x" * (size * MAX_TEXT // 8)))
    neighbours = Neighbours(index)
    first = neighbours.texts(HERE, (HERE.uri,))
    assert first or all(size > 8 for size in sizes.values())
    assert sum(len(text.text) for text in first) <= MAX_CHARACTERS + len(first)
    assert all(len(text.text) <= MAX_TEXT + 1 for text in first)
    assert "a/here.py" not in paths(first)
    for more in typed:
        # As the server does a second after the last key.
        put(index, "a/here.py", "till_count = 1\n" + more)
        now = neighbours.texts(replace(HERE, prefix=HERE.prefix + more), (HERE.uri,))
        assert all(one is other for one, other in zip(first, now, strict=True))
