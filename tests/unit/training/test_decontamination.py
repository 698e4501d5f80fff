from pathlib import Path

import numpy as np
import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.decontamination import BenchmarkHashes, window_digests

PROBLEM = (
    "def below_zero(operations): balance = 0\n    for op in operations:\n        balance += op\n    return balance < 0"
)


def hash_file(folder: Path, text: str) -> Path:
    values = np.frombuffer(window_digests(text), dtype=">u8")
    path = folder / "hashes.u64"
    path.write_bytes(np.sort(values).astype(">u8").tobytes())
    return path


def test_a_copy_inside_another_file_is_found(tmp_path: Path) -> None:
    hashes = BenchmarkHashes(hash_file(tmp_path, PROBLEM))
    assert hashes.overlaps("import os\n\n" + PROBLEM.upper() + "\n\nprint(os)\n")
    assert not hashes.overlaps(
        "import os\n\n\ndef total(xs, ys):\n    return sum(x * y for x, y in zip(xs, ys)) + len(xs)\n"
    )


@pytest.mark.parametrize("text", ["", "# " * 40, "[1, 2, 3, 4, 5, 6, 7, 8, 9]", "a b c d"])
def test_trivial_windows_do_not_count(text: str) -> None:
    assert window_digests(text) == b""


def test_a_damaged_hash_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"123")
    with pytest.raises(TrainingError, match="odd"):
        BenchmarkHashes(tmp_path / "odd")
    with pytest.raises(TrainingError, match="absent"):
        BenchmarkHashes(tmp_path / "absent")
