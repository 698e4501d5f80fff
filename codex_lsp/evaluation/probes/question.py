"""What a probe asks a model."""

from dataclasses import dataclass

from codex_lsp.evaluation.samples_file import Sample

SCORED = "scored"
"""The field of a sample that was offered, and of which the model told how likely it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One prompt.

    Attributes:
        question_id: Unique in its probe; answers are found by it.
        group: The row of the table that it counts for.
        prompt: What the model continues.
        path: The file that the model is told it is in; empty for bare text.
        max_tokens: New tokens at most.
        stop: Strings that end an answer.
        offered: Where not empty, what may be answered: the model is asked how likely each is, if it can tell.
        language: LSP language identifier.
    """

    question_id: str
    group: str
    prompt: str
    path: str = ""
    max_tokens: int = 64
    stop: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    language: str = "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question and the answers to it, none where the model refused it."""

    question: Question
    samples: tuple[Sample, ...]
