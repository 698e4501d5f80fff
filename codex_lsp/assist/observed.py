"""What a function does on its author's examples and on generated inputs, and which other sources of it do the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from codex_lsp.assist.derived_cases import author_cases, derived_cases
from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.project import Project
from codex_lsp.assist.study_request import check_studied, study_request
from codex_lsp.assist.subject import subject_of
from codex_lsp.execution.cancellable import in_sandbox
from codex_lsp.execution.function_study import Observation, study_function
from codex_lsp.execution.sandbox import Sandbox

MOST_CALLS = 40
RETURNED, RAISED = "returned", "raised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen of a function.

    Attributes:
        calls: That were made, as Python expressions; the author's examples first.
        seen: What each came to.
        alike: Of each other source, whether all telling calls were made of it, and none tells it from the original.
    """

    calls: tuple[str, ...]
    seen: tuple[Observation, ...]
    alike: tuple[bool, ...] = ()

    @property
    def telling(self) -> list[int]:
        """The calls that came to something, and to the same each time."""
        return [at for at, each in enumerate(self.seen) if each.stable and each.outcome in (RETURNED, RAISED)]

    @property
    def returned(self) -> list[tuple[str, str]]:
        """Calls that gave a value that can be written down, and that value."""
        found = ((self.calls[at], self.seen[at]) for at in self.telling)
        return [(call, each.value) for call, each in found if each.outcome == RETURNED and each.value is not None]

    @property
    def raised(self) -> list[tuple[str, str]]:
        """Calls that raised, and the exception's name."""
        found = ((self.calls[at], self.seen[at]) for at in self.telling)
        return [(call, each.exception or "Exception") for call, each in found if each.outcome == RAISED]


def calls_of(function: PythonFunction, text: str, seed: int) -> tuple[str, ...]:
    """Calls of a function: its author's examples, then derived ones, the plainest first.

    Raises:
        AssistRefused: It cannot be called from outside.
    """
    subject = subject_of(function, text)
    known = author_cases(subject)
    cases = (*known, *derived_cases(subject, known, seed))
    return tuple(dict.fromkeys(case.call for case in cases))[:MOST_CALLS]


async def observed(
    sandbox: Sandbox, project: Project, function: PythonFunction, calls: Sequence[str], others: Sequence[str] = ()
) -> Observed:
    """Make the calls; cancelling the task ends all that runs.

    Args:
        sandbox: Where everything runs, the person's code too.
        project: Of the function.
        function: The one.
        calls: To be made.
        others: Whole texts of the module with other bodies of the function.

    Raises:
        AssistRefused: Its module cannot be imported, or another definition of it counts.
        SandboxUnavailable: The sandbox could not be started.
    """
    asked = replace(study_request(project, function, tuple(calls)), mutants=tuple(others))
    study = await in_sandbox(sandbox, lambda held: study_function(held, asked))
    check_studied(study, project, function)
    seen = Observed(calls=tuple(calls), seen=study.observations)
    telling = set(seen.telling)
    alike = tuple(
        bool(telling) and telling <= compared and not telling & killers
        for killers, compared in zip(study.killed, study.compared, strict=True)
    )
    return Observed(calls=seen.calls, seen=seen.seen, alike=alike)
