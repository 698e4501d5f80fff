"""What is found out of samples is kept, and found out once."""

from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.errors import ModelRefused
from codex_lsp.evaluation.back_translation import docstring_logprobs
from codex_lsp.evaluation.column_file import ColumnFile
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.in_turn import in_turn
from codex_lsp.evaluation.known_extras import known_extras
from codex_lsp.evaluation.ranking_columns import RunColumns
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.verdict import Outcome
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.types import Prompt, Token

PROMPT = 'def add(a, b):\n    """Add two numbers.\n\n    >>> add(1, 2)\n    3\n    """\n'
TASKS = {"t": Task(task_id="t", prompt=PROMPT, entry_point="add"), "bare": Task(task_id="bare", prompt="def f():\n")}


def sample(completion: str, index: int = 0, task_id: str = "t") -> GradedSample:
    return GradedSample(task_id=task_id, index=index, completion=completion, outcome=Outcome.PASSED)


def quiet(_: str) -> None:
    """Nobody listens."""


class Scorer(ScriptedModel):
    """Scores by the length of what it is shown, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(lambda _prompt, _params: [])
        self.asked: list[tuple[str, str]] = []

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        self.asked.append((prompt.prefix, text))
        if "too long" in prompt.prefix:
            raise ModelRefused("too long")
        return tuple(Token(id=None, logprob=-0.5, end=end) for end in range(1, 1 + prompt.prefix.count("a + b")))


def test_a_column_gives_back_what_belongs_to_the_samples(tmp_path: Path) -> None:
    one, two = sample("    return a + b\n", 0), sample("    return a - b\n", 1)
    column = ColumnFile(path=tmp_path / "column.jsonl", made_with="x")
    assert column.known([one, two]) == {}
    with column.appending() as file:
        file.write(column.line(one, "kept"))
        file.write(column.line(two, None))
    assert column.known([one, two]) == {("t", 0): "kept", ("t", 1): None}
    assert column.known([sample("    return a * b\n", 0), two]) == {("t", 1): None}
    assert ColumnFile(path=column.path, made_with="y").known([one, two]) == {}
    assert ColumnFile(path=column.path).known([one]) == {("t", 0): "kept"}
    with column.path.open("a", encoding="utf-8") as file:
        file.write('{"task_id": "t", "ind')
    assert column.known([one]) == {("t", 0): "kept"}


async def test_the_docstring_is_scored_after_each_different_sample_once(tmp_path: Path) -> None:
    model = Scorer()
    samples = [
        sample("    return a + b\n", 0),
        sample("    return a - b\n", 1),
        sample("    return a + b\n", 2),
        sample("    return 1\n", 0, "bare"),
        sample("    # too long\n", 3),
    ]
    first = await docstring_logprobs(samples[:2], TASKS, model, tmp_path, quiet, made_with="m")
    assert first == {("t", 0): -0.5, ("t", 1): 0.0}
    found = await docstring_logprobs(samples, TASKS, model, tmp_path, quiet, made_with="m")
    assert found == {("t", 0): -0.5, ("t", 1): 0.0, ("t", 2): -0.5, ("t", 3): None}
    assert len(model.asked) == 3
    shown, answer = model.asked[0]
    assert "return a + b" in shown
    assert "Add two numbers." not in shown
    assert answer.startswith("Add two numbers.")
    extras = known_extras(tmp_path, samples)
    assert (extras.docstring_logprobs, extras.examples, extras.clusters) == (found, None, None)


def test_samples_are_run_on_examples_and_drawn_inputs_once(tmp_path: Path, sandbox: Sandbox) -> None:
    samples = [
        sample("    return a + b\n", 0),
        sample("    return sum((a, b))\n", 1),
        sample("    return a - b\n", 2),
        sample("    return a + c\n", 3),
        sample("    return (a\n", 4),
        sample("    return a + b\n", 5),
        sample("    pass\n", 0, "elsewhere"),
    ]
    told: list[str] = []
    task = replace(TASKS["t"], examples="def check(candidate):\n    assert candidate(1, 2) == 3\n")
    with SandboxedGrader(1, sandbox=sandbox) as grader:
        columns = RunColumns(folder=tmp_path, samples=samples, tasks={"t": task}, grader=grader, notify=told.append)
        examples = columns.find_examples()
        clusters = columns.find_behaviour(4)
    assert examples == {("t", at): at in (0, 1, 5) for at in range(6)}
    assert clusters["t", 0] == clusters["t", 1] == clusters["t", 5] is not None
    assert clusters["t", 2] not in (None, clusters["t", 0])
    assert (clusters["t", 3], clusters["t", 4], len(clusters)) == (None, None, 6)
    assert [line.partition(",")[0] for line in told] == ["examples: 6 of 6", "behaviour: 6 of 6"]
    # What is known is not run again: the grader is closed.
    assert (columns.find_examples(), columns.find_behaviour(4)) == (examples, clusters)
    extras = known_extras(tmp_path, samples)
    assert (extras.examples, extras.clusters) == (examples, clusters)


def test_work_of_threads_comes_one_by_one_and_its_failure_too() -> None:
    assert sorted(in_turn(range(20), lambda item: item * 2, 3)) == [(item, item * 2) for item in range(20)]
    begun: list[int] = []

    def fail(item: int) -> None:
        begun.append(item)
        raise ValueError(item)

    with pytest.raises(ValueError, match=r"0|1"):
        list(in_turn(range(1000), fail, 1))
    assert len(begun) <= 3
