"""Fix: diagnostics and failing tests, with and without a model, in the real sandbox."""

import ast
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.assist.fix import fix
from codex_lsp.assist.request import Problem
from codex_lsp.assist.result import NOT_RUN, AssistResult
from codex_lsp.errors import AssistRefused, SandboxUnavailable
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow
from tests.benches import bench_of, project_in, request_at

AREA = "def area(r):\n    '''Area.\n\n    >>> round(area(1), 2)\n    3.14\n    '''\n    return math.pi * r * r\n"


def problem_in(path: Path, message: str, marker: str, **given: str) -> Problem:
    at = path.read_text().index(marker)
    return Problem(message=message, start=at, end=at + len(marker), **given)


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed beside this Python can be started by its name."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


async def fixed(
    path: Path,
    sandbox: Sandbox | None,
    problem: Problem | None = None,
    *,
    rows: tuple[str, ...] = (),
    marker: str = "def ",
    trusted: bool = True,
) -> AssistResult:
    model = ScriptedModel([ScriptedRow.of(row) for row in rows])
    return await fix(request_at(path, marker, problem=problem, trusted=trusted), bench_of(model, sandbox))


async def test_a_missing_import_is_added_and_the_examples_are_run(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=AREA) / "mod.py"
    result = await fixed(path, sandbox, problem_in(path, "Undefined name `math`", "math", source="Ruff", code="F821"))
    assert result.edits[0].after == f"import math\n\n\n{AREA}"
    assert [(verdict.outcome, verdict.kept) for verdict in result.verdicts] == [("passed", True)]
    assert "the problem is gone and no other came; held against 1 example" in result.message


async def test_a_failing_example_that_tells_of_a_missing_import(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=AREA) / "mod.py"
    result = await fixed(path, sandbox)
    assert result.edits[0].after == f"import math\n\n\n{AREA}"


async def test_a_name_of_the_project_is_imported_from_its_module(tmp_path: Path, sandbox: Sandbox) -> None:
    text = "def f():\n    return helper_of(1)\n"
    path = project_in(tmp_path, mod=text, tools="def helper_of(x): return x\n", test_x="helper_of = 1\n") / "mod.py"
    result = await fixed(path, sandbox, problem_in(path, "undefined name 'helper_of'", "helper_of"))
    assert result.edits[0].after == f"from tools import helper_of\n\n\n{text}"


async def test_a_name_that_two_modules_define_is_not_guessed(tmp_path: Path, sandbox: Sandbox) -> None:
    files = {"mod": "def f():\n    return thing()\n", "one": "def thing(): pass\n", "two": "thing = 1\n"}
    path = project_in(tmp_path, **files) / "mod.py"
    result = await fixed(
        path, sandbox, problem_in(path, "undefined name 'thing'", "thing"), rows=("    return thing()",)
    )
    assert result.edits == ()


async def test_a_misspelt_name(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod="def f(values):\n    return valeus[0]\n") / "mod.py"
    result = await fixed(path, None, problem_in(path, '"valeus" is not defined', "valeus", source="Pyright"))
    assert result.edits[0].after == "def f(values):\n    return values[0]\n"
    assert sandbox is not None


async def test_an_unused_import_is_removed_and_untrusted_nothing_runs(tmp_path: Path) -> None:
    path = project_in(tmp_path, mod=f"import os\nimport math\n{AREA}") / "mod.py"
    problem = problem_in(path, "`os` imported but unused", "os", source="Ruff")
    result = await fixed(path, None, problem, trusted=False)
    assert result.edits[0].after == f"import math\n{AREA}"
    assert [verdict.outcome for verdict in result.verdicts] == [NOT_RUN]
    assert "not trusted" in result.message


async def test_a_file_that_does_not_parse(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod="def f(x)\n    return x\n") / "mod.py"
    result = await fixed(path, sandbox)
    assert result.edits[0].after == "def f(x):\n    return x\n"
    path.write_text("x = = 1\n")
    with pytest.raises(AssistRefused, match="line 1: invalid syntax"):
        await fixed(path, sandbox, marker="x")


async def test_a_slip_of_a_finger_is_found_without_a_model(tmp_path: Path, sandbox: Sandbox) -> None:
    text = "def next_of(x):\n    '''Next.\n\n    >>> next_of(1)\n    2\n    '''\n    return x - 1\n"
    path = project_in(tmp_path, mod=text) / "mod.py"
    result = await fixed(path, sandbox)
    assert ast.unparse(ast.parse(result.edits[0].after)).endswith("return x + 1")
    assert "becomes" in result.edits[0].label


async def test_a_body_of_the_model_that_passes(tmp_path: Path, sandbox: Sandbox) -> None:
    text = "def most(xs):\n    '''Largest.\n\n    >>> most([1, 5, 2])\n    5\n    '''\n    return sum(xs)\n"
    path = project_in(tmp_path, mod=text) / "mod.py"
    result = await fixed(path, sandbox, rows=("    return min(xs)\n", "    return max(xs)\n"))
    assert result.edits[0].after == text.replace("sum", "max")
    assert result.verdicts[0].text == "    return max(xs)"


async def test_the_prompt_says_what_is_wrong(tmp_path: Path, sandbox: Sandbox) -> None:
    text = "def most(xs):\n    '''Largest.\n\n    >>> most([1, 5, 2])\n    5\n    '''\n    return sum(xs)\n"
    path = project_in(tmp_path, mod=text) / "mod.py"
    model = ScriptedModel(("    return 1",))
    result = await fix(request_at(path, "def "), bench_of(model, sandbox, budget=1))
    assert result.edits == ()
    assert "gave 8, not 5" in model.requests[0].prompt.prefix
    assert model.requests[0].prompt.prefix.endswith(text[: text.index("    return")])


async def test_what_cannot_be_checked_is_not_offered(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=AREA) / "mod.py"
    problem = problem_in(path, "Type of x is partially unknown", "area", source="Sourcery")
    with pytest.raises(AssistRefused, match="cannot be checked: Sourcery is not one of those that are asked"):
        await fixed(path, sandbox, problem)
    with pytest.raises(AssistRefused, match="cannot be checked: no tool is run in a workspace that is not trusted"):
        await fixed(path, sandbox, replace(problem, source="Ruff"), trusted=False)


async def test_nothing_is_wrong(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=f"import math\n{AREA}") / "mod.py"
    with pytest.raises(AssistRefused, match="nothing is to be fixed"):
        await fixed(path, sandbox)
    path.write_text("def f(): pass\n")
    with pytest.raises(AssistRefused, match="neither examples nor tests"):
        await fixed(path, sandbox)


async def test_a_failing_test_needs_a_sandbox(tmp_path: Path) -> None:
    path = project_in(tmp_path, mod=AREA) / "mod.py"
    with pytest.raises(SandboxUnavailable):
        await fixed(path, None)
    with pytest.raises(AssistRefused, match="trust"):
        await fixed(path, None, trusted=False)


@pytest.mark.parametrize(
    ("text", "message", "marker", "after"),
    [
        ("import os\n", '"os" is not accessed', "os", ""),
        ("x = math.pi\n", 'Name "math" is not defined', "math", "import math\n\n\nx = math.pi\n"),
        ("x = math.pi", '"math" is not defined', "math", "import math\n\n\nx = math.pi"),
        ("'Doc.'\r\nx = 1\r\nx = math.pi\r\n", "", "math", "'Doc.'\r\n\r\nimport math\r\nx = 1\r\nx = math.pi\r\n"),
        ("class A:\n\tnames = 1\n\tx = nmaes\n", "", "nmaes", "class A:\n\tnames = 1\n\tx = names\n"),
        ("x = '\U0001f600'; y = mth\nmath = 1\n", "", "mth", "x = '\U0001f600'; y = math\nmath = 1\n"),
    ],
)
async def test_outside_of_functions_and_without_a_model(
    tmp_path: Path, text: str, message: str, marker: str, after: str
) -> None:
    root = project_in(tmp_path)
    (root / "mod.py").write_bytes(text.encode())
    at = text.index(marker)
    said = message or f"undefined name '{marker}'"
    problem = Problem(message=said, start=at, end=at + len(marker))
    for trusted in (True, False):
        result = await fix(request_at(root / "mod.py", marker, problem=problem, trusted=trusted), bench_of(None, None))
        assert result.edits[0].after == after


async def test_what_has_no_mend_needs_a_function_and_a_model(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod="x = thing\n\n\ndef f():\n    return other\n") / "mod.py"
    with pytest.raises(AssistRefused, match="no obvious mend of `undefined name 'thing'` holds; mend it by hand"):
        await fixed(path, sandbox, problem_in(path, "undefined name 'thing'", "thing"), marker="x")
    request = request_at(path, "def f", problem=problem_in(path, "undefined name 'other'", "other"))
    with pytest.raises(AssistRefused, match="there is no model; set `model`"):
        await fix(request, bench_of(None, sandbox))


async def test_a_document_that_was_never_saved(tmp_path: Path) -> None:
    path = project_in(tmp_path, mod="import os\nx = 1\n") / "mod.py"
    request = replace(request_at(path, "os", problem=problem_in(path, "`os` imported but unused", "os")), path=None)
    result = await fix(request, bench_of(None, None))
    assert result.edits[0].after == "x = 1\n"
    assert "never saved" in result.message
    other = replace(request, problem=problem_in(path, "x is wrong", "x", source="mypy"))
    with pytest.raises(AssistRefused, match="never saved; save it"):
        await fix(other, bench_of(None, None))


async def test_what_a_package_imports_is_not_taken_from_those_who_import_it(tmp_path: Path, sandbox: Sandbox) -> None:
    """Neither where it looks unused in `__init__.py`, nor where a test of another module needs it."""
    text = "import helper\n\nX = 1\n"
    tests = "import mod\n\ndef test_x():\n    assert mod.helper.ONE == mod.X\n"
    path = project_in(tmp_path, mod=text, helper="ONE = 1\n", test_mod=tests) / "mod.py"
    package = path.parent / "package" / "__init__.py"
    package.parent.mkdir()
    package.write_text(text)
    for file in (path, package):
        problem = problem_in(file, "`helper` imported but unused", "helper")
        with pytest.raises(AssistRefused, match="no obvious mend"):
            await fixed(file, sandbox, problem, marker="helper")
    (path.parent / "test_mod.py").write_text("import mod\n\ndef test_x():\n    assert mod.X == 1\n")
    problem = problem_in(path, "`helper` imported but unused", "helper")
    result = await fixed(path, sandbox, problem, marker="helper")
    assert result.edits[0].after == "\nX = 1\n"
    assert "held against 1 file of tests that imports it" in result.message


@pytest.mark.parametrize(
    ("source", "code", "marker", "after"),
    [
        ("Ruff", "F541", "f'nobody'", "'nobody'"),
        ("Pylance", "reportReturnType", "return x", "return str(x)"),
        ("mypy", "return-value", "return x", "return str(x)"),
    ],
)
@pytest.mark.usefixtures("tools")
async def test_what_a_real_tool_says_is_gone_when_it_says_so(
    tmp_path: Path, sandbox: Sandbox, source: str, code: str, marker: str, after: str
) -> None:
    tool = {"Pylance": "pyright"}.get(source, source.lower())
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed here")
    text = "name = f'nobody'\n\n\ndef f(x: int) -> str:\n    return x\n"
    path = project_in(tmp_path, mod=text) / "mod.py"
    problem = problem_in(path, "what it says in its own words", marker, source=source, code=code)
    result = await fixed(path, sandbox, problem, rows=("    return missing\n", f"    {after}\n"), marker=marker)
    assert result.edits[0].after == text.replace(marker, after)
    assert "the problem is gone and no other came" in result.message


async def test_a_mend_that_breaks_a_test_is_not_offered(tmp_path: Path, sandbox: Sandbox) -> None:
    """Without the import the module is smaller, and its test fails."""
    text = "import helper\n\n\ndef f():\n    return 1\n"
    tests = "import mod\n\ndef test_f():\n    assert mod.helper.ONE == mod.f()\n"
    path = project_in(tmp_path, mod=text, helper="ONE = 1\n", test_mod=tests) / "mod.py"
    problem = problem_in(path, "`helper` imported but unused", "helper", source="Ruff")
    result = await fixed(path, sandbox, problem, rows=("    return 1",))
    assert result.edits == ()
