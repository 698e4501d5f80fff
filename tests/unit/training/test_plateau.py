from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import Position
from codex_lsp.training.plateau import Measured, Plateau, plateau_at
from codex_lsp.training.settings import Budget, RunSettings, Schedule

SETTINGS = RunSettings(decay_share=0.5)
BUDGET = Budget(max_tokens=1000)


def looks(*losses: float) -> list[Measured]:
    return [Measured(step=number, tokens=number * 10, loss=loss) for number, loss in enumerate(losses)]


def silent(_: str) -> None:
    pass


def watch(plateau: Plateau, losses: dict[int, float], until: int, *, first: int = 0) -> Budget:
    budget = BUDGET
    for step in range(first, until):
        budget = plateau.watched(Position(step=step, tokens=step * 10), budget, lambda at=step: losses[at], silent)
    return budget


def test_a_loss_that_falls_has_no_plateau() -> None:
    assert plateau_at(looks(3, 2, 1, 0.5), 2, 0.001) is None


def test_a_plateau_is_where_patience_ends() -> None:
    found = plateau_at(looks(3, 2, 2.1, 1.9995, 2.2, 1), 3, 0.001)
    assert found is not None
    assert found.step == 4


def test_a_plateau_begins_the_fall_of_a_constant_rate(tmp_path: Path) -> None:
    losses = {0: 3.0, 2: 2.0, 4: 2.0, 6: 2.0}
    plateau = Plateau(tmp_path / "v.csv", SETTINGS, every=2, patience=2)
    assert watch(plateau, losses, 6) == BUDGET
    # 60 tokens at the constant rate, and as many while it falls.
    assert watch(plateau, losses, 8, first=6).max_tokens == 120


def test_a_plateau_ends_a_cosine(tmp_path: Path) -> None:
    cosine = replace(SETTINGS, schedule=Schedule.COSINE)
    plateau = Plateau(tmp_path / "v.csv", cosine, every=2, patience=1)
    assert watch(plateau, {0: 3.0, 2: 3.0, 4: 3.0}, 3).max_tokens == 20


def test_a_session_decides_by_what_the_ones_before_measured(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    losses = {0: 3.0, 2: 2.0, 4: 2.0, 6: 2.0}
    watch(Plateau(path, SETTINGS, every=2, patience=2), losses, 7)
    again = Plateau(path, SETTINGS, every=2, patience=2)
    # The looks after the checkpoint at step 4 are forgotten; the one at step 4 is not taken twice.
    assert watch(again, {6: 2.0}, 5, first=4) == BUDGET
    assert [look.step for look in again.looks] == [0, 2, 4]
    assert watch(again, {6: 2.0}, 7, first=5).max_tokens == 120


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("what,is,this\n")
    with pytest.raises(TrainingError, match=r"v\.csv: damaged"):
        watch(Plateau(path, SETTINGS, every=2, patience=2), {}, 1)
