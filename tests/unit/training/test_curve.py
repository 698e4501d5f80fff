from pathlib import Path
from xml.etree import ElementTree

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import Position
from codex_lsp.training.curve import CURVE, Curve, draw, read_losses


def test_steps_after_the_checkpoint_are_cut_off_and_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "loss.csv"
    for first, last, loss in ((1, 5, 4.0), (3, 6, 2.0)):
        with Curve(path, first - 1) as curve:
            for step in range(first, last + 1):
                curve.add(Position(step=step, tokens=10 * step, elapsed_s=1.0), 1.0, loss)
    assert read_losses(path) == [(10, 4.0), (20, 4.0), (30, 2.0), (40, 2.0), (50, 2.0), (60, 2.0)]


def test_what_is_kept_is_never_away(tmp_path: Path) -> None:
    path = tmp_path / "loss.csv"
    with Curve(path, 0) as curve:
        curve.add(Position(step=1, tokens=10), 1.0, 4.0)
    curve = Curve(path, 1)
    with curve:
        # Nothing was handed to the system yet, as where a kill comes now.
        assert read_losses(path) == [(10, 4.0)]


@pytest.mark.parametrize("steps", [0, 1, 1000])
def test_the_picture_is_well_formed(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "loss.csv"
    with Curve(path, 0) as curve:
        for step in range(1, steps + 1):
            curve.add(Position(step=step, tokens=10 * step), 1.0, 1.0 / step)
    draw(path, tmp_path / "loss.svg")
    picture = ElementTree.parse(tmp_path / "loss.svg")  # noqa: S314 - drawn by us just now
    assert picture.getroot().tag.endswith("svg")


def test_no_curve_is_said(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"loss\.csv: no loss curve"):
        read_losses(tmp_path / "loss.csv")


@pytest.mark.parametrize("data", [b"a,b,c,d,e\nx,y,z,1,2\n", b"\xff\xfe", b"a,b,c,d,e\n1,2,3,4,five\n"])
def test_a_damaged_curve_is_named_with_the_mend(tmp_path: Path, data: bytes) -> None:
    (tmp_path / CURVE).write_bytes(data)
    with pytest.raises(TrainingError, match=r"loss\.csv: damaged .*remove it"):
        Curve(tmp_path / CURVE, 3)
