"""Finds out what rankers rank by: whether samples hold against public examples, and how they behave.

Nothing here sees a hidden test. What was found is kept in the run's folder, and goes on where it was ended.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from codex_lsp.evaluation.column_file import ColumnFile
from codex_lsp.evaluation.drawn_arguments import drawn_arguments
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.humaneval import call_check
from codex_lsp.evaluation.in_turn import in_turn
from codex_lsp.evaluation.known_extras import BEHAVIOUR_FILE, EXAMPLES_FILE
from codex_lsp.evaluation.ranking_extras import Key
from codex_lsp.evaluation.remaining import Progress
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.behaviour import behaviours
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.sandboxed_grader import SandboxedGrader

_ERROR = "error: "
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunColumns:
    """The columns of one run.

    Attributes:
        folder: Of the run.
        samples: All of it.
        tasks: By name; samples of others are passed over.
        grader: Runs candidates in the sandbox.
        notify: Is told how far it is, a line at a time.
    """

    folder: Path
    samples: Sequence[GradedSample]
    tasks: Mapping[str, Task]
    grader: SandboxedGrader
    notify: Callable[[str], None]

    def find_examples(self) -> dict[Key, bool]:
        """Whether each sample passes the examples of its prompt; samples of tasks without examples are absent.

        Raises:
            SandboxUnavailable: Nothing here runs them safely.
            CodexLspError: The folder cannot be read or written.
        """

        def passes(sample: GradedSample) -> bool:
            task = self.tasks[sample.task_id]
            return self.grader.grade(call_check(task, sample.completion, task.examples)).passed

        some = [each for each in self.samples if each.task_id in self.tasks and self.tasks[each.task_id].examples]
        return self._filled(ColumnFile(path=self.folder / EXAMPLES_FILE, made_with=""), some, passes)

    def find_behaviour(self, inputs: int) -> dict[Key, str | None]:
        """A name for what each sample does on inputs drawn from its prompt; None where it returns on none of them.

        Raises:
            SandboxUnavailable: Nothing here runs them safely.
            CodexLspError: The folder cannot be read or written.
        """
        drawn = {name: drawn_arguments(task.prompt, task.entry_point, inputs) for name, task in self.tasks.items()}

        def name_of(sample: GradedSample) -> str | None:
            task = self.tasks[sample.task_id]
            program = task.prompt + sample.completion + task.suffix
            return _name(
                behaviours(self.grader, program, task.entry_point, drawn[sample.task_id], _patient(task.limits))
            )

        some = [each for each in self.samples if each.task_id in self.tasks]
        return self._filled(ColumnFile(path=self.folder / BEHAVIOUR_FILE, made_with=str(inputs)), some, name_of)

    def _filled(
        self, column: ColumnFile, samples: Sequence[GradedSample], work: Callable[[GradedSample], object]
    ) -> dict[Key, Any]:
        """The column, with what was missing found out; equal completions of a task are run once."""
        found = column.known(samples)
        alike: dict[tuple[str, str], list[GradedSample]] = {}
        for sample in samples:
            if (sample.task_id, sample.index) not in found:
                alike.setdefault((sample.task_id, sample.completion), []).append(sample)
        if not alike:
            return found
        progress = Progress(column.path.stem, len(samples), self.notify, known=len(found))
        with column.appending() as file:
            for group, value in in_turn(alike.values(), lambda group: work(group[0]), self.grader.workers):
                for sample in group:
                    file.write(column.line(sample, value))
                    found[sample.task_id, sample.index] = value
                    progress.step()
        return found


def _patient(limits: Limits) -> Limits:
    """Limits by processor time: how a candidate behaves is no matter of who else uses the machine."""
    return replace(limits, cpu_s=limits.wall_s, wall_s=_PATIENCE * limits.wall_s)


def _name(found: Sequence[str]) -> str | None:
    """A short name of a behaviour; None where nothing was ever returned."""
    if all(each.startswith(_ERROR) for each in found):
        return None
    return hashlib.blake2b("\0".join(found).encode(errors="surrogatepass"), digest_size=8).hexdigest()
