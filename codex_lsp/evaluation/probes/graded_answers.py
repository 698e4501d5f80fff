"""Answers that are judged by running them."""

from collections.abc import Mapping, Sequence

from codex_lsp.evaluation.grading import Grading
from codex_lsp.evaluation.humaneval import CallBenchmark
from codex_lsp.evaluation.probes.judged import Judged
from codex_lsp.evaluation.probes.probe import Notify
from codex_lsp.evaluation.probes.question import Answered, Question
from codex_lsp.evaluation.remaining import Progress
from codex_lsp.evaluation.samples_file import Sample
from codex_lsp.evaluation.task import Benchmark, Task
from codex_lsp.execution.grader import Grader
from codex_lsp.execution.verdict import Outcome, Verdict

PASSED = Outcome.PASSED.value


def verdicts(
    answered: Sequence[Answered],
    tasks: Mapping[str, Task],
    grader: Grader,
    notify: Notify,
    benchmark: Benchmark | None = None,
) -> list[tuple[Question, Sample, Verdict]]:
    """The verdict of each answer, in order; equal answers to a question are run once.

    Args:
        answered: The questions with their answers.
        tasks: What each question's answers are held against, by its name.
        grader: Runs them.
        notify: Is told how far it is.
        benchmark: Makes checks of them; None for `check(candidate)`.

    Raises:
        SandboxUnavailable: Nothing here runs them safely.
    """
    samples = [sample for one in answered for sample in one.samples]
    found: dict[tuple[str, int], Verdict] = {}
    progress = Progress("answers run", len(samples), notify)

    def write(sample: Sample, verdict: Verdict) -> None:
        found[sample.key] = verdict
        progress.step()

    if benchmark is None:
        benchmark = CallBenchmark(name="probe", tasks=tuple(tasks.values()))
    Grading(benchmark=benchmark, tasks=tasks, grader=grader).grade(samples, write)
    return [(one.question, sample, found[sample.key]) for one in answered for sample in one.samples]


def judged_by_outcome(graded_answers: Sequence[tuple[Question, Sample, Verdict]]) -> list[Judged]:
    """Answers under the name of their outcome."""
    return [
        Judged(
            question_id=question.question_id,
            group=question.group,
            index=sample.index,
            labels=(verdict.outcome.value,),
            detail=verdict.detail,
        )
        for question, sample, verdict in graded_answers
    ]
