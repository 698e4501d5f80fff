"""A problem as the members of the family that learn from problems see it: a text that is shown, and an answer."""

from dataclasses import dataclass
from enum import StrEnum

from codex_lsp.evaluation.docstring_layout import docstring_answer, docstring_prompt
from codex_lsp.training.problem import Problem


class Member(StrEnum):
    """Which member of the family is trained; the values are what manifests say."""

    CODEX_S = "codex-s"
    """Signature and docstring, then the body (section 4 of the paper)."""
    CODEX_D = "codex-d"
    """Signature and body, then the docstring (section 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What is shown, and what is learned.

    Attributes:
        shown: The text that is not learned.
        answer: What follows it.
    """

    shown: str
    answer: str


def exchange(problem: Problem, member: Member) -> Exchange | None:
    """A problem as a member of the family sees it; None where it has no docstring that could be learned.

    Codex-S is shown the prompt as a benchmark shows it: nothing before, nothing taken from its end.
    """
    if member is Member.CODEX_S:
        return Exchange(shown=problem.prompt, answer=problem.canonical_solution.strip("\n") + "\n")
    shown = docstring_prompt(problem.prompt, problem.canonical_solution, problem.entry_point)
    answer = docstring_answer(problem.prompt, problem.entry_point)
    return None if shown is None or answer is None else Exchange(shown=shown, answer=answer)
