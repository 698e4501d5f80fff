import sys
from dataclasses import replace
from pathlib import Path

from codex_lsp.execution.interpreter import interpreter_paths
from codex_lsp.execution.paired_timing import TimingRequest, time_pairs
from codex_lsp.execution.sandbox import Sandbox

SLOW = "def f(n):\n    return sum(range(n * 200))\n"
FAST = "def f(n):\n    return n * 200 * (n * 200 - 1) // 2\n"
JUNK = """import os
for said in ("[[" + "9" * 400 + ", 1]]", "[" * 2000, "[[1, 0]]", "3", "[[1]]"):
    if os.environ.get(said[:9]) is None:  # once, and not for each copy of the module
        os.environ[said[:9]] = "said"
        os.write(3, said.encode() + b"\\n")
"""


def test_what_a_version_says_of_its_time_by_itself_ends_nothing(sandbox: Sandbox) -> None:
    request = TimingRequest(
        interpreter=Path(sys.executable),
        path=Path("/nowhere/mod.py"),
        module="mod",
        name="f",
        sources=(SLOW, FAST),
        inputs=((5,), (50,)),
        import_from=(),
        readable=interpreter_paths(),
    )
    plain = time_pairs(sandbox, request)
    assert plain is not None
    assert plain.median > 1
    assert time_pairs(sandbox, replace(request, sources=(SLOW, f"{JUNK}{FAST}"))) is not None
    assert time_pairs(sandbox, replace(request, sources=(SLOW, f"{JUNK}def f(n):\n    raise ValueError\n"))) is None
