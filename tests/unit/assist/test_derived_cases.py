"""Cases without a model: what a docstring shows, and inputs of the right kinds."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.assist.author_examples import doctest_cases, named_examples, prose_examples
from codex_lsp.assist.boundary_values import boundaries
from codex_lsp.assist.derived_cases import author_cases, derived_cases
from codex_lsp.assist.drawn_values import drawn_values
from codex_lsp.assist.function import function_at
from codex_lsp.assist.parameter_kind import INT, STR, Kind, kind_of_annotation, kind_of_value
from codex_lsp.assist.same_value import agrees
from codex_lsp.assist.subject import subject_of
from codex_lsp.assist.value_pool import ValuePool
from codex_lsp.errors import AssistRefused

EMPTY = ValuePool()
PLAIN = st.sampled_from(["int", "float", "str", "bool", "None", "bytes"]).map(Kind)


def holders(inner: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    pairs = st.tuples(inner, inner)
    return st.builds(Kind, st.just("list"), st.tuples(inner)) | st.builds(
        Kind, st.sampled_from(["row", "union"]), pairs
    )


KINDS = st.recursive(PLAIN, holders, max_leaves=4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(1) == 2", "2"),
        ("* f([4,\n 2]) ==> [2, 1]", "[2, 1]"),
        ("f(1) returns 'a'", "'a'"),
        ("f({1: 2}) should return true.", "True"),
        ('f(1)   # returns "db"', "'db'"),
        ("f(1) # => 'No' (it has to begin with a letter)", "'No'"),
        ("f('[[]][[') ➞ False", "False"),
        ("f(1)\n    -7", "-7"),
        # What is part of something longer, or no value, says nothing.
        ("f(1) -> 19 - 5 = 14", None),
        ("f(1) == 1 + 9", None),
        ('f(1) == ""aaa"', None),
        ("f(1) is 4 or 5", None),
        ("f(1) = g(0) + 1", None),
        ("f(1) and then", None),
    ],
)
def test_what_prose_says_a_call_gives(text: str, expected: str | None) -> None:
    [case] = prose_examples(text, "f")
    assert case.expected == expected


def test_calls_of_something_else_are_no_examples() -> None:
    assert prose_examples("g.f(1) == 2, gf(1) == 2, f(x) == 2, f() == 2", "f") == ()


def test_examples_that_name_the_parameters_alone() -> None:
    text = "For lst = [1, 2] the output should be 3\nInput: lst = [], k = 1\nOutput: 0"
    assert [(case.call, case.expected) for case in named_examples(text, "f", ["lst"])] == [
        ("f([1, 2])", "3"),
        ("f([])", "0"),
    ]
    assert [(case.call, case.expected) for case in named_examples(text, "f", ["lst", "k"])] == [("f([], 1)", "0")]


def test_doctests_are_expectations_where_they_show_a_value() -> None:
    shown = [
        ("f(1)\n", "2\n"),
        ("f(2) == [3]\n", ""),
        ("f(3)\n", "<object at 0x1>\n"),
        ("f(0)\n", "Traceback (most recent call last):\n    ...\nValueError: no\n"),
        ("x = f(4)\n", ""),
        ("g(5)\n", "6\n"),
    ]
    assert [(case.call, case.expected, case.raises) for case in doctest_cases(shown, "f")] == [
        ("f(1)", "2", None),
        ("f(2)", "[3]", None),
        ("f(3)", None, None),
        ("f(0)", None, "ValueError"),
    ]


@pytest.mark.parametrize(
    ("expected", "value", "loose", "agreed"),
    [
        ("1", "1.0", False, True),
        ("(1, 2)", "[1, 2]", False, True),
        ("('a')", "('a',)", False, True),
        ("3.33", "3.3333", True, True),
        ("3.33", "3.3333", False, False),
        ("3", "[1, 3]", True, None),
        ("3", "[1, 3]", False, False),
        ("3", "None", True, False),
        ("P(1)", "P(1)", False, True),
        ("P(1)", "P(2)", False, None),
    ],
)
def test_when_values_are_the_same(expected: str, value: str, *, loose: bool, agreed: bool | None) -> None:
    assert agrees(expected, value, loose=loose) is agreed


@given(KINDS)
def test_boundaries_are_different_expressions_of_their_kind(kind: Kind) -> None:
    found = boundaries(kind, ValuePool(integers=(7,), texts=("key",), letters="key"))
    assert found
    assert len(set(found)) == len(found)
    for text in found:
        ast.literal_eval(text)


def test_draws_are_the_same_each_time_and_leave_nothing_behind(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    kinds = (Kind("list", (INT,)), STR)
    rows = drawn_values(kinds, EMPTY, 12, 3)
    assert rows == drawn_values(kinds, EMPTY, 12, 3)
    assert 6 < len(rows) <= 12
    assert all(isinstance(ast.literal_eval(one), list) and isinstance(ast.literal_eval(two), str) for one, two in rows)


def test_annotations_and_values_name_kinds() -> None:
    makers = {"Point": Kind("build", (INT,), ("Point", ""))}
    for text, kind in (
        ("Optional[int]", Kind("union", (INT, Kind("None")))),
        ("dict[str, list[int]]", Kind("dict", (STR, Kind("list", (INT,))))),
        ("tuple[int, str]", Kind("row", (INT, STR))),
        ("tuple[int, ...]", Kind("tuple", (INT,))),
        ("'Point'", makers["Point"]),
        ("Literal['a', 2]", Kind("choice", (), ("'a'", "2"))),
        ("np.ndarray", None),
    ):
        assert kind_of_annotation(ast.parse(text, mode="eval").body, makers) == kind, text
    assert kind_of_value([(1, "a"), (2, "b")]) == Kind("list", (Kind("row", (INT, STR)),))


SOURCE = '''
from enum import Enum


class Mode(Enum):
    FAST = 1


class Point:
    def __init__(self, x: int, name: str = ""):
        self.x = x

    def near(self, other: "Point", *, mode: Mode, limit=3) -> bool:
        return abs(self.x - other.x) < limit


class Opaque:
    def __init__(self, handle):
        self.handle = handle

    def use(self):
        return self.handle


class Far(Elsewhere):
    def go(self):
        return 1

    def __hidden(self):
        return 2


def pick(words, n):
    """pick(["a", "b"], 1) => "b" """
    return words[n]
'''


def calls_of(marker: str) -> list[str]:
    subject = subject_of(function_at(SOURCE, SOURCE.index(marker)), SOURCE)
    known = author_cases(subject)
    return [case.call for case in (*known, *derived_cases(subject, known, 0))]


def test_methods_are_called_on_instances_that_can_be_made() -> None:
    calls = calls_of("def near")
    assert calls[0] == "Point(1).near(Point(2), mode=Mode.FAST)"
    assert any("limit=" in call for call in calls)
    assert calls_of("def use")[:2] == ["Opaque('a').use()", "Opaque([1, 2]).use()"]
    with pytest.raises(AssistRefused, match="nothing says how `Far` is made; show a call of it in a docstring"):
        calls_of("def go")
    with pytest.raises(AssistRefused, match=r"`Far.__hidden` has another name outside its class"):
        calls_of("def __hidden")


def test_arguments_are_like_those_of_the_examples() -> None:
    calls = calls_of("def pick")
    assert calls[0] == "pick(['a', 'b'], 1)"
    assert len(calls) == len(set(calls)) > 30
    rows = [ast.literal_eval(f"({call.removeprefix('pick(').removesuffix(')')})") for call in calls]
    assert all(isinstance(words, list) and isinstance(n, int) for words, n in rows)


CHAIN = "class C0: ...\n" + "".join(
    f"class C{n}:\n    def __init__(self, one: C{n - 1}, other: C{n - 1}): ...\n" for n in range(1, 40)
)


@pytest.mark.parametrize(
    "annotation",
    [
        "list[" * 60 + "int" + "]" * 60,
        "dict[str, " * 40 + "list[int]" + "]" * 40,
        f"tuple[{', '.join(['list[list[str]]'] * 200)}]",
        "list[list[list[C4]]]",
        "C39",
    ],
)
def test_inputs_stay_small_however_deep_the_kinds_are(annotation: str) -> None:
    # Each level could be ten times as much.
    text = f"{CHAIN}def f(a: {annotation}, b: list[C39]):\n    return 1\n"
    subject = subject_of(function_at(text, len(text) - 2), text)
    assert sum(len(case.call) for case in derived_cases(subject, (), 0)) < 100_000


def test_no_constant_is_computed() -> None:
    text = "def f(a: int):\n    return a + 10**10**10 + len('a' * 10**10) + (1 << 10**12)\n"
    assert derived_cases(subject_of(function_at(text, 20), text), (), 0)
