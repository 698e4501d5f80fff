"""Files found by words and by names, while they come, change and go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.identifiers import parts_of
from codex_lsp.context.source_index import Match, SourceIndex, read_file

PYTHON = frozenset({"python"})


def add(index: SourceIndex, key: str, text: str, language: str = "python") -> None:
    index.add(read_file(text, key=key, path=key.removeprefix("/"), language=language))


def similar(index: SourceIndex, text: str) -> list[Match]:
    return index.similar(parts_of(text), languages=PYTHON)


def names(matches: list[Match]) -> list[str]:
    return [match.chunk.key for match in matches]


def test_the_likest_piece_is_first() -> None:
    index = SourceIndex()
    add(index, "/a.py", "def open_socket(address, port):\n    connect(address)\n")
    add(index, "/b.py", "def paint_window(colour):\n    window.fill(colour)\n")
    add(index, "/c.js", "open_socket(address, port)\n", "javascript")
    (match,) = similar(index, "socket = open_socket(address")
    assert match.chunk.key == "/a.py"
    assert 0.3 < match.score < 1.0
    assert similar(index, "nothing_alike") == []
    assert index.similar(parts_of("paint"), languages=PYTHON, excluded=frozenset({"b.py"})) == []


def test_the_same_words_are_as_like_as_can_be() -> None:
    index = SourceIndex()
    add(index, "/a.py", "alpha beta gamma")
    assert similar(index, "gamma(alpha, beta)")[0].score == pytest.approx(1.0)


def test_a_rare_word_weighs_more() -> None:
    index = SourceIndex()
    add(index, "/rare.py", "shared unicorn")
    for number in range(20):
        add(index, f"/common{number}.py", "shared horse")
    assert names(similar(index, "shared unicorn"))[0] == "/rare.py"


def test_a_file_is_replaced_and_removed() -> None:
    index = SourceIndex()
    add(index, "/src/a.py", "def alpha(): pass")
    add(index, "/src/a.py", "def beta(): pass")
    assert len(index) == 1
    assert similar(index, "alpha") == []
    assert not list(index.definitions("alpha", language="python", most=3))
    assert [found[1] for found in index.definitions("beta", language="python", most=9)] == ["src/a.py"]
    index.remove_under("/src")
    index.remove("/src/a.py")
    assert (len(index), index.characters, similar(index, "beta")) == (0, 0, [])


def test_what_many_files_define_is_found_in_preferred_ones() -> None:
    index = SourceIndex()
    for name in "abcd":
        add(index, f"/{name}.py", "def alpha(): pass")
    assert not list(index.definitions("alpha", language="python", most=3))
    preferred = frozenset({"/b.py", "/none.py"})
    assert [key for key, _, _ in index.definitions("alpha", language="python", most=3, preferred=preferred)] == [
        "/b.py"
    ]
    assert not list(index.definitions("alpha", language="go", most=9))


def test_files_are_found_by_the_end_of_their_path() -> None:
    index = SourceIndex()
    add(index, "/w/src/shop/till.py", "x = 1")
    add(index, "/w/src/shop/deep/shop/till.py", "x = 1")
    assert index.key_of("shop/till.py") == "/w/src/shop/till.py"
    assert index.key_of("op/till.py") is None


def test_what_was_longest_not_touched_is_dropped() -> None:
    index = SourceIndex(max_files=2, max_characters=100)
    for name in "ab":
        add(index, f"/{name}.py", "alpha = 1")
    index.touch("/a.py")
    add(index, "/c.py", "alpha = 1")
    assert sorted(names(similar(index, "alpha"))) == ["/a.py", "/c.py"]
    add(index, "/d.py", "alpha = 1\n" * 10)
    assert names(similar(index, "alpha")) == ["/d.py"]


WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "def beta(): pass"]), max_size=5).map("\n".join)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.none() | WORDS), max_size=200))
def test_an_index_is_what_its_files_make_it(changes: list[tuple[str, str | None]]) -> None:
    """However files came and went, it answers as one that was made of what is left."""
    index, left = SourceIndex(), dict[str, str]()
    for name, text in changes:
        if text is None:
            index.remove(f"/{name}.py")
            left.pop(name, None)
        else:
            add(index, f"/{name}.py", text)
            left[name] = text
    fresh = SourceIndex()
    for name, text in left.items():
        add(fresh, f"/{name}.py", text)
    for query in ("alpha beta", "gamma", "delta alpha"):
        assert similar(index, query) == similar(fresh, query)
    defined = sorted(found[0] for found in index.definitions("beta", language="python", most=9))
    assert defined == sorted(found[0] for found in fresh.definitions("beta", language="python", most=9))
    assert index.characters == sum(map(len, left.values()))
