"""Exercises from all families in turn, the same for the same seed."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Protocol

from codex_lsp.training.exercises.draft import Draft, Unsound
from codex_lsp.training.exercises.families import described_families
from codex_lsp.training.exercises.observing import observe
from codex_lsp.training.exercises.pipelines import composed_families
from codex_lsp.training.exercises.writing import write_problem
from codex_lsp.training.problem import Problem

COMPOSED_DRAWS = 4
"""How many problems a family of compositions gives for one of a family with a fixed concept."""


class DrawnFamily(Protocol):
    """What exercises are drawn from."""

    @property
    def name(self) -> str:
        """Unique among the families."""
        ...

    def draw(self, random: Random) -> Draft:
        """One draft; raises `Unsound` where this draw makes none."""
        ...


def families() -> tuple[DrawnFamily, ...]:
    """All families there are."""
    return (*described_families(), *composed_families())


def drawn(family: DrawnFamily, number: int, seed: int) -> Problem:
    """One problem of a family.

    Raises:
        Unsound: This draw makes none.
    """
    random = Random(f"{seed}/{family.name}/{number}")  # noqa: S311 - a draw, no secret
    draft = family.draw(random)
    return write_problem(draft, observe(draft), number, random)


def drawn_exercises(seed: int, turn: int, unsound: Counter[str]) -> Iterator[Problem]:
    """One turn: a problem of every family with a fixed concept, and `COMPOSED_DRAWS` of every other.

    Args:
        seed: Decides everything.
        turn: Counted from 0; turns do not depend on each other.
        unsound: Told how many draws of each family made no problem.
    """
    each = [(family, 1) for family in described_families()]
    each += [(family, COMPOSED_DRAWS) for family in composed_families()]
    for family, draws in each:
        for number in range(turn * draws, (turn + 1) * draws):
            try:
                yield drawn(family, number, seed)
            except Unsound:
                unsound[family.name] += 1
