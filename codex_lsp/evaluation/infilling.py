"""HumanEval-infilling: lines or a random span of a solution are taken out (FIM paper, arXiv 2207.14255, section 4).

A sample ends where the model says so, and no stop string applies; where nothing follows the gap, HumanEval's do.
"""

from collections.abc import Iterable

from codex_lsp.evaluation.humaneval import CallBenchmark, call_task, unique_tasks
from codex_lsp.evaluation.json_lines import Line
from codex_lsp.evaluation.task import Task


def read_infilling(lines: Iterable[Line], name: str) -> CallBenchmark:
    """Tasks with a suffix, which may be empty."""
    return CallBenchmark(name=name, tasks=unique_tasks(lines, _task))


def _task(line: Line) -> Task:
    # It must be there.
    line.text("suffix")
    return call_task(line)
