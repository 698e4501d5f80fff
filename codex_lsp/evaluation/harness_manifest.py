"""What made a run of the harness, and in what it departs from the papers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from codex_lsp.evaluation.benchmark_data import BenchmarkData
from codex_lsp.evaluation.benchmark_format import Format, conventions_of
from codex_lsp.evaluation.harness_run import KIND
from codex_lsp.evaluation.humaneval import STOP
from codex_lsp.evaluation.sampling import TOP_P, SamplingPlan
from codex_lsp.evaluation.task import Task

Source = Mapping[str, Any]
"""Where samples come from: `samples_record`, `sampling_record`, or the benchmark's own references."""


def manifest_of(
    kind: Format, data: BenchmarkData, tasks: Sequence[Task], source: Source, made: Mapping[str, Any]
) -> dict[str, Any]:
    """The manifest of a run; its field `run` decides the results, and a folder holds one such run.

    Args:
        kind: The benchmark's format.
        data: The benchmark.
        tasks: Those of its tasks that are sampled.
        source: Where the samples come from.
        made: `command` and `versions`, and `departures` of the sampling.
    """
    limits = sorted({(task.limits.wall_s, task.limits.memory_bytes) for task in tasks})
    return {
        "kind": KIND,
        "command": made["command"],
        "versions": made["versions"],
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": {
            "benchmark": data.benchmark.name,
            "data": data.source,
            "data_sha256": data.sha256,
            "tasks": len(tasks),
            **source,
        },
        "departures": made["departures"],
        "conventions": list(conventions_of(data.benchmark)),
        "grading": {
            "identical_completions": "of one task are run once",
            "limits": [{"wall_s": wall_s, "memory_bytes": size} for wall_s, size in limits],
            "time_limits": "4 s, or 4 times the reference's time here" if kind.timed_by_reference else "as listed",
        },
        "intervals": "95 %, percentiles of resampled problems",
    }


def sampling_record(plan: SamplingPlan, tasks: Sequence[Task], model: Mapping[str, Any]) -> dict[str, Any]:
    """How samples are drawn, and by what."""
    stops = sorted({task.stop for task in tasks})
    settings = asdict(plan)
    return {
        "model": dict(model),
        "sampling": {
            **settings,
            "temperatures": list(plan.temperatures),
            "top_p": TOP_P,
            "top_k": None,
            "stop": list(stops[0]) if len(stops) == 1 else [list(stop) for stop in stops],
        },
    }


def samples_record(name: str, sha256: str) -> dict[str, Any]:
    """Samples that were given."""
    return {"samples": {"file": name, "sha256": sha256}}


def departures(kind: Format, plan: SamplingPlan, tasks: Sequence[Task], *, whole: bool, local: bool) -> list[str]:
    """In what a run is not as the paper has it; one line each."""
    header = f"the prompt begins with the header of a file `{plan.header}`, in the way of the model's family"
    found = {
        f"at most {plan.max_tokens} tokens a sample: the paper names no limit": True,
        f"{plan.n} samples a task, where the paper has {kind.paper_n}": plan.n != kind.paper_n,
        f"temperatures {_listed(plan.temperatures)}, where the paper has {_listed(kind.temperatures)}": set(
            plan.temperatures
        )
        != set(kind.temperatures),
        "at temperature 0, where all samples are equal, there is one": 0.0 in plan.temperatures,
        header: plan.header is not None,
        "the end of a prompt that could be cut into tokens in several ways is the model's to spell (healing)": local,
        "only some of the tasks, evenly spread": not whole,
        "gaps are filled in the way of the model's family; no stop string but where nothing follows the gap": any(
            task.suffix for task in tasks
        ),
        "stop strings are not the Codex paper's five": any(task.stop != STOP and not task.suffix for task in tasks),
    }
    return [line for line, holds in found.items() if holds]


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
