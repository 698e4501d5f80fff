"""A file of tests in JavaScript or TypeScript, in the style of the runner that the project names."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.assist.result import TextEdit
from codex_lsp.assist.script_imports import Wanted, bound_names, import_line
from codex_lsp.assist.script_project import ScriptProject
from codex_lsp.assist.script_runner import NODE_TEST, VITEST
from codex_lsp.context.syntax_functions import ScriptFunction

_ERRORS = frozenset({"Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"})
_NO_ENDING = re.compile(r"(?:from\s+|import\(|require\()[\"']\.\.?/[^\"'\n]*?(?P<end>\.[cm]?[jt]s)?[\"']")
_HOISTED = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/|[\"']use [a-z]+[\"'];?|#![^\n]*)*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTest:
    """A call and what it gives, or the name of what it throws; `said` where the comment says so."""

    name: str
    call: str
    value: str
    said: bool
    throws: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTarget:
    """The file that tests are written for.

    Attributes:
        function: What is tested.
        text: Of its module.
        project: Its project.
        before: What the file has; None for a new one.
        not_run: Nothing was run: the file says so.
        place: How the module is named where the file does not lie where it will; None for the way from there.
    """

    function: ScriptFunction
    text: str
    project: ScriptProject
    before: str | None
    not_run: bool = False
    place: str | None = None

    @property
    def modern(self) -> bool:
        """The file imports; else it requires."""
        if not self.function.export.startswith("commonjs"):
            return True
        return re.search(r"^import\b", self.before or "", re.MULTILINE) is not None

    @property
    def module(self) -> str:
        """How the file names the module."""
        if self.place is not None:
            return self.place
        path, file = self.project.path, self.project.test_file
        way = Path(os.path.relpath(path, file.parent)).as_posix()
        return f"{'' if way.startswith('.') else './'}{way[: -len(path.suffix)]}{self._ending}"

    @property
    def _ending(self) -> str:
        """Of JavaScript its own; of TypeScript what the project's other imports end with."""
        ending = self.project.path.suffix
        if not self.project.typed or self.project.runner.name == NODE_TEST:
            return ending
        shown = _NO_ENDING.search(f"{self.before or ''}\n{self.text}")
        return shown["end"] or "" if shown else ""


def test_edits(tests: Sequence[ScriptTest], target: ScriptTarget) -> tuple[TextEdit, ...]:
    """The edits of the file: imports that it lacks at its head, the tests at its end.

    Raises:
        AssistRefused: A name that the tests need means something else there.
    """
    before = target.before or ""
    imports = "".join(f"{line}\n" for line in _imports(target))
    body = _body(tests, target)
    if not before.strip():
        head = f"{imports}\n" if imports else ""
        return (TextEdit(start=0, end=len(before), text=f"{head}{body}"),)
    opening = _HOISTED.match(before)
    first = opening.end() if opening else 0
    first = before.rfind("\n", 0, first) + 1
    end = len(before.rstrip())
    last = TextEdit(start=end, end=len(before), text=f"\n\n{body}")
    return (TextEdit(start=first, end=first, text=imports), last) if imports else (last,)


def _imports(target: ScriptTarget) -> list[str]:
    name, before = target.function.name, target.before or ""
    whole = target.function.export in ("default", "commonjs whole")
    wanted = [Wanted(place=target.module, names=(name,), whole=whole)]
    word, runner = _word(target), target.project.runner.name
    if runner == VITEST and not _is_global(before):
        wanted.insert(0, Wanted(place="vitest", names=("expect", word)))
    elif runner == NODE_TEST:
        test = Wanted(place="node:test", names=(word,), whole=word == "test")
        wanted[:0] = [test, Wanted(place="node:assert/strict", names=("assert",), whole=True)]
    lines = [import_line(each, before, modern=target.modern) for each in wanted]
    return [line for line in lines if line]


def _is_global(before: str) -> bool:
    """The file uses what vitest can make global, and imports nothing of it."""
    return re.search(r"\bexpect\(", before) is not None and "vitest" not in bound_names(before).values()


def _word(target: ScriptTarget) -> str:
    """`it` where the file says so and not `test`."""
    before = target.before or ""
    return "it" if re.search(r"\bit\(", before) and not re.search(r"\btest\(", before) else "test"


def _body(tests: Sequence[ScriptTest], target: ScriptTarget) -> str:
    name = target.function.name
    run = " Not run yet." if target.not_run else ""
    groups = (
        (f"// What the comment of `{name}` says.{run}", [test for test in tests if test.said]),
        (
            f"// Characterisation of `{name}`: what it does today, which nobody has said is right.",
            [test for test in tests if not test.said],
        ),
    )
    blocks = [f"{comment}\n" + "\n".join(_block(each, target) for each in group) for comment, group in groups if group]
    return "\n\n".join(blocks) + "\n"


def _block(test: ScriptTest, target: ScriptTarget) -> str:
    arrow = "async () =>" if target.function.is_async else "() =>"
    check = _thrown(test, target) if test.throws else _given(test, target)
    return f"{_word(target)}({json.dumps(test.name, ensure_ascii=False)}, {arrow} {{\n  {check}\n}});"


def _given(test: ScriptTest, target: ScriptTarget) -> str:
    call = f"await {test.call}" if target.function.is_async else test.call
    is_plain = re.match(r"[\[{]", test.value) is None
    if target.project.runner.name != NODE_TEST:
        return f"expect({call}).{'toBe' if is_plain else 'toEqual'}({test.value});"
    # Imported by somebody else, `assert.equal` may be the one that compares loosely.
    equal, deep = ("strictEqual", "deepStrictEqual") if "assert" in (target.before or "") else ("equal", "deepEqual")
    return f"assert.{equal if is_plain else deep}({call}, {test.value});"


def _thrown(test: ScriptTest, target: ScriptTarget) -> str:
    is_async, error = target.function.is_async, f'{{ name: "{test.throws}" }}'
    if target.project.runner.name == NODE_TEST:
        return f"{'await assert.rejects' if is_async else 'assert.throws'}(() => {test.call}, {error});"
    # An error of the module's own has no name in the file of tests.
    known = test.throws if test.throws in _ERRORS else ""
    if is_async:
        return f"await expect({test.call}).rejects.toThrow({known});"
    return f"expect(() => {test.call}).toThrow({known});"
