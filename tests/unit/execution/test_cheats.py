"""Programs that try to pass without solving their task: none does, and each gets a verdict that says what happened."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from codex_lsp.execution.checks import CallCheck
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Outcome
from tests.sandboxes import sandbox_or_skip
from tests.unit.execution.cheats.driver import CHEATS, sensible
from tests.unit.execution.identities import ROOT, as_plain_user, plain_environment

_TIMEOUT_S = 200


@pytest.fixture(scope="module", params=["root", "plain user"])
def graded(request: pytest.FixtureRequest) -> dict[str, Any]:
    sandbox_or_skip()
    command = [sys.executable, "-m", "tests.unit.execution.cheats.driver"]
    is_root = os.geteuid() == 0
    if request.param == "root" and not is_root:
        pytest.skip("the tests are not run by root")
    if request.param == "plain user" and is_root:
        command = as_plain_user(command)
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=plain_environment(), timeout=_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["uid"] == 0) == (request.param == "root")
    return report["results"]


def test_an_honest_program_passes(graded: dict[str, Any]) -> None:
    assert graded["honest"] == ["passed", ""]


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda path: path.stem)
def test_no_cheat_passes(graded: dict[str, Any], cheat: Any) -> None:
    outcome, detail = graded[cheat.stem]
    assert outcome in sensible(cheat.read_text("utf-8")), detail
    assert detail
    assert "\n" not in detail


@pytest.mark.parametrize("program", ["import os\ndef f(): os._exit(0)", "def f(): raise SystemExit"])
def test_a_test_that_catches_everything_hides_no_end(sandbox: Sandbox, program: str) -> None:
    test = "def check(candidate):\n    try:\n        candidate()\n    except BaseException:\n        pass\n"
    with SandboxedGrader(1, sandbox=sandbox) as grader:
        verdict = grader.grade(CallCheck(program=program, entry_point="f", test=test))
    assert verdict.outcome is Outcome.ERROR
