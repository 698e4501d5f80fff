"""Whether BLEU tells right from wrong: the scores of both, side by side (Codex paper, figure 8).

Sentence BLEU of each sample against the benchmark's own solution, as `sacrebleu` computes it.
"""

import statistics
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codex_lsp.errors import MissingExtra
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.task_intervals import mean_figure

BINS = 20
"""Of the histograms, from 0 to 100."""
_TOP = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskScores:
    """The BLEU of one task's samples, each from 0 to 100."""

    task_id: str
    right: tuple[float, ...]
    wrong: tuple[float, ...]


def bleu_table(graded: Sequence[GradedSample], references: Mapping[str, str], *, seed: int = 0) -> dict[str, Any]:
    """The distributions over tasks that have right and wrong samples both; each task counts the same.

    Args:
        graded: Of any number of tasks; those without a reference are left out.
        references: Task to the benchmark's own completion.
        seed: Of the interval of the overlap.

    Returns:
        `tasks`; `overlap`, the chance that a wrong sample scores higher than a right one of its task (ties half), with
        its interval over tasks; `histogram` with the shares of right and wrong samples in each of `BINS` equal bins;
        `mean` of both; `by_task`; `signature` of the measure.

    Raises:
        MissingExtra: What computes BLEU is not installed.
    """
    found = task_scores(graded, references)
    return {
        "tasks": len(found),
        "signature": _signature(),
        "overlap": _overlaps(found, seed=seed) if found else None,
        "mean": {name: _mean(found, name) for name in ("right", "wrong")},
        "histogram": {name: _histogram(found, name) for name in ("right", "wrong")},
        "by_task": [
            {
                "task_id": task.task_id,
                "right": len(task.right),
                "wrong": len(task.wrong),
                "overlap": round(overlap(task.right, task.wrong), 4),
                "histogram": {"right": _bins(task.right), "wrong": _bins(task.wrong)},
            }
            for task in found
        ],
    }


def _overlaps(found: Sequence[TaskScores], *, seed: int) -> dict[str, object]:
    names = [task.task_id for task in found]
    return mean_figure(names, [overlap(task.right, task.wrong) for task in found], seed=seed)


def task_scores(graded: Sequence[GradedSample], references: Mapping[str, str]) -> list[TaskScores]:
    """The scores by task, of tasks that have a reference, a right sample and a wrong one."""
    by_task: dict[str, list[GradedSample]] = defaultdict(list)
    for sample in graded:
        if references.get(sample.task_id):
            by_task[sample.task_id].append(sample)
    found: list[TaskScores] = []
    for task_id, samples in by_task.items():
        if 0 < sum(sample.passed for sample in samples) < len(samples):
            scores = _scores({sample.completion for sample in samples}, references[task_id])
            right, wrong = (
                tuple(scores[sample.completion] for sample in samples if sample.passed is passed)
                for passed in (True, False)
            )
            found.append(TaskScores(task_id=task_id, right=right, wrong=wrong))
    return found


def overlap(right: Sequence[float], wrong: Sequence[float]) -> float:
    """The chance that one of `wrong` is higher than one of `right`; equal ones count half.

    >>> overlap([1.0, 3.0], [2.0]), overlap([2.0], [2.0])
    (0.5, 0.5)
    """
    ordered = sorted(right)
    below = sum(bisect_left(ordered, value) + bisect_right(ordered, value) for value in wrong)
    return below / (2 * len(right) * len(wrong))


def sentence_bleu(text: str, reference: str) -> float:
    """From 0, nothing in common, to 100.

    Raises:
        MissingExtra: What computes it is not installed.
    """
    return _scores({text}, reference)[text]


def _scores(texts: set[str], reference: str) -> dict[str, float]:
    try:
        from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra("BLEU needs sacrebleu; run: pip install 'codex-lsp[eval]'") from error
    # A short text has no four-grams: the orders that it has count.
    metric = BLEU(effective_order=True)
    return {text: metric.sentence_score(text, [reference]).score for text in texts}


def _signature() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return f"sacrebleu {version('sacrebleu')}, sentence, 13a, smoothing exp, effective order"
    except PackageNotFoundError:
        return ""


def _mean(tasks: Sequence[TaskScores], name: str) -> float | None:
    means = [statistics.fmean(getattr(task, name)) for task in tasks]
    return round(statistics.fmean(means), 4) if means else None


def _histogram(tasks: Sequence[TaskScores], name: str) -> list[float]:
    columns = zip(*(_bins(getattr(task, name)) for task in tasks), strict=True)
    return [round(statistics.fmean(column), 6) for column in columns]


def _bins(scores: Sequence[float]) -> list[float]:
    counts = [0] * BINS
    for score in scores:
        counts[min(int(score / _TOP * BINS), BINS - 1)] += 1
    return [round(count / len(scores), 6) for count in counts]
