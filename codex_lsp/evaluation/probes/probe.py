"""What every probe is: questions, how answers are judged, and what is found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from codex_lsp.evaluation.probes.judged import Findings, Judged
from codex_lsp.evaluation.probes.question import Answered, Question

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the table and the chart say.

    Attributes:
        title: Above the chart.
        group: What the rows are.
        rate: What is measured of each.
        is_ordered: The groups are numbers that grow: points on a line; bars else.
    """

    title: str
    group: str
    rate: str
    is_ordered: bool = False


class Probe(Protocol):
    """One experiment; its questions depend on its arguments alone, not on the model."""

    @property
    def name(self) -> str:
        """As the command line calls it."""
        ...

    @property
    def labels(self) -> Labels:
        """What the table and the chart say."""
        ...

    def questions(self) -> Sequence[Question]:
        """What is asked, in order; the same at every call."""
        ...

    def judge(self, answered: Sequence[Answered], notify: Notify) -> list[Judged]:
        """What each answer came to; may run them, in a sandbox alone.

        Raises:
            SandboxUnavailable: They would have to be run, and there is none.
        """
        ...

    def findings(self, judged: Sequence[Judged]) -> Findings:
        """The rows of the table, and what else is measured."""
        ...
