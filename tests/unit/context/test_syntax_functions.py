"""Functions of JavaScript and TypeScript, by how a module exports them."""

import pytest

from codex_lsp.context.syntax_functions import broken_line, script_function_at

pytest.importorskip("tree_sitter_javascript")


@pytest.mark.parametrize(
    ("text", "name", "export"),
    [
        ("export const f = async (x) => x;\n", "f", "named"),
        ("function f(x) {}\nexport { g, f };\n", "f", "named"),
        ("function f(x) {}\nexport { f as default };\n", "f", "default"),
        ("function f(x) {}\nexport { f as g };\n", "f", ""),
        ("export default function f(x) {}\n", "f", "default"),
        ("export default (x) => x;\n", "subject", "default"),
        ("exports.f = (x) => x;\n", "f", "commonjs"),
        ("module.exports.f = function (x) {};\n", "f", "commonjs"),
        ("module.exports = function (x) {};\n", "subject", "commonjs whole"),
        ("function f(x) {}\nmodule.exports = { f };\n", "f", "commonjs"),
        ("function f(x) {}\nmodule.exports = f;\n", "f", "commonjs whole"),
        ("const f = (x) => x;\n", "f", ""),
    ],
)
def test_functions_are_found_with_their_export(text: str, name: str, export: str) -> None:
    function = script_function_at(text, 3, "javascript")
    assert function is not None
    assert (function.name, function.export, function.is_broken) == (name, export, False)
    assert [each.name for each in function.parameters if each is not None] == ["x"]


@pytest.mark.parametrize(
    "text", ["f.exports = (x) => x;\n", "f((x) => x);\n", "exports.f = 1;\n", "export class F {}\n", ";\n"]
)
def test_what_is_none_is_none(text: str) -> None:
    assert script_function_at(text, 0, "javascript") is None


def test_a_line_that_does_not_parse_is_named() -> None:
    text = "export function f(x) {\n  return x;\n}\n\nexport function g(y) {\n  return y +;\n}\n"
    assert broken_line(text, "typescript") == 6
    for place, is_broken in ((5, False), (text.index("g(y)"), True)):
        function = script_function_at(text, place, "typescript")
        assert function is not None
        assert function.is_broken == is_broken
    assert broken_line("const a = 1;\n", "javascript") is None
