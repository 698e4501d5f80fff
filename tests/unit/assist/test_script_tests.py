"""Generate tests for JavaScript and TypeScript, run by node in the real sandbox."""

import shutil
from pathlib import Path

import pytest

from codex_lsp.assist.generate_tests import generate_tests
from codex_lsp.assist.script_cases import script_cases
from codex_lsp.context.syntax_functions import script_function_at
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.sandbox import Sandbox
from tests.benches import bench_of, request_at

pytest.importorskip("tree_sitter_javascript")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
SHOP = """
/**
 * Price with a discount.
 * @param {number} price
 * @example
 * discounted(100, 10) // => 90
 * discounted(50, 100) // => 1
 */
export function discounted(price, percent = 0) {
  if (percent > 100) throw new RangeError("too much");
  return price - (price * percent) / 100;
}

export const initials = async (names) => names.map((name) => name[0]);

const hidden = (x) => x;
"""
TYPED = "export function pick(words: string[], at: number | null, mode: 'up' = 'up'): string { return words[0] }\n"


def shop(folder: Path, package: str = '{"type": "module"}') -> Path:
    root = folder / "shop"
    root.mkdir(mode=0o755)
    (root / "package.json").write_text(package)
    (root / "shop.js").write_text(SHOP)
    return root / "shop.js"


@needs_node
async def test_examples_are_held_and_the_rest_is_characterised(tmp_path: Path, sandbox: Sandbox) -> None:
    path = shop(tmp_path)
    result = await generate_tests(request_at(path, "function discounted"), bench_of(None, sandbox))
    [edit] = result.edits
    assert edit.path == path.parent / "shop.test.js"
    assert edit.after.startswith(
        'import test from "node:test";\nimport assert from "node:assert/strict";\n'
        'import { discounted } from "./shop.js";\n\n// What the comment of `discounted` says.\n'
    )
    assert "assert.equal(discounted(100, 10), 90);" in edit.after
    assert "// Characterisation of `discounted`" in edit.after
    assert "discounted(50, 100)" not in edit.after
    assert "1 possible bug: `discounted(50, 100)` should be 1; it is 0" in result.message
    assert result.figures["possible_bugs"] == 1


@needs_node
async def test_the_runner_that_the_project_names_is_written_for(tmp_path: Path, sandbox: Sandbox) -> None:
    path = shop(tmp_path, '{"type": "module", "devDependencies": {"vitest": "3"}}')
    (path.parent / "shop.test.js").write_text('import { expect, test } from "vitest";\n\ntest("old", () => {});\n')
    [edit] = (await generate_tests(request_at(path, "const initials"), bench_of(None, sandbox))).edits
    assert edit.after.count('from "vitest"') == 1
    assert 'test("old", () => {});\n\n// Characterisation of `initials`' in edit.after
    assert "async () => {\n  expect(await initials([])).toEqual([]);\n});" in edit.after
    assert edit.description == "each value was seen twice in node; vitest was not run"


async def test_what_cannot_be_done_is_said(tmp_path: Path, sandbox: Sandbox) -> None:
    path = shop(tmp_path)
    bench = bench_of(None, sandbox)
    for marker, trusted, message in (
        ("const hidden", True, "`hidden` is not exported, so that no test can call it; export it"),
        ("Price with", True, "the cursor is in no function"),
        ("function discounted", False, "nothing is run in a workspace that is not trusted"),
    ):
        with pytest.raises(AssistRefused, match=message):
            await generate_tests(request_at(path, marker, trusted=trusted), bench)


def test_types_say_what_is_given() -> None:
    function = script_function_at(TYPED, 20, "typescript")
    assert function is not None
    assert [each.name for each in function.parameters if each is not None] == ["words", "at", "mode"]
    for row, _, _ in script_cases(function, 0):
        words, at, *mode = row
        assert isinstance(words, list)
        assert at is None or isinstance(at, int)
        assert mode in ([], ["up"])
