"""Generated tests of JavaScript and TypeScript, run by real vitest and jest in the real sandbox.

The packages lie above the projects, as in a repository of several packages.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_lsp.assist.generate_tests import generate_tests
from codex_lsp.assist.result import AssistResult
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.sandbox import Sandbox
from tests.benches import bench_of, request_at

HOME = (Path(__file__).parents[3] / ".editors" / "runners").resolve()
pytestmark = pytest.mark.skipif(
    not (HOME / "installed").exists(), reason="vitest and jest are not there; run bash tests/editors/runners/install.sh"
)
VITEST = '{"type": "module", "scripts": {"test": "vitest"}}'
COUNTED = """
/** counted(["a", "b"]) // => "2 words" */
export function counted(words: string[]): string {
  if (words.length > 2) throw new RangeError("too many");
  return `${words.length} ${plural(words.length, "word")}`;
}
"""


@pytest.fixture
def package() -> Iterator[Path]:
    """An empty folder below the packages."""
    folder = Path(tempfile.mkdtemp(dir=HOME))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def written(package: Path, **files: str) -> None:
    """Files by their names, with `__` for a point and `___` for a slash."""
    for name, text in files.items():
        path = package / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


async def outcome_of(path: Path, marker: str, sandbox: Sandbox) -> AssistResult:
    """Tests of the function at a place; where they are offered, all have passed twice."""
    result = await generate_tests(request_at(path, marker), bench_of(None, sandbox))
    assert {each.outcome for each in result.verdicts if each.kept} <= {"passed"}, result.message
    return result


async def test_vitest_with_settings_an_alias_and_typescript(package: Path, sandbox: Sandbox) -> None:
    written(
        package,
        package__json=VITEST,
        vitest__config__ts="""import { defineConfig } from "vitest/config";
export default defineConfig({
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  test: { include: ["test/**/*.spec.ts"], coverage: { enabled: true } },
});""",
        src___plural__ts="export const plural = (n: number, word: string) => (n === 1 ? word : `${word}s`);\n",
        src___counted__ts=f'import {{ plural }} from "@/plural";\n{COUNTED}',
        test___plural__spec__ts='import { it } from "vitest";\nit("holds", () => {});\n',
    )
    result = await outcome_of(package / "src" / "counted.ts", "function counted", sandbox)
    assert "each passed twice with vitest" in result.message
    [edit] = result.edits
    assert edit.path == package / "test" / "counted.spec.ts"
    assert edit.after.startswith('import { expect, test } from "vitest";\nimport { counted } from "../src/counted";\n')
    assert 'expect(counted(["a", "b"])).toBe("2 words");' in edit.after
    assert ".toThrow(RangeError);" in edit.after
    # A person's tests in a place where the runner does not look.
    (package / "test" / "plural.spec.ts").rename(package / "src" / "plural.test.ts")
    with pytest.raises(AssistRefused, match=r"vitest takes .* for no file of tests"):
        await outcome_of(package / "src" / "counted.ts", "function counted", sandbox)


async def test_jest_with_unsaved_text_and_a_test_that_fails(package: Path, sandbox: Sandbox) -> None:
    written(
        package,
        package__json='{"devDependencies": {"jest": "30"}}',
        half__js="/** half(4) // => 2; half(5) // => 3 */\nmodule.exports = function half(x) { return x / 2; };\n",
        half__test__js='const half = require("./half");\ntest("old", () => { expect(half(8)).toBe(4); });\n',
    )
    result = await outcome_of(package / "half.js", "module.exports", sandbox)
    assert "1 possible bug: `half(5)` should be 3; it is 2.5" in result.message
    assert result.edits[0].after.startswith('const half = require("./half");\ntest("old"')
    assert "expect(half(4)).toBe(2);" in result.edits[0].after


async def test_jest_with_typescript(package: Path, sandbox: Sandbox) -> None:
    written(
        package,
        package__json='{"devDependencies": {"jest": "30", "ts-jest": "29"}}',
        jest__config__js='module.exports = { preset: "ts-jest", testMatch: ["**/__tests__/**/*.ts"] };\n',
        tsconfig__json='{"compilerOptions": {"strict": true, "module": "commonjs", "esModuleInterop": true,'
        ' "types": []}}',
        globals__d__ts="declare const test: any;\ndeclare const expect: any;\n",
        plural__ts="export const plural = (n: number, word: string) => (n === 1 ? word : `${word}s`);\n",
        counted__ts=f'import {{ plural }} from "./plural";\n{COUNTED}',
    )
    (package / "__tests__").mkdir()
    result = await outcome_of(package / "counted.ts", "function counted", sandbox)
    assert "each passed twice with jest" in result.message
    assert result.edits[0].path == package / "__tests__" / "counted.test.ts"


async def test_an_endless_loop_in_the_world_of_a_runner(package: Path, sandbox: Sandbox) -> None:
    written(
        package,
        package__json=VITEST,
        spin__ts="export function spin(n: number): number { while (n > 1) n += 1; return n; }\n",
    )
    result = await outcome_of(package / "spin.ts", "function spin", sandbox)
    assert "expect(spin(1)).toBe(1);" in result.edits[0].after
