"""What a model is strong enough for: the share of small tasks of each assist that it does, checked by running.

The figures go into `assist/capabilities.toml`, which decides what is offered with a model.
"""

import re
import tempfile
import time
import tomllib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from codex_lsp.assist.explain import words_of
from codex_lsp.assist.function import function_at
from codex_lsp.assist.kind import AssistKind
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.run import run_assist
from codex_lsp.assist.workbench import Workbench
from codex_lsp.context.document import Document
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.verdict import Outcome

MEASURED = (
    AssistKind.DOCSTRING,
    AssistKind.EXPLAIN,
    AssistKind.TRANSLATE,
    AssistKind.OPTIMISE,
    AssistKind.FIX,
    AssistKind.SOLVE,
)
_DESCRIBED = (AssistKind.DOCSTRING, AssistKind.EXPLAIN, AssistKind.TRANSLATE)
_TARGET = "javascript"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityTask:
    """One small task.

    Attributes:
        kind: The assist.
        name: The function's.
        source: Of a module that holds it alone.
        says: Regular expressions, each of which an explanation must match.
        never: Words that no explanation may have.
    """

    kind: AssistKind
    name: str
    source: str
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcome:
    """What came of one task.

    Attributes:
        task: It.
        done: As its kind asks.
        said: One line of what the assist said, or the words of an explanation.
        wall_s: Seconds.
    """

    task: CapabilityTask
    done: bool
    said: str
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityFigures:
    """The outcomes of one model."""

    outcomes: tuple[TaskOutcome, ...] = field(default_factory=tuple)

    @property
    def shares(self) -> Mapping[str, float]:
        """By assist, the share of its tasks that were done."""
        found: dict[str, float] = {}
        for kind in MEASURED:
            of_kind = [each.done for each in self.outcomes if each.task.kind is kind]
            if of_kind:
                found[kind.value] = sum(of_kind) / len(of_kind)
        return found

    def report(self) -> dict[str, Any]:
        """What `--json` says."""
        tasks = [
            {
                "kind": each.task.kind.value,
                "name": each.task.name,
                "done": each.done,
                "said": each.said,
                "wall_s": round(each.wall_s, 3),
            }
            for each in self.outcomes
        ]
        return {"shares": dict(self.shares), "tasks": tasks}


def capability_tasks(kinds: Sequence[AssistKind] = MEASURED) -> tuple[CapabilityTask, ...]:
    """The tasks that come with the program, in the order of the kinds."""
    data = tomllib.loads(files("codex_lsp.evaluation").joinpath("capability_tasks.toml").read_text(encoding="utf-8"))
    return tuple(
        _task(kind, entry) for kind in kinds for entry in data["described" if kind in _DESCRIBED else kind.value]
    )


async def measure_capability(
    tasks: Sequence[CapabilityTask], bench: Workbench, *, seed: int, tell: Callable[[str], None]
) -> CapabilityFigures:
    """Do the tasks one after the other.

    Args:
        tasks: To be done.
        bench: With the model that is measured, and a sandbox.
        seed: Of sampling and of drawn inputs.
        tell: Takes a line on each task.

    Raises:
        ModelError: The model failed.
        SandboxUnavailable: Nothing here runs code nobody trusts.
    """
    outcomes: list[TaskOutcome] = []
    for number, task in enumerate(tasks, start=1):
        started = time.monotonic()
        done, said = await _done(task, bench, seed)
        outcomes.append(TaskOutcome(task=task, done=done, said=said, wall_s=time.monotonic() - started))
        tell(f"{number} of {len(tasks)}: {task.kind.value} {task.name}: {'done' if done else 'not done'}; {said}")
    return CapabilityFigures(outcomes=tuple(outcomes))


def is_right(words: str, task: CapabilityTask) -> bool:
    """Whether an explanation says what is true of a function, and nothing of what is not, by keywords."""
    found = words.casefold()
    says = all(re.search(pattern.casefold(), found) for pattern in task.says)
    return bool(found.strip()) and says and not any(word.casefold() in found for word in task.never)


async def _done(task: CapabilityTask, bench: Workbench, seed: int) -> tuple[bool, str]:
    with _request(task, seed) as request:
        if task.kind is AssistKind.EXPLAIN:
            words = await words_of(request, bench, function_at(task.source, request.offset))
            return is_right(_without_name(words, task.name), task), " ".join(words.split())
        try:
            result = await run_assist(task.kind, request, bench)
        except AssistRefused as error:
            return False, str(error)
    proven = any(verdict.kept and verdict.outcome == Outcome.PASSED for verdict in result.verdicts)
    return proven and bool(result.edits), result.message


@contextmanager
def _request(task: CapabilityTask, seed: int) -> Generator[AssistRequest]:
    """The task as a file of a project of its own."""
    with tempfile.TemporaryDirectory(prefix="codex-lsp-") as folder:
        # In a sandbox that root starts, the program is somebody else.
        Path(folder).chmod(0o755)
        path = Path(folder) / "measured.py"
        path.write_text(task.source, encoding="utf-8")
        yield AssistRequest(
            document=Document(uri=path.as_uri(), language="python", version=0, text=task.source),
            offset=task.source.index(f"def {task.name}"),
            path=path,
            root=Path(folder),
            trusted=True,
            target_language=_TARGET if task.kind is AssistKind.TRANSLATE else None,
            seed=seed,
        )


def _without_name(words: str, name: str) -> str:
    """The words without the function's name, which was given: it says nothing by being repeated."""
    return re.sub(rf"\b{re.escape(name)}\b", "", words)


def _task(kind: AssistKind, entry: Mapping[str, Any]) -> CapabilityTask:
    source = str(entry["source"])
    name = re.search(r"^def (\w+)", source, re.MULTILINE)
    assert name is not None  # noqa: S101 - our own file
    return CapabilityTask(
        kind=kind,
        name=name[1],
        source=source,
        says=tuple(entry.get("says", ())),
        never=tuple(entry.get("never", ())),
    )
