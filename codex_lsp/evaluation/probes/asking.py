"""Asks a model all questions of a probe, and goes on where an earlier run was ended."""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from codex_lsp.errors import ModelRefused, UsageError
from codex_lsp.evaluation.appended_lines import AppendedLines
from codex_lsp.evaluation.probes.question import SCORED, Answered, Question
from codex_lsp.evaluation.remaining import Progress
from codex_lsp.evaluation.samples_file import Sample, sample_line, samples_so_far
from codex_lsp.evaluation.sampling import SamplingPlan, batches, sampled
from codex_lsp.evaluation.task import Task
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Header, Prompt

ANSWERS, ASKED = "answers.jsonl", "asked.json"
ROWS = 16
"""Rows from one prefill."""

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How answers are sampled.

    Attributes:
        n: Answers to each question; one at temperature 0.
        seed: Of all draws.
        temperature: As said; 0 is greedy.
    """

    n: int
    seed: int = 0
    temperature: float = 0.2


async def ask(
    model: LanguageModel,
    questions: Sequence[Question],
    sampling: Sampling,
    folder: Path,
    notify: Notify,
    *,
    weights: str = "",
) -> list[Answered]:
    """Ask what `folder` has no answers to, and give all answers.

    Args:
        model: Is asked.
        questions: All of them.
        sampling: How answers are drawn.
        folder: Answers are kept there.
        notify: Is told how far it is.
        weights: The hash of what the model computes with, where it is known: another model may have the same name.

    Raises:
        ModelError: The model failed; what was answered before is kept.
        UsageError: The folder holds another run.
        CodexLspError: It cannot be written.
    """
    capabilities = await model.capabilities()
    asked = {"model": capabilities.model, "weights": weights, "questions": questions_sha256(questions)}
    _check(folder, asked | asdict(sampling))
    path = folder / ANSWERS
    names = [question.question_id for question in questions]
    drawn = sampling.n if sampling.temperature else 1
    total = sum(len(one.offered) if one.offered and capabilities.score else drawn for one in questions)
    with AppendedLines(path) as file:
        known = {sample.key for sample in samples_so_far(path, names)}
        progress = Progress(f"{capabilities.model}: answers", total, notify, known=len(known))

        def write(sample: Sample) -> None:
            file.write(sample_line(sample))
            progress.step()

        for question in questions:
            try:
                if question.offered and capabilities.score:
                    for sample in await _scored(model, question, skipped=known):
                        write(sample)
                else:
                    plan = _plan(question, sampling)
                    await sampled(model, batches([_task(question)], plan), plan, known, write)
            except ModelRefused as error:
                notify(f"left out: {error}")
    return _answered(questions, samples_so_far(path, names))


def questions_sha256(questions: Sequence[Question]) -> str:
    """Of all that is asked."""
    return hashlib.sha256(json.dumps([asdict(question) for question in questions]).encode()).hexdigest()


def prompt_of(question: Question) -> Prompt:
    """The structured prompt of a question."""
    header = Header(path=question.path, language=question.language) if question.path else None
    return Prompt(header=header, prefix=question.prompt)


def _check(folder: Path, asked: Mapping[str, Any]) -> None:
    """Begin a run in a folder, or see that it is this one which was begun there."""
    text = json.dumps(asked, indent=1) + "\n"
    path = folder / ASKED
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(text, encoding="utf-8")
        held = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); name another --out") from error
    if held != text:
        raise UsageError(f"{folder}: holds answers of another run (model, flags or questions); name another --out")


def _task(question: Question) -> Task:
    return Task(task_id=question.question_id, prompt=question.prompt, stop=question.stop, language=question.language)


def _plan(question: Question, sampling: Sampling) -> SamplingPlan:
    return SamplingPlan(
        n=sampling.n,
        temperatures=(sampling.temperature,),
        max_tokens=question.max_tokens,
        batch=ROWS,
        seed=sampling.seed,
        header=question.path or None,
    )


async def _scored(model: LanguageModel, question: Question, *, skipped: set[tuple[str, int]]) -> list[Sample]:
    """The texts that are offered, with how likely they are."""
    found: list[Sample] = []
    for index, text in enumerate(question.offered):
        if (question.question_id, index) in skipped:
            continue
        tokens = await model.score(prompt_of(question), text)
        logprobs = [token.logprob for token in tokens if token.logprob is not None]
        mean = math.fsum(logprobs) / len(logprobs) if logprobs and len(logprobs) == len(tokens) else None
        found.append(
            Sample(
                task_id=question.question_id,
                index=index,
                completion=text,
                tokens=len(tokens),
                mean_logprob=mean,
                extra={SCORED: True},
            )
        )
    return found


def _answered(questions: Sequence[Question], samples: Sequence[Sample]) -> list[Answered]:
    by_question: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_question[sample.task_id].append(sample)
    return [
        Answered(
            question=question,
            samples=tuple(sorted(by_question[question.question_id], key=lambda sample: sample.index)),
        )
        for question in questions
    ]
