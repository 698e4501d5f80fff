"""Checks of a translation in its own language: what it must give, as source, and a program that says which hold.

The program runs the translation, so a malicious one could print what it likes; a mark that is drawn for each run keeps
one from doing so by accident.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

_PROGRAM = """{code}

function codexLspSame(a{any}, b{any}){boolean} {{
  if (a === undefined) a = null;
  if (typeof a === "bigint") a = Number(a);
  if (a instanceof Map) a = Object.fromEntries(a);
  if (typeof a === "number" && typeof b === "number")
    return a === b || (a !== a && b !== b) || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && codexLspSame(a[key], b[key]));
}}
function codexLspCheck(at{number}, run{any}, expected{any}, throws{boolean}){nothing} {{
  let said = "";
  try {{
    const value = run();
    if (throws) said = "throws nothing";
    else if (!codexLspSame(value, expected)) said = "gives " + JSON.stringify(value);
  }} catch (error) {{
    if (!throws) said = "throws " + String(error);
  }}
  console.log("{mark} " + at + " " + said.split("\\n")[0].slice(0, 300));
}}
{checks}
"""
NOT_REACHED = "was not reached"
_MOST_TITLE = 60
_FRACTION = re.compile(r"-?\d+\.\d*[1-9]\d*(?:e[+-]?\d+)?")
_TYPES = {"any": ": any", "boolean": ": boolean", "number": ": number", "nothing": ": void"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCheck:
    """One check.

    Attributes:
        call: In the target's own syntax.
        expected: What it gives, as source; None where it must throw.
    """

    call: str
    expected: str | None

    @property
    def statement(self) -> str:
        """The check as a line of a test."""
        if self.expected is None:
            return f"assert.throws(() => {self.call});"
        # As the program compares them: nothing is `undefined` or `null`, and numbers are near.
        if self.expected == "null":
            return f"assert.equal({self.call} ?? null, null);"
        if _FRACTION.fullmatch(self.expected):
            return f"assert.ok(Math.abs({self.call} / {self.expected} - 1) <= 1e-9);"
        return f"assert.deepEqual({self.call}, {self.expected});"


def checking_program(code: str, checks: Sequence[ScriptCheck], mark: str, *, typed: bool) -> str:
    """The translation, and below it what runs each check and prints a line with the mark on it."""
    lines = (
        f"codexLspCheck({at}, () => {check.call}, {check.expected or 'null'}, {str(check.expected is None).lower()});"
        for at, check in enumerate(checks)
    )
    types = _TYPES if typed else dict.fromkeys(_TYPES, "")
    return _PROGRAM.format(code=code, mark=mark, checks="\n".join(lines), **types)


def failures_in(output: str, checks: Sequence[ScriptCheck], mark: str) -> dict[int, str]:
    """By number of a check that does not hold, what was given instead; checks without a line did not come to run."""
    said: dict[int, str] = {}
    for line in output.splitlines():
        if line.startswith(f"{mark} "):
            number, _, text = line[len(mark) + 1 :].partition(" ")
            if number.isascii() and number.isdigit() and int(number) < len(checks):
                said.setdefault(int(number), text.strip())
    found = {at: said.get(at, NOT_REACHED) for at in range(len(checks))}
    return {at: text for at, text in found.items() if text}


def checks_file(checks: Sequence[ScriptCheck], name: str, file: str) -> str:
    """A file of tests that runs by itself: `node --test FILE`."""
    head = 'import assert from "node:assert/strict";\nimport test from "node:test";\n'
    tests = (
        f"test({json.dumps(title)}, () => {{\n  {check.statement}\n}});\n"
        for title, check in zip(titles(checks), checks, strict=True)
    )
    return f'{head}import {{ {name} }} from "./{file}";\n\n{"".join(tests)}'


def titles(checks: Sequence[ScriptCheck]) -> tuple[str, ...]:
    """A title of each check: its call, numbered where that is long."""
    return tuple(
        check.call if len(check.call) <= _MOST_TITLE else f"{check.call[:_MOST_TITLE]}… ({at + 1})"
        for at, check in enumerate(checks)
    )
