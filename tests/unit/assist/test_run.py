"""Assists by their kinds."""

from pathlib import Path

import pytest

from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.run import run_assist
from codex_lsp.errors import AssistRefused
from codex_lsp.models.scripted import ScriptedModel
from tests.benches import bench_of, request_at


async def test_what_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.py"
    path.write_text(f"def f(a: {'int | ' * 980}str):\n    return a\n")
    with pytest.raises(AssistRefused, match=r"nested too deeply|recursion"):
        await run_assist(AssistKind.TESTS, request_at(path, "def f"), bench_of(ScriptedModel(()), None))


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("a.js", AssistKind.SOLVE, "the file is javascript; `solve` works in Python, and tests are made of JavaScript"),
        ("a.rs", AssistKind.TESTS, "the file is rust; `tests` works in Python$"),
    ],
)
async def test_what_another_language_has_not_is_said(tmp_path: Path, name: str, kind: AssistKind, said: str) -> None:
    path = tmp_path / name
    path.write_text("f();\n")
    with pytest.raises(AssistRefused, match=said):
        await run_assist(kind, request_at(path, "f()"), bench_of(ScriptedModel(()), None))
