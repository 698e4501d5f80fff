"""Generate tests for JavaScript and TypeScript, run by node in the real sandbox."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.assist.generate_tests import generate_tests
from codex_lsp.assist.script_cases import script_cases
from codex_lsp.assist.script_runner import find_node
from codex_lsp.context.syntax_functions import script_function_at
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.sandbox import Sandbox
from tests.benches import bench_of, request_at
from tests.closed_folder import as_nobody

pytest.importorskip("tree_sitter_javascript")
HAS_NODE = shutil.which("node") is not None
needs_node = pytest.mark.skipif(not HAS_NODE, reason="there is no node here")
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
    result = await generate_tests(request_at(path, "const initials"), bench_of(None, sandbox))
    [edit] = result.edits
    assert edit.after.count('from "vitest"') == 1
    assert 'test("old", () => {});\n\n// Characterisation of `initials`' in edit.after
    assert "async () => {\n  expect(await initials([])).toEqual([]);\n});" in edit.after
    assert edit.description.endswith("not run, since vitest is not installed; run: npm install")
    assert {each.outcome for each in result.verdicts if each.kept} == {"not run"}


async def test_what_cannot_be_done_is_said(tmp_path: Path, sandbox: Sandbox) -> None:
    path = shop(tmp_path)
    bench = bench_of(None, sandbox)
    for marker, trusted, message in (
        ("const hidden", True, "`hidden` is not exported, so that no test can call it; export it"),
        ("Price with", True, "the cursor is in no function"),
        ("const initials", False, "nothing is run in a workspace that is not trusted; and the comment of `initials`"),
    ):
        with pytest.raises(AssistRefused, match=message):
            await generate_tests(request_at(path, marker, trusted=trusted), bench)
    path.write_text("export function half(x) {\n  return x +;\n}\n")
    with pytest.raises(AssistRefused, match="line 2 does not parse; mend it first"):
        await generate_tests(request_at(path, "function half"), bench)


async def test_where_nothing_may_run_the_comments_examples_are_offered(tmp_path: Path, sandbox: Sandbox) -> None:
    path = shop(tmp_path)
    request = request_at(path, "function discounted")
    for result, why in (
        (await generate_tests(replace(request, trusted=False), bench_of(None, sandbox)), "is not trusted"),
        *([(await generate_tests(request, bench_of(None, None)), "install bubblewrap")] if HAS_NODE else []),
    ):
        [edit] = result.edits
        assert why in result.message
        assert "// What the comment of `discounted` says. Not run yet." in edit.after
        assert "assert.equal(discounted(50, 100), 1);" in edit.after
        assert "Characterisation" not in edit.after
        assert [each.outcome for each in result.verdicts] == ["not run", "not run"]


@needs_node
async def test_with_consent_and_no_sandbox_examples_alone_are_run(tmp_path: Path) -> None:
    async def consent() -> bool:
        return True

    path = shop(tmp_path)
    bench = replace(bench_of(None, None), may_run_unsandboxed=consent)
    result = await generate_tests(request_at(path, "function discounted"), bench)
    assert [(each.outcome, each.kept) for each in result.verdicts] == [("passed", True), ("failed", False)]
    assert "1 possible bug: `discounted(50, 100)` should be 1; it is 0" in result.message
    assert sorted(each.name for each in path.parent.iterdir()) == ["package.json", "shop.js"]
    unsaved = request_at(path, "function discounted")
    unsaved = replace(unsaved, document=replace(unsaved.document, text=f"{SHOP}\n"))
    with pytest.raises(AssistRefused, match="save it first"):
        await generate_tests(unsaved, bench)


@needs_node
async def test_what_no_test_can_hold_is_named(tmp_path: Path, sandbox: Sandbox) -> None:
    path = shop(tmp_path)
    path.write_text(
        'import { writeFileSync } from "node:fs";\n'
        'export function save(x) { writeFileSync("/tmp/it", "a"); return x; }\n'
        "export function stamp(x) { return x > 0 ? new Date().getFullYear() : Math.random(); }\n"
        "export function silent(x) {}\n"
        "export function spin(x) { for (;;); }\n"
        "export async function never(x) { await new Promise(() => {}); }\n"
        "export function picky(x) { throw new TypeError(`no ${x}`); }\n"
        "export function odd(x) { return x.y.z; }\n"
        'console.log("{}", "codex-lsp-call {");\n'
    )
    bench = bench_of(None, sandbox)
    for name, message in (
        ("save", r"has side effects \(writes files\); move"),
        ("stamp", "asks a clock or chance"),
        ("silent", "returns nothing"),
        ("spin", "does not end in time"),
        ("never", "does not end in time"),
        ("odd", "throws TypeError at all that was tried"),
    ):
        result = await generate_tests(request_at(path, f"function {name}"), bench)
        assert (result.edits, bool(re.search(message, result.message))) == ((), True), result.message
    result = await generate_tests(request_at(path, "function picky"), bench)
    assert 'assert.throws(() => picky(1), { name: "TypeError" });' in result.edits[0].after


@needs_node
async def test_a_module_that_node_does_not_import_is_named_with_the_mend(tmp_path: Path, sandbox: Sandbox) -> None:
    path = shop(tmp_path, "{}")
    bench = bench_of(None, sandbox)
    path.write_text("const gone = require('./gone');\nexports.half = (x) => x / gone;\n")
    with pytest.raises(AssistRefused, match=r"shop.js cannot be imported \(Error: Cannot find module '\./gone'"):
        await generate_tests(request_at(path, "exports.half"), bench)
    path.write_text("exports.half = function (x) { return x / 2; };\nmodule.exports = exports;\n")
    result = await generate_tests(request_at(path, "exports.half"), bench)
    assert 'const { half } = require("./shop.js");' in result.edits[0].after
    assert "each passed twice with node:test" in result.message


@needs_node
async def test_a_file_of_tests_goes_on_in_its_own_way(tmp_path: Path, sandbox: Sandbox) -> None:
    path = shop(tmp_path)
    (path.parent / "test").mkdir(mode=0o755)
    tests = path.parent / "test" / "shop.spec.js"
    old = (
        "// Ours.\nimport { it } from 'node:test';\nimport assert from 'node:assert';\n"
        "import { discounted } from '../shop.js';\n\n"
        "it('discounted: of zero', () => assert.equal(discounted(100, 10), 90));\n"
    )
    tests.write_text(old)
    result = await generate_tests(request_at(path, "function discounted"), bench_of(None, sandbox))
    [edit] = result.edits
    assert edit.path == tests
    assert edit.after.startswith(f"{old}\n// Characterisation")
    assert ", () => {\n  assert.strictEqual(" in edit.after
    assert edit.after.count("discounted(100, 10)") == 1
    tests.write_text("import { discounted } from './other.js';\n")
    with pytest.raises(AssistRefused, match="`discounted` means something else"):
        await generate_tests(request_at(path, "function discounted"), bench_of(None, sandbox))


@needs_node
async def test_tests_that_cannot_be_written_are_refused_before_anything_runs(tmp_path: Path, sandbox: Sandbox) -> None:
    path = shop(tmp_path)
    with as_nobody(path.parent), pytest.raises(AssistRefused, match=r"shop cannot be written, and the tests belong"):
        await generate_tests(request_at(path, "function discounted"), bench_of(None, sandbox))
    (path.parent / "shop.test.js").mkdir()
    with pytest.raises(AssistRefused, match=r"shop\.test\.js cannot be read; make it a readable text file"):
        await generate_tests(request_at(path, "function discounted"), bench_of(None, sandbox))


@needs_node
@pytest.mark.parametrize("told", ['{"at": 99, "value": "1"}', '{"at": -1}', '{"at": 0, "value": "evil("}', "[" * 9999])
async def test_what_a_module_tells_by_itself_is_not_believed(tmp_path: Path, sandbox: Sandbox, told: str) -> None:
    path = shop(tmp_path)
    tells = f"import fs from 'node:fs';\nfs.appendFileSync(process.env.CODEX_LSP_TOLD, '{told}\\n');\n"
    path.write_text(tells + SHOP)
    with pytest.raises(AssistRefused, match=r"what running shop\.js told cannot be read"):
        await generate_tests(request_at(path, "function discounted"), bench_of(None, sandbox))


def test_no_node_and_an_old_one_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssistRefused, match="there is no `node` here"):
        find_node()
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v16.20.2\n")
    node.chmod(0o755)
    with pytest.raises(AssistRefused, match=r"is 16\.20\.2, too old to run tests with; install Node.js 20 or newer"):
        find_node()


def test_types_say_what_is_given() -> None:
    function = script_function_at(TYPED, 20, "typescript")
    assert function is not None
    assert [each.name for each in function.parameters if each is not None] == ["words", "at", "mode"]
    for case in script_cases(function, 0):
        words, at, *mode = case.row
        assert isinstance(words, list)
        assert at is None or isinstance(at, int)
        assert mode in ([], ["up"])
