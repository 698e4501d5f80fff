"""When a run has learned what it can at its rate: the loss on held-out rows has stopped falling.

What was measured is a CSV file in the run's folder, cut at the checkpoint that a session starts from, so that a run
that was killed decides as an uninterrupted one. From the plateau on the rates fall as their schedule ends: a constant
rate over its last part of the budget, which the plateau makes as long as it is; a cosine is at its end there.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import Position
from codex_lsp.training.settings import Budget, RunSettings, Schedule

VALIDATION = "validation.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One look at the held-out rows."""

    step: int
    tokens: int
    loss: float


def plateau_at(measured: Sequence[Measured], patience: int, least: float) -> Measured | None:
    """The look at which the loss had not fallen by `least` nats below its best for `patience` looks; None if none."""
    best, waited = float("inf"), 0
    for look in measured:
        waited = 0 if look.loss < best - least else waited + 1
        best = min(best, look.loss)
        if waited >= patience:
            return look
    return None


class Plateau:
    """Looks at the held-out rows every so many steps, and shortens the budget once their loss stops falling."""

    def __init__(self, path: Path, settings: RunSettings, *, every: int, patience: int, least: float = 1e-3) -> None:
        """Read nothing yet.

        Args:
            path: The CSV file.
            settings: Their schedule says what a plateau means.
            every: Steps between looks.
            patience: Looks in a row without a better loss.
            least: Nats that count as better.
        """
        self._path, self._settings = path, settings
        self._every, self._patience, self._least = every, patience, least
        self._looks: list[Measured] | None = None

    def watched(
        self, position: Position, budget: Budget, measure: Callable[[], float], notify: Callable[[str], None]
    ) -> Budget:
        """Look, if it is time to, and return the budget that holds from here on."""
        if self._looks is None:
            self._looks = self._read(position.step)
        known = self._looks and self._looks[-1].step == position.step
        if position.step % self._every == 0 and not known:
            loss = round(measure(), 6)  # as the file will tell it
            self._looks.append(Measured(step=position.step, tokens=position.tokens, loss=loss))
            self._write()
            notify(f"step {position.step}  held out {loss:.3f}")
        return self.shortened(budget)

    def shortened(self, budget: Budget) -> Budget:
        """The budget, ended by the plateau if there was one."""
        found = plateau_at(self._looks or (), self._patience, self._least)
        if found is None:
            return budget
        constant = self._settings.schedule is Schedule.CONSTANT_THEN_DECAY
        rest = 1.0 - self._settings.decay_share if constant else 1.0
        return replace(budget, max_tokens=max(1, min(budget.max_tokens, round(found.tokens / rest))))

    @property
    def looks(self) -> Sequence[Measured]:
        """What was measured until now."""
        return tuple(self._looks or ())

    def _read(self, step: int) -> list[Measured]:
        if not self._path.is_file():
            return []
        try:
            with self._path.open(encoding="utf-8", newline="") as file:
                looks = [Measured(step=int(a), tokens=int(b), loss=float(c)) for a, b, c in csv.reader(file)]
        except (OSError, ValueError) as error:
            raise TrainingError(f"{self._path}: damaged ({error}); remove it to measure again") from error
        return [look for look in looks if look.step <= step]

    def _write(self) -> None:
        with self._path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows((look.step, look.tokens, f"{look.loss:.6f}") for look in self._looks or ())
