"""Solve, with a scripted model and the real sandbox."""

import asyncio
from pathlib import Path

import pytest

from codex_lsp.assist.result import UNCHECKED, AssistResult
from codex_lsp.assist.solve import solve
from codex_lsp.errors import AssistRefused, ModelUnavailable, SandboxUnavailable
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow, everything
from tests.benches import Told, bench_of, project_in, request_at

STUB = "import math\n\n\ndef add(a, b):\n    '''Add.\n\n    >>> add(1, 2)\n    3\n    '''\n    pass\n\n\nX = 1\n"
WRONG, RIGHT, LIKELIER = (
    ScriptedRow.of("    return a - b\n", -0.1),
    ScriptedRow.of("    return a + b\n\n\ndef other():\n    pass\n", -0.5),
    ScriptedRow.of("    return 7\n", -0.05),
)


async def solved(path: Path, model: ScriptedModel | None, sandbox: Sandbox | None, budget: int = 8) -> AssistResult:
    return await solve(request_at(path, "def add"), bench_of(model, sandbox, budget=budget))


async def test_the_first_body_that_passes_is_offered(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=STUB) / "mod.py"
    told: Told = []
    model = ScriptedModel((WRONG, RIGHT, LIKELIER))
    result = await solve(request_at(path, "def add"), bench_of(model, sandbox, budget=30, told=told))
    [edit] = result.edits
    assert edit.after == STUB.replace("    pass\n", "    return a + b\n")
    assert (edit.before, edit.version, edit.label) == (STUB, 0, "Solve add")
    assert (result.verdicts[0].outcome, result.verdicts[0].kept) == ("passed", True)
    failing = [verdict for verdict in result.verdicts if not verdict.kept]
    assert [verdict.mean_logprob for verdict in failing] == sorted(
        (verdict.mean_logprob or 0 for verdict in failing), reverse=True
    )
    assert any("got -1" in verdict.detail for verdict in failing)
    assert result.message.startswith("`add` passes 1 example of its docstring; candidate 2")
    assert told[0] == ("asking the model", 0)
    assert any(text.endswith("of 30 candidates") for text, _ in told)  # before one was run
    assert any("of 30 candidates, 1 passes" in text for text, _ in told)
    assert model.running == 0


async def test_the_model_is_asked_as_for_a_function_to_be_written(tmp_path: Path, sandbox: Sandbox) -> None:
    model = ScriptedModel((RIGHT,))
    await solved(project_in(tmp_path, mod=STUB) / "mod.py", model, sandbox, budget=2)
    request = model.requests[0]
    assert request.prompt.prefix == "import math\n\n\n" + STUB[STUB.index("def add") : STUB.index("    pass")]
    assert (request.params.stop_indent, request.params.greedy_first, request.params.n) == (0, True, 2)


async def test_none_passes(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=STUB) / "mod.py"
    result = await solved(path, ScriptedModel((WRONG, LIKELIER, WRONG)), sandbox)
    assert result.edits == ()
    assert (
        result.message == "none of 2 candidates for `add` passes 1 example of its docstring; the file is left as it is"
    )
    assert [verdict.text for verdict in result.verdicts] == ["    return 7", "    return a - b"]
    assert "return 7" in result.report
    assert "got 7" in result.report


async def test_a_method_in_a_file_with_tabs_and_windows_line_ends(tmp_path: Path, sandbox: Sandbox) -> None:
    text = "class Sum:\n\tdef add(self, a, b):\n\t\t'''Add.\n\n\t\t>>> Sum().add(1, 2)\n\t\t3\n\t\t'''\n".replace(
        "\n", "\r\n"
    )
    root = project_in(tmp_path)
    (root / "mod.py").write_bytes(text.encode())
    rows = (ScriptedRow.of("\t\tc = a + b\n\t\treturn c\n\tdef g(self): pass"),)
    result = await solved(root / "mod.py", ScriptedModel(rows), sandbox)
    [edit] = result.edits
    assert edit.after == text[:-2] + "\r\n\t\tc = a + b\r\n\t\treturn c\r\n"


async def test_a_body_that_passes_is_left_alone(tmp_path: Path, sandbox: Sandbox) -> None:
    model = ScriptedModel((RIGHT,))
    path = project_in(tmp_path, mod=STUB.replace("pass", "return a + b")) / "mod.py"
    result = await solved(path, model, sandbox)
    assert (result.edits, model.requests) == ((), [])
    assert "passes 1 example of its docstring already" in result.message


async def test_a_body_that_fails_is_replaced(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=STUB.replace("pass", "return a * b")) / "mod.py"
    result = await solved(path, ScriptedModel((RIGHT,)), sandbox)
    assert result.edits[0].after == STUB.replace("pass", "return a + b")


async def test_without_examples_the_largest_group_wins(tmp_path: Path, sandbox: Sandbox) -> None:
    text = "def add(a: int, b: int) -> int:\n    ...\n"
    rows = [
        ScriptedRow.of(f"    return {body}\n", -1.0) for body in ("a + b", "b + a", "a + b", "nothing", "sum((a, b))")
    ]
    rows.append(ScriptedRow.of("    return 0\n", -0.01))
    model = ScriptedModel(rows, capabilities=everything("embedded-s"))
    result = await solved(project_in(tmp_path, mod=text) / "mod.py", model, sandbox, budget=6)
    assert result.edits[0].after == text.replace("...", "return a + b")
    assert "no example and no test says that it is right (of 86 such bodies" in result.message
    assert "4 of 6 candidates do the same on 20 generated inputs" in result.edits[0].description
    assert [verdict.outcome for verdict in result.verdicts] == [UNCHECKED] * 4 + ["error"]


async def test_without_examples_in_a_module_that_imports_the_project(tmp_path: Path, sandbox: Sandbox) -> None:
    text = "from helper import ONE\n\n\ndef add(a: int) -> int:\n    ...\n"
    rows = [ScriptedRow.of(f"    return {body}\n") for body in ("a + ONE", "ONE + a", "a")]
    root = project_in(tmp_path, mod=text, helper="ONE = 1\n")
    result = await solved(root / "mod.py", ScriptedModel(rows), sandbox, budget=3)
    assert "2 of 3 candidates" in result.message


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        (
            "class A:\n    def __init__(self): self.n = 1\n    def add(self, a: int) -> None:\n        ...\n",
            ("self.n += a", "self.n = a + self.n", "self.n = a"),
        ),
        ("async def add(a: int) -> int:\n    ...\n", ("return a + 1", "return 1 + a", "return a")),
        (
            "from typing import Iterator\ndef add(a: int) -> Iterator[int]:\n    ...\n",
            ("yield a + 1", "yield 1 + a", "while True: yield a"),
        ),
    ],
)
async def test_without_examples_by_what_a_method_a_coroutine_or_an_iterator_does(
    tmp_path: Path, sandbox: Sandbox, text: str, bodies: tuple[str, ...]
) -> None:
    blanks = text[text.index("...") - 8 : text.index("...")].rpartition("\n")[2]
    rows = [ScriptedRow.of(f"{blanks}{body}\n") for body in bodies]
    path = project_in(tmp_path, mod=text) / "mod.py"
    result = await solved(path, ScriptedModel(rows), sandbox, budget=3)
    assert "2 of 3 candidates do the same on" in result.message
    assert result.edits[0].after == text.replace("...", bodies[0])


async def test_without_examples_and_no_two_alike_nothing_is_offered(tmp_path: Path, sandbox: Sandbox) -> None:
    text = "def add(a: int, b: int) -> int:\n    ...\n"
    rows = [ScriptedRow.of(f"    return {body}\n", -1.0) for body in ("a + b", "a - b", "None")]
    result = await solved(project_in(tmp_path, mod=text) / "mod.py", ScriptedModel(rows), sandbox, budget=3)
    assert result.edits == ()
    assert "no two of 3 candidates for `add` do the same on 20 generated inputs; add an example" in result.message
    assert [verdict.outcome for verdict in result.verdicts] == [UNCHECKED] * 2 + ["error"]
    assert "a - b" in result.report


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def add(a):\n    return a\n", "neither examples nor tests"),
        ("class A(Protocol):\n    def add(self, a): ...\n", "drawn for it: nothing says how `A` is made; show a call"),
    ],
)
async def test_nothing_to_go_by(tmp_path: Path, sandbox: Sandbox, text: str, reason: str) -> None:
    with pytest.raises(AssistRefused, match=reason):
        await solved(project_in(tmp_path, mod=text) / "mod.py", ScriptedModel((RIGHT,)), sandbox)


async def test_nothing_runs_untrusted_without_a_sandbox_or_a_model(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=STUB) / "mod.py"
    model = ScriptedModel((RIGHT,))
    with pytest.raises(AssistRefused, match="trust it first"):
        await solve(request_at(path, "def add", trusted=False), bench_of(model, sandbox))
    with pytest.raises(SandboxUnavailable):
        await solved(path, model, None)
    with pytest.raises(AssistRefused, match="needs a model"):
        await solved(path, None, sandbox)
    assert model.requests == []


async def test_a_model_that_fails(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=STUB) / "mod.py"
    with pytest.raises(ModelUnavailable, match="gone"):
        await solved(path, ScriptedModel((WRONG,), failure=ModelUnavailable("gone"), fail_at_step=2), sandbox)


async def test_a_cancel_ends_the_model(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=STUB) / "mod.py"
    stepping = asyncio.Event()

    async def before_step(_: int) -> None:
        stepping.set()
        await asyncio.sleep(0)

    model = ScriptedModel((ScriptedRow.of("    x = 1\n" * 5000),), before_step=before_step)
    task = asyncio.ensure_future(solved(path, model, sandbox))
    await stepping.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.running == 0
