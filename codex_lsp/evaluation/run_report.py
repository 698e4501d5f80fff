"""One HTML file that shows what runs found: no network, no script, and every text of a model escaped."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.html_page import Markup, code, details, heading, page, paragraph, picture, table
from codex_lsp.evaluation.run_charts import NAMES, bleu_chart, pass_chart, ranking_chart, temperature_chart
from codex_lsp.execution.verdict import Outcome

_SHOWN_KS = (1, 2, 5, 10, 20, 50, 100, 200)
_MOST_CHARACTERS = 4000
"""Of a completion; more is cut, and said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStudy:
    """One run, and what was made of it.

    Attributes:
        name: What it is called in the report.
        manifest: What made it.
        graded: Its samples.
        ranking: Of `ranking_table`.
        bleu: Of `bleu_table`; None where no references are known.
    """

    name: str
    manifest: Mapping[str, Any]
    graded: Sequence[GradedSample]
    ranking: Mapping[str, Any]
    bleu: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs, paired.

    Attributes:
        one: Name of the first.
        other: Name of the second.
        table: Of `compared_runs`.
        warnings: One line for each thing in which they differ.
    """

    one: str
    other: str
    table: Mapping[str, Any]
    warnings: Sequence[str] = field(default=())


def run_report(
    studies: Sequence[RunStudy],
    *,
    temperatures: Mapping[str, Mapping[str, Any]] | None = None,
    comparisons: Sequence[Comparison] = (),
) -> str:
    """The whole page.

    Args:
        studies: At least one, in the order shown.
        temperatures: Of `temperature_table`, by the runs that it is of.
        comparisons: Shown first, for they are what was asked.

    Raises:
        MissingExtra: What draws is not installed.
    """
    title = " and ".join(study.name for study in studies)
    return page(
        title,
        heading(1, title),
        paragraph("Figures are means over tasks; intervals are 95 %, by resampling tasks.", css="note"),
        *(part for comparison in comparisons for part in _comparison(comparison)),
        *(part for name, found in (temperatures or {}).items() for part in _temperature(name, found)),
        *(part for study in studies for part in _study(study)),
    )


def _study(study: RunStudy) -> list[Markup]:
    return [
        heading(2, study.name),
        *_summary(study),
        *_passes(study),
        *_ranking(study.ranking),
        *_bleu(study.bleu),
        *_tasks(study.graded),
        details("Manifest", code(json.dumps(study.manifest, indent=2, ensure_ascii=False, default=str))),
    ]


def _summary(study: RunStudy) -> list[Markup]:
    counts = Counter(sample.outcome for sample in study.graded)
    total = max(len(study.graded), 1)
    rows = [(outcome.value, counts[outcome], _percent(counts[outcome] / total)) for outcome in Outcome]
    return [
        paragraph(f"{study.ranking['tasks']} tasks, {len(study.graded)} samples."),
        table(["outcome", "samples", "share"], rows),
    ]


def _passes(study: RunStudy) -> list[Markup]:
    points = study.ranking["curves"]["oracle"]
    if not points:
        return []
    shown = [point for point in points if point["k"] in _SHOWN_KS or point["k"] == len(points)]
    rows = [(point["k"], _percent(point["value"]), _interval(point["interval"])) for point in shown]
    return [
        heading(3, "pass@k"),
        table(["k", "pass@k", "95 % interval"], rows),
        *([picture(pass_chart(points), "pass@k by k")] if len(points) > 1 else []),
    ]


def _ranking(ranking: Mapping[str, Any]) -> list[Markup]:
    known = {name: points for name, points in ranking["curves"].items() if points}
    size = ranking["samples"]
    if not known or size < 2:  # noqa: PLR2004 - one sample leaves no choice
        return []
    sizes = [k for k in (*_SHOWN_KS, size) if k <= size]
    ks = sorted(set(sizes))
    rows = [(NAMES[name], *(_percent(points[k - 1]["value"]) for k in ks)) for name, points in known.items()]
    gains = [(NAMES[name], *_gains(gain)) for name, gain in ranking["gain_over_random"].items()]
    reasons = [f"{NAMES[name]}: {reason}." for name, reason in ranking["missing"].items()]
    return [
        heading(3, "Which sample to take"),
        picture(ranking_chart(ranking), "pass rate of the sample that each ranker takes among k"),
        table(["ranker", *(f"k = {k}" for k in ks)], rows),
        table(["more than random", "taken among all", "mean over k"], gains),
        *(paragraph(f"Not known of {reason}", css="note") for reason in reasons),
    ]


def _bleu(bleu: Mapping[str, Any] | None) -> list[Markup]:
    if bleu is None or bleu["overlap"] is None:
        return []
    overlap = bleu["overlap"]
    words = (
        f"Over {bleu['tasks']} tasks with right and wrong samples, a wrong one has the higher BLEU in "
        f"{_percent(overlap['value'])} of pairs ({_interval(overlap['interval'])}). What told them apart would "
        f"have 0 %, a coin 50 %. Means: {bleu['mean']['right']:.1f} right, {bleu['mean']['wrong']:.1f} wrong."
    )
    return [
        heading(3, "BLEU of right and wrong samples"),
        paragraph(words),
        picture(bleu_chart(bleu), "histograms of BLEU of right and wrong samples"),
        paragraph(bleu["signature"], css="note"),
    ]


def _tasks(graded: Sequence[GradedSample]) -> list[Markup]:
    by_task: dict[str, list[GradedSample]] = defaultdict(list)
    for sample in graded:
        by_task[sample.task_id].append(sample)
    rows = [
        (
            task_id,
            sum(sample.passed for sample in samples),
            len(samples),
            ", ".join(f"{outcome.value} {count}" for outcome, count in _others(samples)),
        )
        for task_id, samples in by_task.items()
    ]
    return [
        heading(3, "Tasks"),
        details(f"All {len(by_task)} tasks", table(["task", "passed", "samples", "others"], rows)),
        details(
            "The likeliest right sample of each, and the likeliest wrong one",
            *(part for samples in by_task.values() for part in _shown(samples)),
        ),
    ]


def _others(samples: Sequence[GradedSample]) -> list[tuple[Outcome, int]]:
    return Counter(sample.outcome for sample in samples if not sample.passed).most_common()


def _shown(samples: Sequence[GradedSample]) -> list[Markup]:
    """Of the right samples and of the wrong ones the likeliest, or the first."""
    groups = [[sample for sample in samples if sample.passed is passed] for passed in (True, False)]
    return [_sample(max(group, key=_likelihood)) for group in groups if group]


def _likelihood(sample: GradedSample) -> float:
    return -math.inf if sample.mean_logprob is None else sample.mean_logprob


def _sample(sample: GradedSample) -> Markup:
    shown = sample.completion[:_MOST_CHARACTERS]
    cut = len(sample.completion) - len(shown)
    return details(
        f"{sample.task_id}, sample {sample.index}: {sample.outcome.value}",
        *([paragraph(sample.detail[:_MOST_CHARACTERS])] if sample.detail else []),
        code(shown),
        *([paragraph(f"… and {cut} characters more", css="note")] if cut else []),
    )


def _temperature(name: str, found: Mapping[str, Any]) -> list[Markup]:
    best = [row for row in found["best"] if row["k"] in _SHOWN_KS]
    return [
        heading(2, f"Temperature against k: {name}"),
        paragraph(f"{found['tasks']} tasks that were sampled at all temperatures."),
        picture(temperature_chart(found), "pass@k by temperature"),
        table(
            ["k", "best temperature", "pass@k"],
            [(row["k"], row["temperature"], _percent(row["value"])) for row in best],
        ),
    ]


def _comparison(comparison: Comparison) -> list[Markup]:
    found = comparison.table
    rows = [
        (
            name,
            _percent(each["one"]),
            _percent(each["other"]),
            f"{_points(each['difference']['value'])} ({_points_interval(each['difference']['interval'])})",
            f"{each['p_value']:.4f}" + ("" if each["is_exact"] else " (drawn)"),
            each["better"],
            each["worse"],
        )
        for name, each in found.items()
        if name.startswith("pass@")
    ]
    head = ["", comparison.one, comparison.other, "difference", "p, sign-flip test", "tasks better", "tasks worse"]
    apart = [(row["task_id"], _percent(row["one"]), _percent(row["other"])) for row in found["most_apart"]]
    return [
        heading(2, f"{comparison.one} beside {comparison.other}"),
        *(paragraph(f"They differ in {line}", css="warning") for line in comparison.warnings),
        paragraph(f"{found['tasks']} tasks that both have; {found['only_in_one']} that one lacks."),
        table(head, rows),
        details("Tasks that differ most", table(["task", comparison.one, comparison.other], apart)),
    ]


def _gains(gain: Mapping[str, Any]) -> list[str]:
    figures = [gain[name] for name in ("best_of_all", "mean_over_k")]
    return [f"{_points(figure['value'])} ({_points_interval(figure['interval'])})" for figure in figures]


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _interval(bounds: Sequence[float] | None) -> str:
    return "no interval" if bounds is None else f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f} %"


def _points(value: float) -> str:
    return f"{100 * value:+.1f} points"


def _points_interval(bounds: Sequence[float] | None) -> str:
    return "no interval" if bounds is None else f"{100 * bounds[0]:+.1f} to {100 * bounds[1]:+.1f}"
