"""The loss of every step of a run, as CSV while it trains and as a picture when it ends."""

import csv
import io
from pathlib import Path

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import Position
from codex_lsp.training.manifest import write_atomically

CURVE = "loss.csv"
PICTURE = "loss.svg"
_FIELDS = ("step", "tokens", "elapsed_s", "rate_factor", "loss")
_WIDTH, _HEIGHT, _MARGIN = 720, 360, 48
_POINTS = 240


class Curve:
    """The curve of one session; steps after the checkpoint that it starts from are cut off."""

    def __init__(self, path: Path, step: int) -> None:
        """Read what stands up to `step`."""
        self._path = path
        self._kept = _rows_until(path, step)

    def __enter__(self) -> "Curve":
        """Begin to write after what is kept, which is never away: a kill may come at once."""
        kept = io.StringIO(newline="")
        csv.writer(kept).writerows([_FIELDS, *self._kept])
        write_atomically(self._path, kept.getvalue().encode())
        self._file = self._path.open("a", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        return self

    def __exit__(self, *_: object) -> None:
        """End writing."""
        self._file.close()

    def add(self, position: Position, factor: float, loss: float) -> None:
        """Put down one step."""
        elapsed_s = f"{position.elapsed_s:.3f}"
        self._writer.writerow((position.step, position.tokens, elapsed_s, f"{factor:.5f}", f"{loss:.6f}"))

    def flush(self) -> None:
        """Hand what is written to the system."""
        self._file.flush()


def read_losses(path: Path) -> list[tuple[int, float]]:
    """The tokens and the loss of every step.

    Raises:
        TrainingError: There is no curve.
    """
    if not path.is_file():
        raise TrainingError(f"{path}: no loss curve; train the run first")
    return [(int(row[1]), float(row[4])) for row in _rows_until(path, None)]


def draw(path: Path, picture: Path) -> None:
    """Draw the curve at `path` as SVG: loss in nats over tokens, each point the mean of as many steps."""
    losses = read_losses(path)
    every = max(1, len(losses) // _POINTS)
    groups = [losses[start : start + every] for start in range(0, len(losses), every)]
    points = [(group[-1][0], sum(loss for _, loss in group) / len(group)) for group in groups]
    picture.write_text(_svg(points), encoding="utf-8")


def _svg(points: list[tuple[int, float]]) -> str:
    most = max((tokens for tokens, _ in points), default=1)
    low = min((loss for _, loss in points), default=0.0)
    high = max((loss for _, loss in points), default=1.0)
    spread = (high - low) or 1.0
    placed = " ".join(
        f"{_MARGIN + (_WIDTH - 2 * _MARGIN) * tokens / most:.1f},"
        f"{_MARGIN + (_HEIGHT - 2 * _MARGIN) * (high - loss) / spread:.1f}"
        for tokens, loss in points
    )
    base = _HEIGHT - _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12">\n<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>\n'
        f'<path d="M{_MARGIN},{_MARGIN}V{base}H{_WIDTH - _MARGIN}" fill="none" stroke="black"/>\n'
        f'<polyline points="{placed}" fill="none" stroke="#1f6feb" stroke-width="1.5"/>\n'
        f'<text x="4" y="{_MARGIN}">{high:.2f}</text><text x="4" y="{base}">{low:.2f}</text>\n'
        f'<text x="{_MARGIN}" y="{_MARGIN - 16}">loss, nats per token</text>\n'
        f'<text x="{_WIDTH - _MARGIN}" y="{base + 20}" text-anchor="end">{most / 1e6:.1f} M tokens</text>\n</svg>\n'
    )


def _rows_until(path: Path, step: int | None) -> list[list[str]]:
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if len(row) == len(_FIELDS)][1:]
        kept = [(int(row[0]), int(row[1]), float(row[4]), row) for row in rows]
    except (ValueError, csv.Error) as error:
        raise TrainingError(f"{path}: damaged ({error}); remove it to go on without the steps before") from error
    return [row for number, _, _, row in kept if step is None or number <= step]
