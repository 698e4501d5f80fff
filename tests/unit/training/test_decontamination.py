import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.decontamination import BenchmarkData, BenchmarkHashes, read_hash_list, window_digests

PROBLEM = """def below_zero(operations):
    balance = 0
    for op in operations:
        balance += op
        if balance < 0:
            return True
    return False
"""
OTHER = "def total(xs, ys):\n    return sum(x * y for x, y in zip(xs, ys)) + len(xs)\n"


def hash_file(folder: Path, text: str) -> Path:
    values = np.frombuffer(window_digests(text), dtype=">u8")
    path = folder / "hashes.u64"
    path.write_bytes(np.sort(values).astype(">u8").tobytes())
    return path


def hashes_of(folder: Path, text: str) -> BenchmarkHashes:
    return BenchmarkHashes({"list": read_hash_list(hash_file(folder, text))})


def test_only_the_definition_that_repeats_a_problem_is_cut(tmp_path: Path) -> None:
    text = "import os\n\n" + OTHER * 6 + "\n" + PROBLEM.upper().replace("DEF", "def") + "\nclass Kept:\n    os = os\n"
    cut = hashes_of(tmp_path, PROBLEM).cut(text, "ruby")
    assert cut.text is not None
    assert "BALANCE" not in cut.text
    assert cut.text.startswith("import os\n\n" + OTHER)
    assert cut.text.endswith("class Kept:\n    os = os\n")
    assert (cut.definitions, cut.sources) == (1, ("list",))
    assert cut.characters == len(text) - len(cut.text)


def test_a_file_that_would_lose_more_than_half_is_dropped(tmp_path: Path) -> None:
    cut = hashes_of(tmp_path, PROBLEM).cut("import os\n\n" + PROBLEM, "python")
    assert cut.text is None
    assert cut.characters == len("import os\n\n" + PROBLEM)


def test_a_clean_file_stays_as_it_is(tmp_path: Path) -> None:
    cut = hashes_of(tmp_path, PROBLEM).cut(OTHER, "python")
    assert (cut.text, cut.definitions, cut.sources) == (OTHER, 0, ())


@pytest.mark.parametrize("text", ["", "# " * 40, "[1, 2, 3, 4, 5, 6, 7, 8, 9]", "a b c d", "a b c d " * 9])
def test_trivial_windows_do_not_count(text: str) -> None:
    assert window_digests(text) == b""


def test_a_window_counts_with_five_different_names() -> None:
    words = ["a", "b", "c", "d", *"11111111"]
    assert window_digests(" ".join([*words, "1"])) == b""
    assert len(window_digests(" ".join([*words, "e"]))) == 8


def test_problems_in_a_folder_are_hashed_field_by_field(tmp_path: Path) -> None:
    row = {"task_id": "T/0", "prompt": PROBLEM, "canonical_solution": OTHER, "entry_point": "f"}
    for name in ("human-eval/HumanEval.jsonl.gz", "human-eval-infilling/HumanEval-SingleLineInfilling.jsonl.gz"):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_bytes(gzip.compress((json.dumps(row) + "\n").encode()))
    hashes = BenchmarkData(folder=tmp_path).load()
    assert hashes is not None
    assert set(hashes.sources) == {"human-eval", "human-eval-infilling"}
    assert hashes.cut(PROBLEM, "python").sources == ("human-eval", "human-eval-infilling")
    assert hashes.cut(OTHER, "python").text is None


def test_no_benchmark_is_no_error(tmp_path: Path) -> None:
    assert BenchmarkData().load() is None
    assert BenchmarkData(folder=tmp_path).load() is None


def test_the_hash_list_of_the_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "decontamination").mkdir()
    hash_file(tmp_path, PROBLEM).rename(tmp_path / "decontamination" / "thirteen-grams.u64")
    hashes = BenchmarkData(folder=tmp_path).load()
    assert hashes is not None
    assert hashes.sources == ("hash list",)


def test_a_damaged_hash_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"123")
    with pytest.raises(TrainingError, match="odd"):
        read_hash_list(tmp_path / "odd")
    with pytest.raises(TrainingError, match="absent"):
        BenchmarkData(hash_list=tmp_path / "absent").load()
    (tmp_path / "human-eval").mkdir()
    (tmp_path / "human-eval" / "HumanEval.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(TrainingError, match="HumanEval"):
        BenchmarkData(folder=tmp_path).load()


def test_a_folder_of_benchmarks_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="absent: no such folder"):
        BenchmarkData(folder=tmp_path / "absent").load()
