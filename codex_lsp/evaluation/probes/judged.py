"""Judged answers, and the rows of the table that they make."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from codex_lsp.evaluation.bootstrap import interval
from codex_lsp.evaluation.proportion import exact_interval

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What an answer came to.

    Attributes:
        question_id: Of the question.
        group: The row of the table that it counts for.
        index: Which of the question's answers.
        labels: What holds of it; most probes give one.
        detail: One line more.
    """

    question_id: str
    group: str
    index: int
    labels: tuple[str, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a probe's table.

    Attributes:
        group: What is counted.
        answers: How many answers the rate is of.
        rate: The share of what is measured; None where there is nothing to take it of.
        interval: Of the rate, 95 %.
        counts: How many answers have each label.
    """

    group: str
    answers: int
    rate: float | None
    interval: Interval | None
    counts: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a probe found of one model.

    Attributes:
        rows: Of the table, in its order.
        figures: What else was measured, ready for JSON.
        notes: The same in words, one line each, below the table.
    """

    rows: tuple[Row, ...]
    figures: Mapping[str, Any] = field(default_factory=dict[str, Any])
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"rows": [asdict(row) for row in self.rows], **self.figures, "notes": list(self.notes)}


def rows_by_group(
    judged: Sequence[Judged], hits: frozenset[str], *, seed: int, of: frozenset[str] | None = None
) -> tuple[Row, ...]:
    """A row for each group, in the order of their first answers.

    Args:
        judged: All answers.
        hits: The labels of which the rate is.
        seed: Of the resampling.
        of: Only answers with one of these labels are in the rate; None for all.
    """
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[one.group].append(one)
    return tuple(_row(group, some, hits, of, seed) for group, some in groups.items())


def _row(group: str, some: Sequence[Judged], hits: frozenset[str], of: frozenset[str] | None, seed: int) -> Row:
    counts = Counter(label for one in some for label in one.labels)
    taken = [one for one in some if of is None or of.intersection(one.labels)]
    total = sum(bool(hits.intersection(one.labels)) for one in taken)
    by_question: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in taken:
        by_question[one.question_id][0] += bool(hits.intersection(one.labels))
        by_question[one.question_id][1] += 1
    pairs = [(hit, trials) for hit, trials in by_question.values()]
    return Row(
        group=group,
        answers=len(taken),
        rate=total / len(taken) if taken else None,
        interval=rate_interval(pairs, seed=seed),
        counts=dict(sorted(counts.items())),
    )


def rate_interval(pairs: Sequence[tuple[int, int]], *, seed: int) -> Interval | None:
    """The 95 % interval of a rate of hits and trials by question: the wider end of two on either side.

    One is the exact binomial interval, which holds also where nothing was hit and takes answers as independent; the
    other resamples questions, whose answers are not.
    """
    exact = exact_interval(sum(hits for hits, _ in pairs), sum(trials for _, trials in pairs))
    resampled = interval(pairs, _rate, seed=seed)
    if exact is None or resampled is None:
        return exact
    return min(exact[0], resampled[0]), max(exact[1], resampled[1])


def _rate(pairs: Sequence[tuple[int, int]]) -> float | None:
    trials = sum(count for _, count in pairs)
    return sum(hits for hits, _ in pairs) / trials if trials else None
