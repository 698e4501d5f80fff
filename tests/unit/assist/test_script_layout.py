"""Where tests of JavaScript and TypeScript live, and which runner runs them."""

from pathlib import Path

import pytest

from codex_lsp.assist.script_layout import script_test_file
from codex_lsp.assist.script_runner import runner_of


def package(folder: Path, *files: str) -> Path:
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return folder


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ((), "src/shop.test.js"),
        (("src/__tests__/cart.js",), "src/__tests__/shop.js"),
        (("src/cart.spec.js",), "src/shop.spec.js"),
        (("test/cart.test.js",), "test/shop.test.js"),
        (("test/src/cart.test.js",), "test/src/shop.test.js"),
        (("tests/deep/a.test.js", "src/deep/a.js"), "tests/shop.test.js"),
        (("lib/cart.test.js", "tests/shop.spec.ts"), "tests/shop.spec.ts"),
        (("node_modules/x/shop.test.js", "dist/shop.test.js", ".cache/shop.test.js"), "src/shop.test.js"),
    ],
)
def test_the_place_is_that_of_other_tests(tmp_path: Path, files: tuple[str, ...], expected: str) -> None:
    root = package(tmp_path, "src/shop.js", *files)
    assert script_test_file(root / "src" / "shop.js", root) == root / expected


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"package.json": '{"devDependencies": {"vitest": "4"}}'}, "vitest"),
        ({"package.json": '{"devDependencies": {"vitest": "4"}, "scripts": {"test": "jest --ci"}}'}, "jest"),
        ({"package.json": '{"jest": {}}'}, "jest"),
        ({"vitest.config.mts": ""}, "vitest"),
        ({"package.json": '{"scripts": ["jest"], "dependencies": 3}'}, "node:test"),
        ({"package.json": "[" * 100_000}, "node:test"),
    ],
)
def test_the_runner_is_the_one_that_is_named(tmp_path: Path, files: dict[str, str], name: str) -> None:
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    inner = tmp_path / "packages" / "one"
    inner.mkdir(parents=True)
    runner = runner_of([inner, tmp_path], reads=True)
    assert runner.name == name
    assert runner.is_installed == (name == "node:test")
    # In a workspace that is not trusted no file is read.
    assert runner_of([inner, tmp_path], reads=False).name == (name if "vitest.config.mts" in files else "node:test")
