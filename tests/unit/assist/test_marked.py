"""A body that passes its tests is marked where it is insecure."""

from pathlib import Path

from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.run import run_assist
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.scripted import ScriptedModel
from tests.benches import bench_of, project_in, request_at

STUB = "def value(text):\n    '''The number in a text.\n\n    >>> value('7')\n    7\n    '''\n"


async def test_an_insecure_solution_says_so(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=STUB) / "mod.py"
    model = ScriptedModel(("    return eval(text)\n",))
    result = await run_assist(AssistKind.SOLVE, request_at(path, "def value"), bench_of(model, sandbox))
    assert "Marked, line 7: insecure: Use of possibly insecure function" in result.message
    assert "Marked, line 7: insecure" in result.edits[0].description


async def test_a_harmless_one_says_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=STUB) / "mod.py"
    model = ScriptedModel(("    return int(text)\n",))
    result = await run_assist(AssistKind.SOLVE, request_at(path, "def value"), bench_of(model, sandbox))
    assert len(result.edits) == 1
    assert "Marked" not in result.message + result.edits[0].description
