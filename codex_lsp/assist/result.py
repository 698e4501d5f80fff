"""What an assist yields: edits to preview, the verdicts they rest on, and a report to read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codex_lsp.assist.kind import AssistKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEdit:
    """`text` replaces what is between two offsets, in code points into the text that the edit was made for."""

    start: int
    end: int
    text: str


def with_edits(text: str, edits: Iterable[TextEdit]) -> str:
    """The text with edits made in it, none of which overlaps another."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """Edits of one file, for a person to confirm.

    Attributes:
        path: Of the file; None for the request's own document where that was never saved.
        uri: Of the document where it is open; None for a file on disk.
        version: Of the open document that `before` is the text of; the edit is refused where it has moved on.
        before: The text the edits were made for; None where the file is to be created and must not exist.
        edits: In order, none overlapping another.
        label: A few words for the person, for example `Add 5 tests of add`.
        description: One line more: what was run and what it came to.
    """

    path: Path | None
    uri: str | None = None
    version: int | None = None
    before: str | None
    edits: tuple[TextEdit, ...]
    label: str
    description: str = ""

    @property
    def after(self) -> str:
        """The text with the edits made."""
        return with_edits(self.before or "", self.edits)


NOT_RUN = "not run"
"""The outcome of what was not executed: nothing here may or can run it."""
UNCHECKED = "unchecked"
"""The outcome of what was executed, with nothing that tells whether it did right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistVerdict:
    """What running one test or one candidate came to. Field names are public (`--json`).

    Attributes:
        name: Of the test or candidate.
        outcome: A value of `execution.verdict.Outcome`, `NOT_RUN` or `UNCHECKED`.
        detail: One line: the assertion with its values, the exception, the limit; empty where there is nothing to say.
        kept: It is part of what is offered.
        text: The candidate's or test's own code; empty where the edit shows it.
        mean_logprob: Of a candidate of a model, in nats; else None.
    """

    name: str
    outcome: str
    detail: str = ""
    kept: bool = False
    text: str = ""
    mean_logprob: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistResult:
    """What an assist came to.

    Attributes:
        kind: Which assist.
        message: One line for the person: what is offered and how it was proven, or that nothing was found.
        edits: To be previewed; none where nothing is worth offering.
        verdicts: Best first.
        report: A readable document in Markdown; empty where the edits say it all.
        figures: What was measured, by public name, for example `{"branches": 1.0, "mutants_killed": 7}`.
    """

    kind: AssistKind
    message: str
    edits: tuple[FileEdit, ...] = ()
    verdicts: tuple[AssistVerdict, ...] = ()
    report: str = ""
    figures: Mapping[str, float | None] = field(default_factory=dict[str, float | None])
