"""Chains of building blocks: how the pass rate falls with the number of components (Codex paper, appendix C)."""

from collections.abc import Sequence
from random import Random

from codex_lsp.evaluation.humaneval import LIMITS, STOP
from codex_lsp.evaluation.probes.building_blocks import BLOCKS, INPUTS, Chain, applied, drawn_chains
from codex_lsp.evaluation.probes.decay import Point, decay
from codex_lsp.evaluation.probes.graded_answers import PASSED, judged_by_outcome, verdicts
from codex_lsp.evaluation.probes.judged import Findings, Judged, rows_by_group
from codex_lsp.evaluation.probes.probe import Labels, Notify
from codex_lsp.evaluation.probes.question import Answered, Question
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.grader import Grader

ENTRY_POINT = "string_manipulation"
_MAX_TOKENS = 300


class Chaining:
    """Chains of one to `components` blocks, `chains` of each length, drawn by `seed`."""

    name = "chaining"
    labels = Labels(
        title="Pass rate of chained building blocks",
        group="components",
        rate="pass rate",
        is_ordered=True,
    )

    def __init__(self, *, components: int, chains: int, seed: int, grader: Grader) -> None:
        """Draw the chains; `grader` runs the answers."""
        random = Random(seed)  # noqa: S311 - seeded draws, not a secret
        self._seed = seed
        self._grader = grader
        self._chains: dict[str, Chain] = {
            f"{length}/{'-'.join(str(block + 1) for block in chain)}": chain
            for length in range(1, components + 1)
            for chain in drawn_chains(length, chains, random)
        }

    def questions(self) -> list[Question]:
        """A prompt for each chain."""
        return [
            Question(
                question_id=name,
                group=str(len(chain)),
                prompt=prompt_of(chain),
                max_tokens=_MAX_TOKENS,
                stop=STOP,
            )
            for name, chain in self._chains.items()
        ]

    def judge(self, answered: Sequence[Answered], notify: Notify) -> list[Judged]:
        """Run the answers."""
        return judged_by_outcome(verdicts(answered, self._tasks(), self._grader, notify))

    def findings(self, judged: Sequence[Judged]) -> Findings:
        """The pass rate by length, and the factor by which a further component divides it."""
        rows = rows_by_group(judged, frozenset({PASSED}), seed=self._seed)
        by_chain: dict[str, Point] = {}
        for one in judged:
            before = by_chain.get(one.question_id, Point(size=int(one.group), hits=0, trials=0))
            by_chain[one.question_id] = before.with_trial(hit=PASSED in one.labels)
        found = decay(list(by_chain.values()), seed=self._seed)
        if found is None:
            note = "no factor per component: that needs passes at two lengths"
        else:
            span = "" if found.interval is None else f" [{found.interval[0]:.2f}, {found.interval[1]:.2f}]"
            note = f"each further component divides the pass rate by {found.factor:.2f}{span} (the paper: 2 to 3)"
        figures = {
            "factor_per_component": None if found is None else {"value": found.factor, "interval": found.interval}
        }
        return Findings(rows=rows, figures=figures, notes=(note,))

    def _tasks(self) -> dict[str, Task]:
        return {name: task_of(name, chain) for name, chain in self._chains.items()}


def task_of(name: str, chain: Chain) -> Task:
    """A chain as a task."""
    return Task(
        task_id=name,
        prompt=prompt_of(chain),
        entry_point=ENTRY_POINT,
        reference=body_of(chain),
        test=check_of(chain),
        stop=STOP,
        limits=LIMITS,
    )


def prompt_of(chain: Chain) -> str:
    """A function's head and its docstring, a line for each block."""
    lines = "".join(f"    - {BLOCKS[block].words}\n" for block in chain)
    return (
        f'def {ENTRY_POINT}(s: str):\n    """\n'
        "    Take a string, change it in these ways, one after the other, and return the result:\n"
        f'{lines}    """\n'
    )


def body_of(chain: Chain) -> str:
    """What solves it, a line for each block."""
    return "".join(f"    {BLOCKS[block].line}\n" for block in chain) + "    return s\n"


def check_of(chain: Chain) -> str:
    """The check: what the chain makes of every input."""
    lines = "".join(f"    assert candidate({text!r}) == {applied(chain, text)!r}\n" for text in INPUTS)
    return f"def check(candidate):\n{lines}"
