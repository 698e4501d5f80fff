"""The figures of solving a benchmark's tasks, with and without an oracle, each with its exact interval."""

from collections.abc import Mapping, Sequence
from typing import Any

from codex_lsp.evaluation.percentiles import percentile
from codex_lsp.evaluation.proportion import exact_interval

Row = Mapping[str, Any]
_DIGITS = 4


def figures_of_solve(rows: Sequence[Row]) -> dict[str, Any]:
    """The figures of all rows of `SolveStudy`. Field names are public."""
    seconds = [row["seconds"] for row in rows]
    until_pass = [row["candidates"] for row in rows if row["passes"]]
    return {
        "all": _part(rows),
        "with_oracle": _part([row for row in rows if row["oracle"]]),
        "without_oracle": _part([row for row in rows if not row["oracle"]]),
        "p50_s": percentile(seconds, 50),
        "p95_s": percentile(seconds, 95),
        "run_until_pass_p50": percentile(until_pass, 50),
        "run_until_pass_p95": percentile(until_pass, 95),
        "wrong": [row["task_id"] for row in rows if row["passes"] and not row["right"]],
        "refused": [{"task_id": row["task_id"], "why": row["refused"]} for row in rows if row.get("refused")],
    }


def _part(rows: Sequence[Row]) -> dict[str, Any]:
    """Of some tasks: `solved` is that the body which is offered is right, by the hidden tests."""
    count, offered = len(rows), [row for row in rows if row["right"] is not None]
    return {
        "tasks": count,
        "passes": _share(sum(row["passes"] for row in rows), count),
        "offered": _share(len(offered), count),
        "right_of_offered": _share(sum(row["right"] for row in offered), len(offered)),
        "solved": _share(sum(row["right"] for row in offered), count),
        "greedy": _share(sum(row["greedy"] for row in rows), count),
        "mean_logprob": _share(sum(row["mean_logprob"] for row in rows), count),
        "any": _share(sum(row["right_samples"] > 0 for row in rows), count),
    }


def _share(hits: int, trials: int) -> dict[str, Any]:
    """How many of how many, the share, and its 95 % interval; None of none."""
    interval = exact_interval(hits, trials)
    return {
        "hits": hits,
        "of": trials,
        "value": round(hits / trials, _DIGITS) if trials else None,
        "interval": None if interval is None else [round(bound, _DIGITS) for bound in interval],
    }
