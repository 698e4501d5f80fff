"""What is asked: a place in a document, and what may be done to answer."""

from dataclasses import dataclass
from pathlib import Path

from codex_lsp.context.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong at a place: a diagnostic of the editor's, or the name of a failing test.

    Attributes:
        message: What the tool that found it says.
        start: Code points into the document.
        end: Just after it.
        source: The tool, for example `pyright`; empty where it is unknown.
        code: The tool's own name of such a problem; empty where it has none.
    """

    message: str
    start: int
    end: int
    source: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistRequest:
    """One assist asked for at one place.

    Attributes:
        document: As the person sees it now.
        offset: The cursor, in code points into its text.
        path: Of its file; None for a document that was never saved.
        root: The folder of its project; None where the file belongs to none.
        trusted: The person trusts the workspace: its code may be run, and its files read.
        target_language: What to translate to, an LSP language identifier.
        problem: What to fix; None for the first failing test of the function.
        seed: Of sampling and of drawn inputs: the same one gives the same answer.
    """

    document: Document
    offset: int
    path: Path | None
    root: Path | None
    trusted: bool
    target_language: str | None = None
    problem: Problem | None = None
    seed: int = 0
