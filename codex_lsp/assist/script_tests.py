"""Generate tests for JavaScript and TypeScript: the small form, with the runner that the project names, else node's."""

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.names_of_tests import free_name, name_of_test, snake_case
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult, AssistVerdict, FileEdit, TextEdit
from codex_lsp.assist.same_value import agrees
from codex_lsp.assist.script_cases import ScriptCall, script_cases
from codex_lsp.assist.script_run import ScriptModule, called, node, passes
from codex_lsp.assist.script_syntax import script_literal
from codex_lsp.assist.script_test_file import ScriptTest, script_test_text
from codex_lsp.assist.secret_files import secret_files
from codex_lsp.assist.workbench import Workbench
from codex_lsp.context.syntax_functions import NoGrammar, ScriptFunction, script_function_at
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.cancellable import in_sandbox
from codex_lsp.execution.verdict import Outcome

_MOST_TESTS = 8
_TYPED = frozenset({"typescript", "typescriptreact"})
_RUNNERS = ("vitest", "jest")
_UNMEASURED = dict.fromkeys(("tests", "branches", "mutants", "mutants_killed", "possible_bugs"))


async def generate_script_tests(request: AssistRequest, bench: Workbench) -> AssistResult:
    """Tests of the function under the cursor; code of the person's runs in a sandbox alone.

    Raises:
        AssistRefused: There is no such function, node, grammar or trust; one line says what helps.
        SandboxUnavailable: There is no sandbox here.
    """
    if request.path is None:
        raise AssistRefused("the document was never saved, so that nothing can import it; save it to a file first")
    if not request.trusted:
        raise AssistRefused("nothing is run in a workspace that is not trusted; trust it first")
    function = _function(request)
    node()
    module = await asyncio.to_thread(_module, request, request.path)
    cases = await asyncio.to_thread(script_cases, function, request.seed)
    sandbox = await asyncio.to_thread(bench.find_sandbox)
    bench.tell(f"running {len(cases)} calls", 20)
    arguments = [json.dumps(row) for row, _, _ in cases]
    ask = partial(called, module=module, name=function.name, arguments=arguments, default=function.export == "default")
    seen, again = [await in_sandbox(sandbox, ask) for _ in range(2)]
    same = [one for one, other in zip(seen, again, strict=False) if one == other]
    tests, bugs = _sorted(function, cases, same)
    if not tests:
        return _result(function, (), bugs, ())
    document = bench.read(file := _test_file(request.path))
    before = document.text if document is not None else None
    runner = await asyncio.to_thread(_runner, module.root)
    text = script_test_text(function, module.path, file, tests, runner, before)
    bench.tell(f"running {len(tests)} tests", 80)
    checks = runner == "node:test" and not module.typed
    check = partial(passes, module=module, file=file, text=text)
    if checks and not all([await in_sandbox(sandbox, check) for _ in range(2)]):
        raise AssistRefused(f"{file.name} does not pass with `node --test`; mend what is in it first")
    edit = FileEdit(
        path=file,
        uri=document.uri if document is not None else None,
        version=document.version if document is not None else None,
        before=before,
        edits=(TextEdit(start=0, end=len(before or ""), text=text),),
        label=f"Add {len(tests)} tests of {function.name}",
        description="each passed twice" if checks else f"each value was seen twice in node; {runner} was not run",
    )
    return _result(function, tests, bugs, (edit,))


def _function(request: AssistRequest) -> ScriptFunction:
    try:
        function = script_function_at(request.document.text, request.offset, request.document.language)
    except NoGrammar as error:
        raise AssistRefused(f"there is no grammar of {error} here; run: pip install 'codex-lsp[languages]'") from error
    if function is None:
        raise AssistRefused("the cursor is in no function of the module's top level; put it into one")
    if not function.export:
        raise AssistRefused(f"`{function.name}` is not exported, so that no test can call it; export it")
    if function.is_generator:
        raise AssistRefused(f"`{function.name}` is a generator, for which no tests are made; test what uses it")
    return function


def _module(request: AssistRequest, path: Path) -> ScriptModule:
    path = path.resolve()
    root = request.root.resolve() if request.root is not None else _root(path)
    data = request.document.text.encode("utf-8", "replace")
    saved = path.is_file() and path.read_bytes() == data
    return ScriptModule(
        path=path,
        root=root,
        masked=secret_files(root),
        replaced={} if saved else {path: data},
        typed=request.document.language in _TYPED,
    )


def _root(path: Path) -> Path:
    return next((folder for folder in path.parents if (folder / "package.json").is_file()), path.parent)


def _runner(root: Path) -> str:
    """The runner that `package.json` names."""
    try:
        said: Any = json.loads((root / "package.json").read_text(encoding="utf-8"))
        named = {**said.get("dependencies", {}), **said.get("devDependencies", {})}
    except (OSError, ValueError, AttributeError, TypeError):
        return "node:test"
    return next((runner for runner in _RUNNERS if runner in named), "node:test")


def _test_file(path: Path) -> Path:
    """Beside the module, or in the folder of tests that is beside it."""
    name = f"{path.stem}.test{path.suffix}"
    for folder in ("__tests__", "test", "tests"):
        if (path.parent / folder).is_dir():
            return path.parent.resolve() / folder / name
    return path.parent.resolve() / name


def _sorted(
    function: ScriptFunction, cases: Sequence[ScriptCall], seen: Sequence[dict[str, Any]]
) -> tuple[tuple[ScriptTest, ...], tuple[str, ...]]:
    """Tests, one for each thing that the function gives and all that its comment says; and what does not hold."""
    tests: list[ScriptTest] = []
    bugs: list[str] = []
    given: set[str] = set()
    names: set[str] = set()
    for told in seen:
        row, expected, is_said = cases[told["at"]]
        value = "undefined" if told.get("undefined") else told.get("value") or _special(told.get("special"))
        call = f"{function.name}({', '.join(script_literal(each) or 'null' for each in row)})"
        if is_said and (detail := _contradiction(call, expected, value, told)) is not None:
            bugs.append(detail)
        elif value not in (None, "undefined") and (is_said or value not in given) and len(tests) < _MOST_TESTS:
            name = free_name(_name(function.name, row), names)
            names.add(name)
            tests.append(ScriptTest(name=name, call=call, value=str(value), said=is_said))
            given.add(str(value))
    return tuple(tests), tuple(bugs)


def _special(text: object) -> str | None:
    return str(text) if text in ("NaN", "Infinity", "-Infinity") else None


def _contradiction(call: str, expected: object, value: str | None, told: dict[str, Any]) -> str | None:
    """What an example says and what it gives, where they differ."""
    if "threw" in told:
        return f"`{call}` should be {script_literal(expected)}; it threw {told['threw']}"
    if value is None or value in ("NaN", "Infinity", "-Infinity"):
        return None
    given = None if value == "undefined" else json.loads(value)
    if agrees(repr(expected), repr(given), loose=True) is not False:
        return None
    return f"`{call}` should be {script_literal(expected)}; it is {value}"


def _name(name: str, row: Sequence[object]) -> str:
    call = f"f({', '.join(map(repr, row))})"
    return name_of_test("f", call, function="f").removeprefix("test_f_").replace("_", " ") or snake_case(name)


def _result(
    function: ScriptFunction, tests: Sequence[ScriptTest], bugs: Sequence[str], edits: tuple[FileEdit, ...]
) -> AssistResult:
    count = len(tests)
    message = (
        f"{count} {'test' if count == 1 else 'tests'} of {function.name}: {edits[0].description}"
        if edits
        else (f"no test of {function.name}: no call gave a value that a test can spell out; say its parameters' types")
    )
    if bugs:
        message += f"; {len(bugs)} possible {'bug' if len(bugs) == 1 else 'bugs'}: {bugs[0]}"
    kept = [AssistVerdict(name=test.name, outcome=Outcome.PASSED.value, kept=True) for test in tests]
    wrong = [
        AssistVerdict(name=f"possible bug in {function.name}", outcome=Outcome.FAILED.value, detail=bug) for bug in bugs
    ]
    return AssistResult(
        kind=AssistKind.TESTS,
        message=message,
        edits=edits,
        verdicts=(*kept, *wrong),
        report=f"# Tests of `{function.name}`\n\n{message}.\n",
        figures={**_UNMEASURED, "tests": float(count), "possible_bugs": float(len(bugs))},
    )
