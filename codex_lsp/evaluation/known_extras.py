"""What was found out of a run's samples before, and where in its folder that lies."""

from collections.abc import Sequence
from pathlib import Path

from codex_lsp.evaluation.column_file import ColumnFile
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.ranking_extras import RankingExtras

EXAMPLES_FILE = "examples.jsonl"
BEHAVIOUR_FILE = "behaviour.jsonl"
DOCSTRING_FILE = "back_translation.jsonl"


def known_extras(folder: Path, samples: Sequence[GradedSample]) -> RankingExtras:
    """What rankers rank by, as far as it is known of these samples.

    Raises:
        UsageError: A file of it cannot be read.
    """
    examples, clusters, docstrings = (
        ColumnFile(path=folder / name).known(samples) for name in (EXAMPLES_FILE, BEHAVIOUR_FILE, DOCSTRING_FILE)
    )
    return RankingExtras(examples=examples or None, clusters=clusters or None, docstring_logprobs=docstrings or None)
