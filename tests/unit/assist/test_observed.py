"""What a function does beside other sources of it, in the real sandbox."""

import asyncio
from pathlib import Path

from codex_lsp.assist.function import function_at
from codex_lsp.assist.observed import Observed, observed
from codex_lsp.assist.project import project_of
from codex_lsp.execution.sandbox import Sandbox
from tests.benches import bench_of, project_in, request_at

HALF = "def half(n: int) -> int:\n    return n // 2\n"
CALLS = ("half(4)", "half(7)", "half(-3)")


async def held(path: Path, sandbox: Sandbox, *others: str) -> Observed:
    request = request_at(path, "def half")
    project = await asyncio.to_thread(project_of, request, bench_of(None, sandbox))
    return await observed(sandbox, project, function_at(HALF, 0), CALLS, others)


async def test_alike_is_what_does_the_same_on_every_call(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=HALF) / "mod.py"
    bodies = ("n >> 1", "int(n / 2)", "n //", "missing", "__import__('os')._exit(0)")
    seen = await held(path, sandbox, *(f"def half(n):\n    return {body}\n" for body in bodies))
    assert [value for _, value in seen.returned] == ["2", "3", "-2"]
    assert seen.alike == (True, False, False, False, False)
