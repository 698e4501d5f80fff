"""The real command with the model that comes with the package: it solves what it can, and an interrupt ends it all."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benches import project_in
from tests.sandboxes import sandbox_or_skip

STUB = '''\
def add(a, b):
    """Return the sum of a and b.

    >>> add(1, 2)
    3
    >>> add(-1, 1)
    0
    """
    pass
'''


@pytest.fixture(autouse=True)
def needs() -> None:
    """A sandbox, and what runs models."""
    pytest.importorskip("torch")
    sandbox_or_skip()


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CONFIG_HOME": str(folder / "config"), "OMP_NUM_THREADS": "1"}


def test_the_embedded_model_solves_a_sum(tmp_path: Path) -> None:
    path = project_in(tmp_path, calc=STUB) / "calc.py"
    command = [sys.executable, "-m", "codex_lsp", "assist", "solve", f"{path}:1:5", "--json", "--write"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment(tmp_path), timeout=170, check=False)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["verdicts"][0]["outcome"] == "passed"
    assert "passes 2 examples of its docstring" in report["message"]
    assert "pass\n" not in path.read_text()


def test_an_interrupt_ends_the_command_and_its_sandboxes(tmp_path: Path) -> None:
    loop = STUB.replace(">>> add(1, 2)", ">>> [add(1, 2) for _ in iter(int, 1)]")
    path = project_in(tmp_path, calc=loop) / "calc.py"
    command = [sys.executable, "-m", "codex_lsp", "assist", "solve", f"{path}:1:5"]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        # The first word of progress: candidates are being run.
        assert process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in (130, -signal.SIGINT)
        # With every process of the command gone, nothing holds its standard error any more.
        process.stderr.read()
    assert path.read_text() == loop
