"""Operations bound to variables: how the pass rate falls with their number, and which is forgotten."""

import re
from collections.abc import Sequence
from random import Random
from typing import Any

from codex_lsp.evaluation.humaneval import LIMITS, STOP
from codex_lsp.evaluation.probes.bound_work import Work, check_of, drawn_work, prompt_of
from codex_lsp.evaluation.probes.graded_answers import PASSED, verdicts
from codex_lsp.evaluation.probes.judged import Findings, Judged, rows_by_group
from codex_lsp.evaluation.probes.probe import Labels, Notify
from codex_lsp.evaluation.probes.question import Answered, Question
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.grader import Grader
from codex_lsp.execution.verdict import Outcome, Verdict

ENTRY_POINT = "do_work"
FORGOT = "forgot some"
WRONG_RESULT = "wrong result"
OTHER = "something else"
NO_ANSWER = "no answer"
_MAX_TOKENS = 200
_FORGOTTEN = re.compile(r"forgot <([\d,]*)>, result (right|wrong)")


class BindingProbe:
    """`tasks` functions of each number of bindings, one to `bindings`, drawn by `seed`."""

    name = "binding"
    labels = Labels(
        title="Pass rate by operations bound to variables",
        group="bindings",
        rate="pass rate",
        is_ordered=True,
    )

    def __init__(self, *, bindings: int, tasks: int, seed: int, grader: Grader) -> None:
        """Draw the functions; `grader` runs the answers."""
        random = Random(seed)  # noqa: S311 - seeded draws, not a secret
        self._seed = seed
        self._grader = grader
        self._work: dict[str, Work] = {
            f"{count}/{number}": drawn_work(count, random)
            for count in range(1, bindings + 1)
            for number in range(tasks)
        }

    def questions(self) -> list[Question]:
        """A prompt for each function."""
        return [
            Question(
                question_id=name,
                group=str(len(work.bindings)),
                prompt=prompt_of(work, ENTRY_POINT),
                max_tokens=_MAX_TOKENS,
                stop=STOP,
            )
            for name, work in self._work.items()
        ]

    def judge(self, answered: Sequence[Answered], notify: Notify) -> list[Judged]:
        """Run the answers, and read from what failed what was forgotten."""
        return [
            Judged(
                question_id=question.question_id,
                group=question.group,
                index=answer.index,
                labels=(label_of(verdict),),
                detail=verdict.detail,
            )
            for question, answer, verdict in verdicts(answered, self._tasks(), self._grader, notify)
        ]

    def findings(self, judged: Sequence[Judged]) -> Findings:
        """The pass rate by number, and how often the binding at each place was forgotten where some were kept."""
        forgotten = self._forgotten(judged)
        told = ", ".join(f"{place}: {one['forgotten']} of {one['told']}" for place, one in forgotten.items())
        note = f"forgotten, by place in the docstring, in answers that do the rest: {told}" if told else ""
        return Findings(
            rows=rows_by_group(judged, frozenset({PASSED}), seed=self._seed),
            figures={"forgotten_by_place": forgotten},
            notes=(note,) if note else ("no answer did some of the bindings and forgot others",),
        )

    def _forgotten(self, judged: Sequence[Judged]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for one in judged:
            places = forgotten_in(one.detail)
            count = len(self._work[one.question_id].bindings)
            # Where all are forgotten, none in particular is.
            if FORGOT not in one.labels or places is None or len(places) == count:
                continue
            for place in range(1, count + 1):
                cell = found.setdefault(str(place), {"forgotten": 0, "told": 0})
                cell["told"] += 1
                cell["forgotten"] += place in places
        return dict(sorted(found.items()))

    def _tasks(self) -> dict[str, Task]:
        return {
            name: Task(
                task_id=name,
                prompt=prompt_of(work, ENTRY_POINT),
                entry_point=ENTRY_POINT,
                test=check_of(work),
                stop=STOP,
                limits=LIMITS,
            )
            for name, work in self._work.items()
        }


def label_of(verdict: Verdict) -> str:
    """The label of a verdict."""
    if verdict.passed:
        return PASSED
    if verdict.outcome is not Outcome.FAILED:
        return NO_ANSWER
    match = _FORGOTTEN.search(verdict.detail)
    if match is None:
        return OTHER
    return WRONG_RESULT if match[2] == "wrong" else FORGOT


def forgotten_in(detail: str) -> tuple[int, ...] | None:
    """The places of forgotten bindings, from 1, that a failure's message names; None where it names none.

    >>> forgotten_in("AssertionError: forgot <1,3>, result right")
    (1, 3)
    """
    match = _FORGOTTEN.search(detail)
    return None if match is None else tuple(int(place) for place in match[1].split(",") if place)
