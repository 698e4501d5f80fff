"""One benchmark problem, whatever format it came in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from codex_lsp.execution.checks import Check
from codex_lsp.execution.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A problem that a model is asked and its answer graded.

    Attributes:
        task_id: Its name, unique in its benchmark, for example `HumanEval/0`.
        prompt: What the model continues; the graded program begins with it.
        suffix: What follows the completion (infilling); empty else.
        entry_point: The function that is checked; empty where a whole program is.
        reference: The benchmark's own solution, as a completion; empty where none is given.
        test: Source that defines `check(candidate)`; empty where `programs` hold.
        stop: What ends a sample, as its benchmark says.
        limits: What one run of it may use.
        language: LSP language identifier.
        examples: Doctest examples of the prompt or public tests, as source of `check(candidate)`; empty where none.
    """

    task_id: str
    prompt: str
    entry_point: str = ""
    suffix: str = ""
    reference: str = ""
    test: str = ""
    stop: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    language: str = "python"
    examples: str = ""


class Benchmark(Protocol):
    """Tasks in order, and how a completion of each becomes checks."""

    @property
    def name(self) -> str:
        """As the command line calls it, for example `humaneval`."""
        ...

    @property
    def tasks(self) -> Sequence[Task]:
        """All tasks, in the order of their file."""
        ...

    def checks(self, task: Task, completion: str) -> tuple[Check, ...]:
        """What the completion is held against; all must hold."""
        ...
