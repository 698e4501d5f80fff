"""Grades samples on a Ray cluster, and prints each with its verdict as soon as it has one: ADDRESS TASKS SAMPLES."""

import json
import sys
from contextlib import closing
from pathlib import Path

from codex_lsp.evaluation.formats import TASKS
from codex_lsp.evaluation.grading import Grading
from codex_lsp.evaluation.json_lines import objects_of
from codex_lsp.evaluation.ray_grader import RayGrader
from codex_lsp.evaluation.ray_workers import cluster
from codex_lsp.evaluation.samples_file import Sample, read_samples, result_line
from codex_lsp.execution.verdict import Verdict


def main() -> None:
    """Grade them all."""
    address, tasks, samples = sys.argv[1:]
    benchmark = TASKS.read(objects_of(Path(tasks)), "tasks")
    by_name = {task.task_id: task for task in benchmark.tasks}
    given = read_samples(Path(samples), list(by_name), lenient=False)
    output = sys.stdout

    def written(sample: Sample, verdict: Verdict) -> None:
        output.write(json.dumps(result_line(sample, verdict)) + "\n")
        output.flush()

    with cluster(address), closing(RayGrader()) as grader:
        Grading(benchmark=benchmark, tasks=by_name, grader=grader).grade(given.samples, written)


if __name__ == "__main__":
    main()
