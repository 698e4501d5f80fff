"""A file of tests in JavaScript or TypeScript, in the style of the runner that the project names."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.context.syntax_functions import ScriptFunction


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTest:
    """A call and what it gives; `said` where the comment says so."""

    name: str
    call: str
    value: str
    said: bool


def script_test_text(
    function: ScriptFunction, path: Path, file: Path, tests: Sequence[ScriptTest], runner: str, before: str | None
) -> str:
    """The whole file: what it had, then the tests, their imports first.

    Args:
        function: What is tested.
        path: Of its module.
        file: Of the tests.
        tests: All.
        runner: `node:test`, `vitest` or `jest`.
        before: What the file has; None for a new one.
    """
    up = "../" if file.parent != path.parent else "./"
    place = json.dumps(f"{up}{path.name if path.suffix not in ('.ts', '.tsx') else path.stem}")
    names = function.name if function.export == "default" else f"{{ {function.name} }}"
    modern = function.export != "commonjs"
    wanted = [f"import {names} from {place};" if modern else f"const {names} = require({place});"]
    if runner == "vitest":
        wanted.insert(0, 'import { expect, test } from "vitest";')
    elif runner == "node:test":
        load = ("import {1} from {0};" if modern else "const {1} = require({0});").format
        wanted[:0] = [load('"node:test"', "test"), load('"node:assert/strict"', "assert")]
    imports = [line for line in wanted if line not in (before or "")]
    said = [test for test in tests if test.said]
    rest = [test for test in tests if not test.said]
    blocks = [
        f"// What the comment of `{function.name}` says.\n" + "\n".join(_block(test, runner, function) for test in said)
        if said
        else "",
        f"// Characterisation of `{function.name}`: what it does today, which nobody has said is right.\n"
        + "\n".join(_block(test, runner, function) for test in rest)
        if rest
        else "",
    ]
    body = "\n\n".join(block for block in blocks if block)
    head = "\n".join(imports) + ("\n" if before else "\n\n") if imports else ""
    kept = f"{before.strip()}\n\n" if before else ""
    return f"{head}{kept}{body}\n"


def _block(test: ScriptTest, runner: str, function: ScriptFunction) -> str:
    call = f"await {test.call}" if function.is_async else test.call
    arrow = "async () =>" if function.is_async else "() =>"
    strict = re.fullmatch(r"[^\[{].*", test.value) is not None
    if runner == "node:test":
        check = f"assert.{'equal' if strict else 'deepEqual'}({call}, {test.value});"
    else:
        check = f"expect({call}).{'toBe' if strict else 'toEqual'}({test.value});"
    return f"test({json.dumps(f'{function.name}: {test.name}')}, {arrow} {{\n  {check}\n}});"
