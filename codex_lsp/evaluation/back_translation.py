"""Back-translation: how likely a task's own docstring is after a sample, under a docstring model (paper, section 5)."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from codex_lsp.errors import ModelRefused
from codex_lsp.evaluation.column_file import ColumnFile
from codex_lsp.evaluation.docstring_layout import docstring_answer, docstring_prompt
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.known_extras import DOCSTRING_FILE
from codex_lsp.evaluation.ranking_extras import Key
from codex_lsp.evaluation.remaining import Progress
from codex_lsp.evaluation.task import Task
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Prompt


async def docstring_logprobs(
    samples: Sequence[GradedSample],
    tasks: Mapping[str, Task],
    model: LanguageModel,
    folder: Path,
    notify: Callable[[str], None],
    *,
    made_with: str,
) -> dict[Key, float | None]:
    """The log-probability of each sample's ground-truth docstring, in nats; tasks without a docstring are absent.

    Kept in the run's folder; goes on where it was ended.

    Args:
        samples: All of the run.
        tasks: By name.
        model: A docstring model.
        folder: Of the run.
        notify: Is told how far it is, a line at a time.
        made_with: What tells this model from others, whose scores are not these.

    Returns:
        Numbers; None for a sample that is too long for the model.

    Raises:
        NotSupported: The model scores no given text.
        ModelError: The model failed.
        UsageError: The folder cannot be read or written.
    """
    asked = {_key(sample): found for sample in samples if (found := _asked(sample, tasks)) is not None}
    some = [sample for sample in samples if _key(sample) in asked]
    column = ColumnFile(path=folder / DOCSTRING_FILE, made_with=made_with)
    known: dict[Key, float | None] = column.known(some)
    by_text: dict[tuple[str, str], float | None] = {
        asked[_key(sample)]: known[_key(sample)] for sample in some if _key(sample) in known
    }
    missing = [sample for sample in some if _key(sample) not in known]
    if not missing:
        return known
    progress = Progress("back-translation", len(some), notify, known=len(known))
    with column.appending() as file:
        for sample in missing:
            texts = asked[_key(sample)]
            if texts not in by_text:
                by_text[texts] = await _scored(model, *texts)
            known[_key(sample)] = by_text[texts]
            file.write(column.line(sample, by_text[texts]))
            progress.step()
    return known


def _asked(sample: GradedSample, tasks: Mapping[str, Task]) -> tuple[str, str] | None:
    """What the docstring model is shown, and the docstring whose probability is asked."""
    task = tasks.get(sample.task_id)
    if task is None:
        return None
    shown = docstring_prompt(task.prompt, sample.completion, task.entry_point)
    answer = docstring_answer(task.prompt, task.entry_point)
    return None if shown is None or answer is None else (shown, answer)


async def _scored(model: LanguageModel, shown: str, answer: str) -> float | None:
    try:
        tokens = await model.score(Prompt(header=None, prefix=shown), answer)
    except ModelRefused:
        return None
    return math.fsum(token.logprob for token in tokens if token.logprob is not None)


def _key(sample: GradedSample) -> Key:
    return sample.task_id, sample.index
