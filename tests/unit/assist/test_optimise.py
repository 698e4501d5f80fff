"""Optimise: the same behaviour and a measured speed-up, or nothing."""

from pathlib import Path

import pytest

from codex_lsp.assist.optimise import optimise
from codex_lsp.assist.result import AssistResult
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow
from tests.benches import bench_of, project_in, request_at

SLOW = (
    "def count(xs: list[int]) -> int:\n    '''Different ones.\n\n    >>> count([1, 1, 2])\n    2\n    '''\n"
    "    seen = []\n    for x in xs:\n        for _ in range(4):\n            x in seen\n"
    "        if x not in seen:\n            seen.append(x)\n    return len(seen)\n"
)
BODY = SLOW[SLOW.index("    seen = []") :]


async def optimised(path: Path, sandbox: Sandbox | None, *rows: str, marker: str = "def ") -> AssistResult:
    model = ScriptedModel([ScriptedRow.of(row) for row in rows])
    return await optimise(request_at(path, marker), bench_of(model, sandbox, budget=len(rows)))


async def test_a_faster_body_that_does_the_same(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=SLOW) / "mod.py"
    result = await optimised(path, sandbox, "    return len(xs)\n", "    return len(set(xs))\n")
    assert result.edits[0].after == SLOW.replace(BODY, "    return len(set(xs))\n")
    assert "times as fast" in result.message
    assert (result.verdicts[0].outcome, result.verdicts[0].kept) == ("passed", True)


async def test_the_same_speed_and_other_behaviour_are_not_offered(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=SLOW) / "mod.py"
    # Right on all small inputs of the example's kind, wrong on long ones.
    wrong = "    return len(set(xs)) if len(xs) < 100 else 0\n"
    result = await optimised(path, sandbox, wrong, BODY, "    while True:\n        pass\n")
    assert result.edits == ()
    details = {verdict.text.strip()[:10]: (verdict.outcome, verdict.detail) for verdict in result.verdicts}
    assert details["return len"][0] == "failed"
    assert "gives 0 and not" in details["return len"][1]
    assert details["seen = []\n"][1].startswith("does the same, ")
    assert "timed out" in details["while True"][1]


REMEMBERING = """    memo = count.__dict__.setdefault("memo", {})
    key = tuple(xs)
    if key not in memo:
        seen = []
        for x in xs:
            for _ in range(4):
                x in seen
            if x not in seen:
                seen.append(x)
        memo[key] = len(seen)
    return memo[key]
"""
IN_ONE_PROCESS = """    import os
    return 0 if os.environ.get("PYTHONHASHSEED") == "1" else len(set(xs))
"""


async def test_nothing_is_won_by_remembering_or_in_one_process_alone(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=SLOW) / "mod.py"
    result = await optimised(path, sandbox, REMEMBERING, IN_ONE_PROCESS)
    assert result.edits == ()
    details = {verdict.text.split()[0]: verdict.detail for verdict in result.verdicts}
    assert details["memo"].startswith("does the same, ")
    assert details["import"] == "does not do the same in every process"


async def test_a_function_of_a_module_that_imports_the_project(tmp_path: Path, sandbox: Sandbox) -> None:
    text = f"from helper import ONE\n\n\n{SLOW}"
    path = project_in(tmp_path, mod=text, helper="ONE = 1\n") / "mod.py"
    result = await optimised(path, sandbox, "    return ONE * len(set(xs))\n")
    assert "return ONE" in result.edits[0].after


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def f(x: int) -> int: ...\n", "no body yet"),
        ("def f(x: int):\n    print(x)\n", "returns nothing"),
        ("import random\ndef f(x: int):\n    return random.random()\n", "returns nothing"),
        ("def f(x: str):\n    return hash(x)\n", "returns nothing"),
        ("def f(x: int):\n    while True: pass\n", "returns nothing"),
        ("class A:\n    def f(self, x):\n        return x\n", "generated inputs"),
        ("def f(x: int):\n    '''\n    >>> f(1)\n    2\n    '''\n    return x\n", "does not pass"),
    ],
)
async def test_what_cannot_be_compared(tmp_path: Path, sandbox: Sandbox, text: str, reason: str) -> None:
    with pytest.raises(AssistRefused, match=reason):
        await optimised(project_in(tmp_path, mod=text) / "mod.py", sandbox, "    return x\n", marker="def f")
