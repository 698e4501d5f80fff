"""Where data is looked for, and what is said where it is not."""

import gzip
import json
from pathlib import Path

import pytest

from codex_lsp.errors import MissingExtra, UsageError
from codex_lsp.evaluation.benchmark_data import data_place, read_benchmark
from codex_lsp.evaluation.formats import HUMANEVAL, INFILLING, TASKS
from codex_lsp.evaluation.hub_data import data_rows, fetch_data
from tests.unit.evaluation.own_rows import HUMANEVAL_ROWS


def no_hub(name: str) -> Path:
    raise AssertionError(name)


@pytest.fixture
def benchmarks(tmp_path: Path) -> Path:
    """A folder of benchmarks with one of them in it."""
    path = tmp_path / "benchmarks" / HUMANEVAL.sets["all"]
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in HUMANEVAL_ROWS)))
    return tmp_path / "benchmarks"


def test_a_folder_of_benchmarks(benchmarks: Path) -> None:
    expected = benchmarks / HUMANEVAL.sets["all"]
    for given, folder in (
        (None, str(benchmarks)),
        (str(benchmarks), ""),
        (str(expected.parent), ""),
        (str(expected), ""),
    ):
        path, source = data_place(HUMANEVAL, "all", given, folder, no_hub)
        assert (path, source) == (expected, "HumanEval.jsonl.gz")
    assert len(read_benchmark(HUMANEVAL, "all", expected, "x").benchmark.tasks) == 3


def test_the_hub_is_asked_for_names_that_are_no_files(benchmarks: Path) -> None:
    asked: list[str] = []

    def fetch(name: str) -> Path:
        asked.append(name)
        return benchmarks

    data_place(TASKS, "all", "org/name", "", fetch)
    data_place(TASKS, "all", "org/name:data/test.jsonl", "", fetch)
    _, source = data_place(HUMANEVAL, "all", None, "", fetch)
    assert asked == ["org/name", "org/name:data/test.jsonl", "openai/openai_humaneval"]
    assert source == "openai/openai_humaneval"


@pytest.mark.parametrize(
    ("given", "folder", "message"),
    [
        (None, "", "infilling random-span: no data; CODEX_LSP_BENCHMARKS names no folder with human-eval-infilling/"),
        ("", "/", "holds no human-eval-infilling/"),
    ],
)
def test_no_data(given: str | None, folder: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        data_place(INFILLING, "random-span", folder or given, "", no_hub)


def test_own_tasks_have_to_be_named() -> None:
    with pytest.raises(UsageError, match="tasks: no data; name a file with --data"):
        data_place(TASKS, "all", None, "/", no_hub)


def test_offline_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UsageError, match="the hub cannot be reached; go online once, or name a file with --data"):
        fetch_data("org/not-there")


def cached(hub: Path, *files: str) -> None:
    """A data set as the hub's library keeps it."""
    folder = hub / "datasets--org--name"
    snapshot = folder / "snapshots" / ("0" * 40)
    for file in files:
        (snapshot / file).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / file).write_text("".join(json.dumps(row) + "\n" for row in HUMANEVAL_ROWS))
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("0" * 40)


def test_a_data_set_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub._snapshot_download.constants.HF_HUB_CACHE", str(tmp_path))
    cached(tmp_path, "data/train.jsonl", "data/test.jsonl", "more/dev.jsonl")
    assert fetch_data("org/name").name == "test.jsonl"
    assert fetch_data("org/name:more/dev.jsonl").name == "dev.jsonl"
    assert len(list(data_rows(fetch_data("org/name")))) == 3
    with pytest.raises(UsageError, match=r"has no file `none\.jsonl`"):
        fetch_data("org/name:none.jsonl")


def test_parquet_says_what_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    path.write_bytes(b"PAR1")
    # Damaged where `pyarrow` is installed, unread where it is not.
    with pytest.raises((UsageError, MissingExtra), match=r"pip install pyarrow|is damaged"):
        list(data_rows(path))
