"""What generating tests is worth, measured on functions that are right: a benchmark's own references.

Every possible bug that is reported of them is a false alarm, but where the example itself is wrong.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult
from codex_lsp.assist.run import run_assist
from codex_lsp.assist.workbench import Workbench
from codex_lsp.context.document import Document
from codex_lsp.errors import AssistRefused, CodexLspError, UsageError
from codex_lsp.evaluation.appended_lines import AppendedLines
from codex_lsp.evaluation.json_lines import objects_of
from codex_lsp.evaluation.percentiles import percentile
from codex_lsp.evaluation.remaining import Progress
from codex_lsp.evaluation.task import Task

RESULTS, MANIFEST = "results.jsonl", "manifest.json"
KIND = "assists tests"
WRONG_EXAMPLES = frozenset(
    {
        ("HumanEval/47", "median([-10, 4, 6, 1000, 10, 20])"),
        ("HumanEval/116", "sort_array([1, 5, 2, 3, 4])"),
        ("HumanEval/116", "sort_array([-2, -3, -4, -5, -6])"),
    }
)
"""Docstring examples that contradict the benchmark's own hidden tests, found by hand: to report them is right."""
_MODULE = "solution"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsStudy:
    """A run of the measurement in a folder; the same run goes on where it was ended.

    Attributes:
        folder: Where results are kept, one line a task.
        manifest: What made it; its field `run` decides the results.
    """

    __test__ = False  # no test itself, whatever pytest thinks of the name

    folder: Path
    manifest: Mapping[str, Any]

    def begin(self) -> None:
        """Make the folder, or see that the run it holds is this one.

        Raises:
            UsageError: It cannot be written, or holds something else.
        """
        path = self.folder / MANIFEST
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if path.exists():
                held = json.loads(path.read_text(encoding="utf-8"))
                if held.get("run") != self.manifest["run"]:
                    raise UsageError(f"{self.folder}: holds another run; name another folder with --out")
            elif any(self.folder.iterdir()):
                raise UsageError(f"{self.folder}: not empty, and no run of this measure; name another --out")
            else:
                path.write_text(json.dumps(self.manifest, indent=1) + "\n", encoding="utf-8")
        except (OSError, ValueError, AttributeError) as error:
            raise UsageError(f"{self.folder}: cannot be used ({error}); name another folder with --out") from error

    async def measure(
        self, tasks: Sequence[Task], work: Path, bench: Workbench, notify: Callable[[str], None]
    ) -> list[Mapping[str, Any]]:
        """The rows of all tasks; those that are there are not measured again.

        Args:
            tasks: Each with its reference.
            work: A folder that the references' modules are written into, each in one of its own.
            bench: What the assist works with.
            notify: Is told how far it is.

        Raises:
            SandboxUnavailable: Nothing here runs them.
            CodexLspError: The folder cannot be written.
        """
        path = self.folder / RESULTS
        with AppendedLines(path) as file:
            done = {str(line.value["task_id"]) for line in objects_of(path)}
            progress = Progress("functions", len(tasks), notify, known=len(done))
            for task in tasks:
                if task.task_id not in done:
                    file.write(await measured_row(task, work, bench))
                    progress.step()
        return [line.value for line in objects_of(path)]


async def measured_row(task: Task, work: Path, bench: Workbench) -> dict[str, Any]:
    """What generating tests for one reference came to.

    Raises:
        CodexLspError: Anything but a refusal.
    """
    request = _request(task, work)
    started = time.monotonic()
    try:
        result = await run_assist(AssistKind.TESTS, request, bench)
    except AssistRefused as error:
        return {"task_id": task.task_id, "seconds": _seconds(started), "refused": str(error), "tests": 0, "alarms": []}
    return {"task_id": task.task_id, "seconds": _seconds(started), **_figures(result), "alarms": _alarms(result)}


def figures_of_tests(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of all rows. Field names are public."""
    mutants = sum(row.get("mutants") or 0 for row in rows)
    killed = sum(row.get("mutants_killed") or 0 for row in rows)
    alarms = [{"task_id": row["task_id"], "detail": alarm} for row in rows for alarm in row["alarms"]]
    false = [alarm for alarm in alarms if not _is_wrong_example(alarm)]
    branches = [row["branches"] for row in rows if row.get("branches") is not None]
    seconds = [row["seconds"] for row in rows]
    return {
        "functions": len(rows),
        "with_test": sum(row["tests"] > 0 for row in rows) / len(rows) if rows else None,
        "tests": int(sum(row["tests"] for row in rows)),
        "mutants": int(mutants),
        "mutants_killed": int(killed),
        "mutants_killed_share": killed / mutants if mutants else None,
        "branches": fmean(branches) if branches else None,
        "alarms": alarms,
        "false_alarms": len(false),
        "wrong_examples": len(alarms) - len(false),
        "p50_s": percentile(seconds, 50),
        "p95_s": percentile(seconds, 95),
        "without_test": [
            {"task_id": row["task_id"], "why": row.get("refused") or row.get("message", "")}
            for row in rows
            if not row["tests"]
        ],
    }


def _request(task: Task, work: Path) -> AssistRequest:
    folder = work / task.task_id.replace("/", "-")
    text = task.prompt + task.reference + task.suffix
    path = folder / f"{_MODULE}.py"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CodexLspError(f"{folder}: cannot be written ({error.strerror}); make room") from error
    return AssistRequest(
        document=Document(uri=path.as_uri(), language="python", version=0, text=text),
        offset=max(text.rfind(f"def {task.entry_point}("), 0),
        path=path,
        root=folder,
        trusted=True,
    )


def _figures(result: AssistResult) -> dict[str, Any]:
    return {"message": result.message, **result.figures, "tests": int(result.figures.get("tests") or 0)}


def _alarms(result: AssistResult) -> list[str]:
    return [each.detail for each in result.verdicts if each.name.startswith("possible bug")]


def _is_wrong_example(alarm: Mapping[str, str]) -> bool:
    return any(alarm["task_id"] == task and f"`{call}`" in alarm["detail"] for task, call in WRONG_EXAMPLES)


def _seconds(started: float) -> float:
    return round(time.monotonic() - started, 3)
