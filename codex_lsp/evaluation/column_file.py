"""What is found out of samples one by one, kept in the folder of their run: a kill loses one of them at most."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codex_lsp.evaluation.appended_lines import AppendedLines
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.json_lines import Line, lines_of
from codex_lsp.evaluation.ranking_extras import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFile:
    """A JSONL file of `{task_id, index, digest, made_with, value}`; the digest is of the completion.

    Attributes:
        path: Of the file; it need not exist.
        made_with: What values depend on beside the completion, such as a model's name: those of another are unknown.
            None takes those that were added last.
    """

    path: Path
    made_with: str | None = None

    def known(self, samples: Sequence[GradedSample]) -> dict[Key, Any]:
        """The values of those samples that are there, unchanged since.

        Raises:
            UsageError: The file cannot be read.
        """
        if not self.path.exists():
            return {}
        # A torn line, as a kill leaves one, is found out anew.
        lines = [line.value for line in lines_of(self.path) if isinstance(line, Line) and "value" in line.value]
        named = {(sample.task_id, sample.index, _digest(sample)): (sample.task_id, sample.index) for sample in samples}
        made_with = lines[-1].get("made_with") if lines and self.made_with is None else self.made_with
        found: dict[Key, Any] = {}
        for line in lines:
            task_id, index, digest = (line.get(name) for name in ("task_id", "index", "digest"))
            key = named.get((str(task_id), index, str(digest))) if isinstance(index, int) else None
            if key is not None and line.get("made_with") == made_with:
                found[key] = line["value"]
        return found

    def appending(self) -> AppendedLines:
        """The file, open to take further lines under `with`."""
        return AppendedLines(self.path)

    def line(self, sample: GradedSample, value: object) -> dict[str, Any]:
        """The line of a sample."""
        own = {"task_id": sample.task_id, "index": sample.index, "digest": _digest(sample)}
        return {**own, "made_with": self.made_with, "value": value}


def _digest(sample: GradedSample) -> str:
    return hashlib.blake2b(sample.completion.encode(errors="surrogatepass"), digest_size=8).hexdigest()
