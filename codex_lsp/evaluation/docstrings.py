"""Docstrings of a model, graded by the bodies that another model writes from them (Codex paper, section 5).

The paper had people read 1,640 docstrings. Here a docstring is right where a body that is written from the signature
and that docstring alone, greedily, passes the task's own tests: a figure anyone can make again, and a harder one, for
the model that reads may be at fault too. What it makes of the task's own docstring stands beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from codex_lsp.evaluation.docstring_layout import STOP, docstring_prompt, with_docstring
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.grading import Grading
from codex_lsp.evaluation.harness_figures import figures
from codex_lsp.evaluation.harness_run import RunFolder
from codex_lsp.evaluation.humaneval import CallBenchmark
from codex_lsp.evaluation.samples_file import Sample
from codex_lsp.evaluation.sampling import SamplingPlan
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.grader import Grader
from codex_lsp.models.protocol import LanguageModel

Notify = Callable[[str], None]
OWN = "own"
"""Where the number of a docstring stands else: the task's own."""
_SEPARATOR = "@"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocstringPlan:
    """How docstrings are drawn, and bodies from them.

    Attributes:
        n: Docstrings of each task.
        temperature: Of docstrings; the paper has 0.8.
        max_tokens: Of a docstring, and of a body.
        seed: Of all draws.
    """

    n: int = 10
    temperature: float = 0.8
    max_tokens: int = 300
    seed: int = 0

    @property
    def docstrings(self) -> SamplingPlan:
        """How docstrings are sampled."""
        return SamplingPlan(n=self.n, temperatures=(self.temperature,), max_tokens=self.max_tokens, seed=self.seed)

    @property
    def bodies(self) -> SamplingPlan:
        """One body of each docstring, the likeliest token at every step."""
        return SamplingPlan(n=1, temperatures=(0.0,), max_tokens=self.max_tokens, seed=self.seed)


def docstring_tasks(tasks: Sequence[Task]) -> list[Task]:
    """What Codex-D is asked: signature and reference body; tasks without a docstring or a reference are left out."""
    asked = ((task, docstring_prompt(task.prompt, task.reference, task.entry_point)) for task in tasks)
    return [replace(task, prompt=shown, stop=STOP) for task, shown in asked if shown is not None and task.reference]


def body_tasks(tasks: Sequence[Task], docstrings: Sequence[Sample]) -> list[Task]:
    """What Codex-S is asked: each task with each of its docstrings, and with its own."""
    by_id = {task.task_id: task for task in tasks}
    asked = [replace(task, task_id=f"{task.task_id}{_SEPARATOR}{OWN}") for task in tasks]
    for sample in docstrings:
        task = by_id[sample.task_id]
        prompt = with_docstring(task.prompt, task.entry_point, sample.completion)
        if prompt is not None:
            asked.append(replace(task, task_id=f"{task.task_id}{_SEPARATOR}{sample.index}", prompt=prompt))
    return asked


def folded(graded: Sequence[GradedSample], temperature: float) -> tuple[list[GradedSample], list[GradedSample]]:
    """Graded bodies as graded docstrings of their tasks; and those of the tasks' own docstrings, apart."""
    docstrings: list[GradedSample] = []
    own: list[GradedSample] = []
    for body in graded:
        task_id, _, number = body.task_id.rpartition(_SEPARATOR)
        if number == OWN:
            own.append(replace(body, task_id=task_id))
        else:
            docstrings.append(replace(body, task_id=task_id, index=int(number), temperature=temperature))
    return docstrings, own


@dataclass(frozen=True, slots=True, kw_only=True)
class DocstringRun:
    """One run in two folders: docstrings, and bodies written from them; each goes on where it was.

    Attributes:
        docstrings: Folder of the samples of Codex-D.
        bodies: Folder of the samples of Codex-S and their results.
        tasks: What is documented.
        plan: As said.
    """

    docstrings: RunFolder
    bodies: RunFolder
    tasks: Sequence[Task]
    plan: DocstringPlan

    async def write(self, model: LanguageModel, notify: Notify) -> tuple[Sample, ...]:
        """Sample docstrings.

        Raises:
            ModelError: The model failed.
        """
        return await self.docstrings.sample(model, docstring_tasks(self.tasks), self.plan.docstrings, notify)

    async def read(self, model: LanguageModel, docstrings: Sequence[Sample], notify: Notify) -> tuple[Sample, ...]:
        """Sample a body of each docstring.

        Raises:
            ModelError: The model failed.
        """
        return await self.bodies.sample(model, body_tasks(self.tasks, docstrings), self.plan.bodies, notify)

    def grade(
        self, docstrings: Sequence[Sample], bodies: Sequence[Sample], grader: Grader, notify: Notify
    ) -> dict[str, Any]:
        """Run the bodies, and give pass@1 and pass@10 of the docstrings, and of the tasks' own (`own`).

        Raises:
            SandboxUnavailable: Nothing here runs them safely.
        """
        asked = body_tasks(self.tasks, docstrings)
        benchmark = CallBenchmark(name="docstrings", tasks=asked)
        grading = Grading(benchmark=benchmark, tasks={task.task_id: task for task in asked}, grader=grader)
        found, own = folded(self.bodies.grade(bodies, grading, notify), self.plan.temperature)
        every = figures(found, (1, self.plan.n), seed=self.plan.seed)
        return {**every, "own": figures(own, (1,), seed=self.plan.seed)["pass@1"]}
