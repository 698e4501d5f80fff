"""`--ray`: two real nodes, one of them killed midway; verdicts and samples are those of one machine."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.cli.main import main
from codex_lsp.evaluation.formats import TASKS
from codex_lsp.evaluation.grading import verdict_of
from codex_lsp.evaluation.json_lines import objects_of
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from tests.unit.evaluation.own_rows import HUMANEVAL_ROWS

pytest.importorskip("ray")
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KILL_AFTER = 5
COPIES = 12
"""Completions of each task that differ, so that each is run."""


class Nodes:
    """Two nodes of one processor each."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.address = process.stdout.readline().strip()
        self._input = process.stdin

    def kill_one(self) -> None:
        self._input.write("kill\n")
        self._input.flush()


@pytest.fixture(scope="module")
def nodes(sandbox: Sandbox) -> Iterator[Nodes]:
    del sandbox
    command = [sys.executable, str(HERE / "ray_nodes.py")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Nodes(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("ray") / "tasks.jsonl", HUMANEVAL_ROWS)


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def completions() -> list[dict[str, Any]]:
    """Right ones, wrong ones, and ones that raise."""
    bodies = ("{reference}", "    return None\n", "    raise ValueError\n")
    return [
        {"task_id": row["task_id"], "completion": f"    # {copy}\n" + body.format(reference=row["canonical_solution"])}
        for copy in range(COPIES)
        for row in HUMANEVAL_ROWS
        for body in (bodies[copy % len(bodies)],)
    ]


@pytest.mark.timeout(300)
def test_a_node_that_dies_loses_nothing(nodes: Nodes, tasks: Path, tmp_path: Path, grader: SandboxedGrader) -> None:
    samples = written(tmp_path / "samples.jsonl", completions())
    command = [sys.executable, str(HERE / "ray_driver.py"), nodes.address, str(tasks), str(samples)]
    found: dict[tuple[str, str], tuple[str, str]] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        for line in driver.stdout:
            row = json.loads(line)
            found[row["task_id"], row["completion"]] = row["outcome"], row["detail"]
            if len(found) == KILL_AFTER:
                nodes.kill_one()
    assert driver.returncode == 0
    benchmark = TASKS.read(objects_of(tasks), "tasks")
    by_name = {task.task_id: task for task in benchmark.tasks}
    for row in completions():
        here = verdict_of(benchmark, by_name[row["task_id"]], row["completion"], grader)
        assert found.pop((row["task_id"], row["completion"])) == (here.outcome.value, here.detail)
    assert not found


@pytest.mark.timeout(300)
def test_the_command_draws_what_it_draws_here(nodes: Nodes, tasks: Path, tmp_path: Path) -> None:
    sampling = ["--n", "2", "--temperature", "0.8", "--max-tokens", "12", "--model", "embedded"]
    for name, flags in (("here", []), ("there", ["--ray", nodes.address])):
        command = ["evaluate", "tasks", "--data", str(tasks), *sampling, *flags, "--out", str(tmp_path / name)]
        subprocess.run([sys.executable, "-m", "codex_lsp", *command], cwd=ROOT, check=True)
    for file in ("samples.jsonl", "results.jsonl"):
        here, there = (sorted(rows(tmp_path / name / file), key=str) for name in ("here", "there"))
        assert here == there


def rows(path: Path) -> list[dict[str, Any]]:
    return [{**line.value, "wall_s": None} for line in objects_of(path)]


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("127.0.0.1:1", "--ray 127.0.0.1:1: nothing answers there"),
        ("127.0.0.1:port", "--ray 127.0.0.1:port: no address; give HOST:PORT, ray://HOST:PORT, or auto"),
    ],
)
def test_a_wrong_address_is_one_line(
    tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str, complaint: str
) -> None:
    flags = ["--references", "--ray", address, "--out", str(tmp_path / "run")]
    assert main(["evaluate", "tasks", "--data", str(tasks), *flags]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f"codex-lsp: {complaint}")
