"""What solving is worth, measured on a benchmark's tasks: what its hidden tests say of the body that is offered.

The file is the prompt, so that the examples of its docstring are all that solving knows. Beside what it offers stand
the choices that need no run, of the same samples: the greedy one, and the likeliest by mean log-probability.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from codex_lsp.assist.body_slot import body_slot
from codex_lsp.assist.function import function_at
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import AssistResult
from codex_lsp.assist.solve import solve
from codex_lsp.assist.workbench import Workbench
from codex_lsp.assist.written_bodies import solutions
from codex_lsp.completion.ranking import rank
from codex_lsp.errors import AssistRefused
from codex_lsp.evaluation.humaneval import call_check
from codex_lsp.evaluation.in_turn import in_turn
from codex_lsp.evaluation.remembered_model import RememberedModel
from codex_lsp.evaluation.task import Task
from codex_lsp.evaluation.task_request import task_request
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Candidate

KIND = "assists solve"


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveStudy:
    """What measuring one task after another needs.

    Attributes:
        model: Writes the bodies.
        bench: Its model is put in the place of the one that is there.
        grader: Holds bodies against the hidden tests.
        work: A folder that the tasks' files are written into, each in one of its own.
        seed: Of sampling and of drawn inputs.
    """

    model: LanguageModel
    bench: Workbench
    grader: SandboxedGrader
    work: Path
    seed: int = 0

    async def row(self, task: Task) -> dict[str, Any]:
        """What solving one task came to. Field names are public.

        Raises:
            ModelError: The model failed.
            SandboxUnavailable: Nothing here runs what it writes.
        """
        request = task_request(task, task.prompt, self.work, seed=self.seed)
        # What solving samples before it stops, the choices beside it are made of.
        bench = replace(self.bench, model=RememberedModel(self.model))
        started = time.monotonic()
        try:
            result = await solve(request, bench)
        except AssistRefused as error:
            result, refused = None, str(error)
        else:
            refused = ""
        seconds = time.monotonic() - started
        samples = await _all_samples(request, bench)
        offered = result.edits[0].after if result is not None and result.edits else None
        sampled = {each.index: text for each, text in samples}
        texts = {*sampled.values(), *([] if offered is None else [offered])}
        right = await asyncio.to_thread(self._right, task, sorted(texts))
        return {
            "task_id": task.task_id,
            "seconds": round(seconds, 3),
            **_found(result, refused),
            "right": None if offered is None else offered in right,
            "samples": len(samples),
            "right_samples": sum(text in right for _, text in samples),
            "greedy": sampled.get(0) in right,
            "mean_logprob": any(sampled[best.index] in right for best in rank([each for each, _ in samples])[:1]),
        }

    def _right(self, task: Task, texts: Sequence[str]) -> frozenset[str]:
        """The texts of the file that pass the hidden tests."""

        def passes(text: str) -> bool:
            return self.grader.grade(replace(call_check(task, "", task.test), program=text)).passed

        return frozenset(text for text, passed in in_turn(texts, passes, self.grader.workers) if passed)


async def _all_samples(request: AssistRequest, bench: Workbench) -> list[tuple[Candidate, str]]:
    """All bodies of the budget in order of their draws, each with the file that holds it; none where no body fits."""
    try:
        function = function_at(request.document.text, request.offset)
        slot = body_slot(request.document.text, function)
    except AssistRefused:
        return []
    async with aclosing(await solutions(request, bench, function, slot, distinct=False)) as bodies:
        found = sorted([body async for body in bodies], key=lambda body: body.index)
    return [(body, slot.filled(body.insert)) for body in found]


def _found(result: AssistResult | None, refused: str) -> Mapping[str, Any]:
    """What solving said: whether there was an oracle, how many bodies were run, and whether one passed."""
    if result is None:
        return {"oracle": False, "refused": refused, "candidates": 0, "passes": False}
    passing = result.figures.get("passing")
    return {
        "oracle": passing is not None,
        "candidates": int(result.figures.get("candidates") or 0),
        "passes": bool(passing),
    }
