"""JavaScript and TypeScript as far as calls go."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.assist.function import function_at
from codex_lsp.assist.script_checks import ScriptCheck, checking_program, checks_file, failures_in
from codex_lsp.assist.script_syntax import opening, script_call, script_literal, script_name, script_type

TEXT = "def pick_one(items: list[int], at=0, *rest, key_name: str = 'a', **more) -> int | None:\n    pass\n"
FUNCTION = function_at(TEXT, 0)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)  # fmt: skip


def test_openings() -> None:
    assert opening(FUNCTION, typed=False) == 'function pickOne(items, at = 0, ...rest, keyName = "a", more = {}) {'
    assert opening(FUNCTION, typed=True) == (
        "function pickOne(items: number[], at: any = 0, ...rest: any[], "
        'keyName: string = "a", more: any = {}): number | null {'
    )
    generator = function_at("def delete():\n    yield 1\n", 0)
    assert opening(generator, typed=False) == "function* delete_() {"
    waiting = function_at("async def f(a=thing()): ...", 0)
    assert opening(waiting, typed=False) == "async function f(a = undefined) {"


@given(PLAIN)
def test_plain_values_are_json(value: object) -> None:
    literal = script_literal(value)
    if literal is not None:
        assert json.loads(literal) == value
    else:
        assert "__proto__" in repr(value)


@pytest.mark.parametrize("value", [2**60, {1: 2}, {1, 2}, b"a", 1j, [2**60], {"a": {3}}])
def test_what_has_no_equal(value: object) -> None:
    assert script_literal(value) is None


def test_numbers_without_json() -> None:
    assert [script_literal(value) for value in (float("inf"), float("-inf"), float("nan"))] == [
        "Infinity",
        "-Infinity",
        "NaN",
    ]


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("'int'", "number"),
        ("list[list[str]]", "string[][]"),
        ("list[int | None]", "(number | null)[]"),
        ("tuple[int, str]", "any[]"),
        ("dict[str, list[bool]]", "Record<string, boolean[]>"),
        ("Optional[float]", "number | null"),
        ("Callable[[int], str]", "any"),
        ("not a type(", "any"),
        (None, "any"),
    ],
)
def test_types(annotation: str | None, kind: str) -> None:
    assert script_type(annotation) == kind


@pytest.mark.parametrize(
    ("call", "translated"),
    [
        ("pick_one([1, 2], 1)", "pickOne([1, 2], 1)"),
        ("pick_one([1], key_name='b')", 'pickOne([1], undefined, "b")'),
        ("pick_one({1})", None),
        ("pick_one(x)", None),
        ("other([1])", None),
        ("list(pick_one([1]))", None),
        ("pick_one([1], missing=1)", None),
        ("pick_one(", None),
    ],
)
def test_calls(call: str, translated: str | None) -> None:
    assert script_call(call, FUNCTION) == translated


def test_names() -> None:
    assert [script_name(name) for name in ("a", "read_all_lines", "__x__", "function")] == [
        "a",
        "readAllLines",
        "__x",
        "function_",
    ]


def test_reading_what_a_run_printed() -> None:
    checks = [ScriptCheck(call="f(1)", expected="2"), ScriptCheck(call="f(2)", expected=None)]
    assert failures_in("noise\nM 0 \nM 1 throws nothing\nM 7 x\nM x y\nN 0 no\n", checks, "M") == {1: "throws nothing"}
    assert failures_in("M 0 \n", checks, "M") == {1: "was not reached"}
    # The first line on a check counts.
    assert failures_in("M 0 gives 1\nM 0 \nM 1 \n", checks, "M") == {0: "gives 1"}
    assert "codexLspCheck(1, () => f(2), null, true);" in checking_program("", checks, "M", typed=False)
    assert ": any" not in checking_program("", checks, "M", typed=False)
    assert checks_file(checks, "f", "f.mjs").endswith(
        'import { f } from "./f.mjs";\n\ntest("f(1)", () => {\n  assert.deepEqual(f(1), 2);\n});\n'
        'test("f(2)", () => {\n  assert.throws(() => f(2));\n});\n'
    )


def test_the_file_holds_what_the_run_holds() -> None:
    near = ScriptCheck(call="f(0.1)", expected="0.30000000000000004")
    nothing = ScriptCheck(call="f(0)", expected="null")
    assert near.statement == "assert.ok(Math.abs(f(0.1) / 0.30000000000000004 - 1) <= 1e-9);"
    assert nothing.statement == "assert.equal(f(0) ?? null, null);"
    assert ScriptCheck(call="f(1)", expected="2.0").statement == "assert.deepEqual(f(1), 2.0);"
