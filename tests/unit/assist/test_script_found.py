import pytest

from codex_lsp.assist.script_examples import script_examples
from codex_lsp.assist.script_found import script_found
from codex_lsp.assist.script_found import tests_said as said_tests
from codex_lsp.assist.script_run import ScriptSeen
from codex_lsp.context.syntax_functions import script_function_at

HALF = "// half(4) // => 2\nexport function half(x) {\n  return x / 2;\n}\n"


@pytest.mark.parametrize(
    ("before", "count"),
    [
        ("", 1),
        ("expect(half(4)).toBe(2);", 0),
        ("expect(shop.half(4)).toBe(2);", 0),
        ("expect(by_half(4)).toBe(1);", 1),
    ],
)
def test_what_the_file_calls_already_is_not_said_again(before: str, count: int) -> None:
    function = script_function_at(HALF, HALF.index("function"), "javascript")
    assert function is not None
    cases = tuple(script_examples(function))
    seen = [ScriptSeen(at=0, value="2")]
    assert len(script_found(function, cases, seen, before).tests) == count
    assert len(said_tests(function, cases, before)) == count
