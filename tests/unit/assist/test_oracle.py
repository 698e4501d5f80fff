"""Oracles in the real sandbox: examples by call and by pytest, tests of the project, and what forges none of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from codex_lsp.assist.function import function_at
from codex_lsp.assist.oracle import Oracle, oracle_of
from codex_lsp.assist.project import project_of
from codex_lsp.errors import AssistRefused, SandboxUnavailable
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.verdict import Outcome
from tests.benches import bench_of, project_in, request_at

ADD = "def add(a, b):\n    '''Add.\n\n    >>> add(1, 2)\n    3\n    '''\n    return a + b\n"


@asynccontextmanager
async def oracle_for(path: Path, sandbox: Sandbox | None, marker: str = "def ") -> AsyncGenerator[Oracle | None]:
    bench, request = bench_of(None, sandbox), request_at(path, marker)
    project = project_of(request, bench)
    function = function_at(request.document.text, request.offset)
    async with oracle_of(request, bench, function, project) as oracle:
        yield oracle


async def test_literal_examples_cannot_be_forged(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=ADD) / "mod.py"
    async with oracle_for(path, sandbox) as oracle:
        assert oracle is not None
        assert oracle.what == "1 example of its docstring"
        assert (await oracle.judge(ADD)).passed
        wrong = await oracle.judge(ADD.replace("a + b", "a - b"))
        assert (wrong.outcome, wrong.detail) == (Outcome.FAILED, "assert add(1, 2) == 3: got -1")
        # Ends well before anything is compared, as pytest alone would believe.
        assert not (await oracle.judge(f"import os\n{ADD.replace('return a + b', 'os._exit(0)')}")).passed
        liar = "class Liar:\n    def __eq__(self, other): return True\n    def __repr__(self): return '3'\n"
        assert not (await oracle.judge(liar + ADD.replace("a + b", "Liar()"))).passed
        broken = await oracle.judge(ADD.replace("a + b", "a +"))
        assert broken.outcome is Outcome.ERROR
        assert broken.detail.startswith("SyntaxError")


async def test_what_is_printed_counts_too(tmp_path: Path, sandbox: Sandbox) -> None:
    """Equal by `==` is not enough for a docstring that shows `3`."""
    path = project_in(tmp_path, mod=ADD) / "mod.py"
    async with oracle_for(path, sandbox) as oracle:
        assert oracle is not None
        verdict = await oracle.judge(ADD.replace("a + b", "float(a + b)"))
        assert "add(1, 2) gave 3.0, not 3" in verdict.detail


async def test_tests_of_the_project_and_examples_with_state(tmp_path: Path, sandbox: Sandbox) -> None:
    module = (
        "from helper import ONE\n\ndef add(a, b):\n    '''Add.\n\n    >>> x = add(1, ONE)\n    >>> x\n    2\n    '''\n"
        "    return a + b\n"
    )
    tests = "from mod import add\n\ndef test_add():\n    assert add(2, 2) == 4\n\ndef test_other():\n    assert False\n"
    path = project_in(tmp_path, mod=module, helper="ONE = 1\n", test_mod=tests) / "mod.py"
    async with oracle_for(path, sandbox, "def add") as oracle:
        assert oracle is not None
        assert oracle.what == "2 examples of its docstring and 1 test that calls it"
        assert (await oracle.judge(module)).passed
        verdict = await oracle.judge(module.replace("a + b", "2"))
        assert verdict.outcome is Outcome.FAILED
        assert "test_add" in verdict.detail
        assert path.read_text() == module


async def test_plugins_that_tests_need_are_loaded(tmp_path: Path, sandbox: Sandbox) -> None:
    module = "async def add(a, b):\n    return a + b\n"
    test = "@pytest.mark.asyncio\nasync def test_add():\n    assert await add(1, 2) == 3\n"
    tests = f"import pytest\nfrom mod import add\n\n{test}"
    path = project_in(tmp_path, mod=module, test_mod=tests) / "mod.py"
    async with oracle_for(path, sandbox, "async def") as oracle:
        assert oracle is not None
        assert (await oracle.judge(module)).passed
        assert (await oracle.judge(module.replace("+", "-"))).outcome is Outcome.FAILED


async def test_an_endless_loop_ends(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod=ADD) / "mod.py"
    async with oracle_for(path, sandbox) as oracle:
        assert oracle is not None
        verdict = await oracle.judge(ADD.replace("return a + b", "while True: pass"))
        assert verdict.outcome is Outcome.TIMED_OUT


async def test_a_cancel_ends_what_runs(tmp_path: Path, sandbox: Sandbox) -> None:
    tests = "import time\nfrom mod import add\n\ndef test_add():\n    time.sleep(600)\n    add(1, 2)\n"
    path = project_in(tmp_path, mod="def add(a, b): pass\n", test_mod=tests) / "mod.py"
    async with oracle_for(path, sandbox) as oracle:
        assert oracle is not None
        task = asyncio.ensure_future(oracle.judge(path.read_text()))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(task, 0.5)
    # The threads that ran it are gone with it: else leaving the loop would wait for them.


async def test_nothing_to_hold_it_against(tmp_path: Path, sandbox: Sandbox) -> None:
    path = project_in(tmp_path, mod="def f(): return 1\n") / "mod.py"
    async with oracle_for(path, sandbox) as oracle:
        assert oracle is None


async def test_where_nothing_may_run(tmp_path: Path) -> None:
    path = project_in(tmp_path, mod=ADD) / "mod.py"
    with pytest.raises(SandboxUnavailable, match="bubblewrap"):
        async with oracle_for(path, None):
            pass
    bench, request = bench_of(None, None), request_at(path, "def ", trusted=False)
    function = function_at(request.document.text, request.offset)
    with pytest.raises(AssistRefused, match="trust"):
        async with oracle_of(request, bench, function, project_of(request, bench)):
            pass
