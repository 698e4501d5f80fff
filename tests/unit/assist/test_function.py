"""The function under the cursor, told from texts with a `║` in them."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.assist.function import Example, Parameter, ParameterKind, function_at, functions_in
from codex_lsp.errors import AssistRefused

MODULE = '''import x


class Outer:
    class Inner:
        @property
        def size(self) -> int:
            """How many.

            >>> Outer.Inner().size
            3
            >>> [
            ...     1
            ... ]
            [1]
            """

            return 3
            # the end

    async def go(self, a, /, b: int = 3, *rest, key: "str" = lambda z: ":", **others): return await b

    @staticmethod
    def still(): yield 1


@deco(
    1,
)
def é(
    a=":",  # :
) -> list[int]:  # header

    # first
    def inner():
        yield 1

    return 2


if x:

    def late(): pass
'''


def at(marked: str) -> str:
    """The qualified name of the function at the mark; the refusal where there is none."""
    try:
        return function_at(marked.replace("║", ""), marked.index("║")).qualname
    except AssistRefused as error:
        return str(error)


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("        @prop", "erty", "Outer.Inner.size"),
        ('            """How', " many", "Outer.Inner.size"),
        ('            """\n', "\n            return 3", "Outer.Inner.size"),
        ("            # the", " end", "Outer.Inner.size"),
        ("            # the end\n            ", "", "Outer.Inner.size"),
        ("await ", "b\n", "Outer.go"),
        ("    1,", "\n)", "é"),
        ("    return 2", "\n", "é"),
        ("def la", "te", "late"),
    ],
)
def test_the_cursor_is_inside(before: str, after: str, name: str) -> None:
    line = before.rpartition("\n")[2]
    text = MODULE if before + after in MODULE else MODULE.replace("# the end\n", f"# the end\n{line}\n")
    assert before + after in text
    assert at(text.replace(before + after, f"{before}║{after}", 1)) == name


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("║import x\n\ndef f(): pass\n", "line 1 is in no function; put the cursor into the function that is meant"),
        ("def f():\n    pass\n\n║\n\ndef g(): pass\n", "line 4 is in no function; put the cursor into the function"),
        ("def f():\n    pass\n# note║\n", "line 3 is in no function; put the cursor into the function that is meant"),
        ("class A:║\n    x = 1\n", "line 1 is in no function; put the cursor into the function that is meant"),
        ("def f():\n    def g():\n        pass║\n    return g\n", "`g` is defined inside `f` and cannot be called"),
        ("def f():\n    class A:\n        def g(self): pass║\n", "`g` is defined inside `f` and cannot be called"),
        ("def f():\n    return (║\n", "line 2 does not parse ('(' was never closed); mend it first"),
        ("def f():║\n", "line 1 does not parse (expected an indented block after function definition on line 1); me"),
        ("def f(): pass\0║\n", "line 1 does not parse (source code string cannot contain null bytes); mend it first"),
        ("def f(): '\ud800'║\n", "the file is no Python that can be read ('utf-8' codec can't encode character"),
        ("║", "line 1 is in no function; put the cursor into the function that is meant"),
    ],
)
def test_refusals_name_the_line_and_the_mend(text: str, refusal: str) -> None:
    assert at(text).startswith(refusal)


def test_a_place_in_the_outer_function_but_not_in_the_inner_is_the_outer() -> None:
    assert at("def f():\n    def g():\n        pass\n    return g║\n") == "f"


def test_the_parts_of_functions() -> None:
    size, go, still, accented, late = functions_in(MODULE)
    assert [each.qualname for each in (size, go, still, accented, late)] == [
        "Outer.Inner.size",
        "Outer.go",
        "Outer.still",
        "é",
        "late",
    ]
    assert (size.class_name, size.is_method, size.is_bound, size.is_property) == ("Outer.Inner", True, True, True)
    assert (still.is_bound, still.is_generator, go.is_async, accented.is_generator) == (False, True, True, False)
    assert (accented.is_method, accented.is_property, late.indent) == (False, False, "    ")
    assert size.docstring is not None
    assert size.docstring.startswith("How many.\n\n>>> Outer")
    assert size.doctests == (
        Example(source="Outer.Inner().size\n", want="3\n"),
        Example(source="[\n    1\n]\n", want="[1]\n"),
    )
    assert size.docstring_span is not None
    assert ast.literal_eval(MODULE[slice(*size.docstring_span)]).startswith("How many.")
    assert (size.returns, accented.returns, go.returns) == ("int", "list[int]", None)
    assert accented.signature == 'def é(\n    a=":",  # :\n) -> list[int]:'
    assert accented.decorators == ("deco(1)",)
    assert MODULE[accented.body_start :].startswith("\n    # first\n    def inner():")
    assert MODULE[go.body_start :].startswith("return await b\n")
    assert size.source.startswith("        @property\n")
    assert size.source.endswith("# the end\n")
    assert MODULE[size.start : size.end] == size.source
    assert (size.line, size.end_line) == (7, 19)


def test_parameters() -> None:
    go = functions_in(MODULE)[1]
    kind = ParameterKind
    assert go.parameters == (
        Parameter(name="self", annotation=None, default=None, kind=kind.POSITIONAL_ONLY),
        Parameter(name="a", annotation=None, default=None, kind=kind.POSITIONAL_ONLY),
        Parameter(name="b", annotation="int", default="3", kind=kind.POSITIONAL_OR_KEYWORD),
        Parameter(name="rest", annotation=None, default=None, kind=kind.VAR_POSITIONAL),
        Parameter(name="key", annotation="'str'", default="lambda z: ':'", kind=kind.KEYWORD_ONLY),
        Parameter(name="others", annotation=None, default=None, kind=kind.VAR_KEYWORD),
    )


def test_badly_indented_examples_are_none() -> None:
    (function,) = functions_in("def f():\n    '''\n    >>> 1\n  2\n    '''\n")
    assert function.doctests == ()


@given(
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\ufeff"]),
    st.sampled_from(["", "# ü😋\f\n", "x = '\u2028'\n"]),
)
def test_places_hold_for_all_line_ends(end: str, mark: str, first: str) -> None:
    text = mark + (first + MODULE).replace("\n", end)
    for function, plain in zip(functions_in(text), functions_in(MODULE), strict=True):
        assert text[function.start : function.end] == function.source == plain.source.replace("\n", end)
        assert text[function.body_start : function.end] == MODULE[plain.body_start : plain.end].replace("\n", end)
        assert function.signature == plain.signature.replace("\n", end)
        for offset in (function.start, function.body_start, function.end - len(end) - 1):
            assert function_at(text, offset) == function


def test_a_number_that_python_cannot_write_is_named() -> None:
    text = f"def f(a):\n    return a + 0x{'f' * 20_000}\n"
    with pytest.raises(AssistRefused, match="line 2 has a number of more than 14000 bits"):
        function_at(text, 0)
    text = f"def f(a):\n    return a + {'f' * 20_000!r}\n"
    assert function_at(text, 0).name == "f"
