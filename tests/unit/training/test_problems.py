"""A folder of problems: the same for the same seed, going on where it ended, and telling how it came about."""

import json
from pathlib import Path
from threading import Event

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.decontamination import BenchmarkData
from codex_lsp.training.exercises import drawing
from codex_lsp.training.exercises.families import described_families
from codex_lsp.training.problem import read_problems
from codex_lsp.training.problems import ProblemOptions, build_problems
from tests.sandboxes import sandbox_or_skip

FAMILIES = 30


@pytest.fixture(autouse=True)
def few_families(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen families, so that a turn is soon done."""
    sandbox_or_skip()
    few = described_families()[:FAMILIES]
    monkeypatch.setattr(drawing, "described_families", lambda: few)
    monkeypatch.setattr(drawing, "composed_families", lambda: ())


def _options(tmp_path: Path, exercises: int, seed: int = 3, traced: tuple[str, ...] = ()) -> ProblemOptions:
    return ProblemOptions(
        exercises=exercises, traced=traced, seed=seed, benchmarks=BenchmarkData(), downloads=tmp_path / "downloads"
    )


def test_a_run_that_was_ended_goes_on_and_gives_what_one_run_gives(tmp_path: Path) -> None:
    said: list[str] = []
    stop = Event()

    def ended(line: str) -> None:
        said.append(line)
        stop.set()

    first = build_problems(_options(tmp_path, 40), tmp_path / "a", stop, ended)
    assert len(said) == 1
    assert 0 < first["problems"] < 40
    kept = (tmp_path / "a" / "parts" / "exercises-0000.jsonl").stat().st_mtime_ns
    whole = build_problems(_options(tmp_path, 40), tmp_path / "a", Event(), said.append)
    assert whole["problems"] == 40
    assert (tmp_path / "a" / "parts" / "exercises-0000.jsonl").stat().st_mtime_ns == kept
    other = build_problems(_options(tmp_path, 40), tmp_path / "b", Event(), said.append)
    assert other == whole
    assert (tmp_path / "a" / "problems.jsonl").read_bytes() == (tmp_path / "b" / "problems.jsonl").read_bytes()


def test_the_manifest_counts_what_the_file_holds(tmp_path: Path) -> None:
    manifest = build_problems(_options(tmp_path, 20), tmp_path / "out", Event(), lambda _: None)
    problems = list(read_problems(tmp_path / "out" / "problems.jsonl"))
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == manifest
    assert sum(manifest["families"].values()) == sum(manifest["sources"].values()) == len(problems) == 20
    assert len({problem.task_id for problem in problems}) == 20
    assert manifest["decontaminated"] == {"windows": {}, "names": 0}
    for note in manifest["parts"].values():
        assert note["drawn"] + note["unsound draws"] + sum(note["dropped"].values()) == FAMILIES


def test_another_seed_makes_its_parts_anew(tmp_path: Path) -> None:
    one = build_problems(_options(tmp_path, 5, seed=3), tmp_path / "out", Event(), lambda _: None)
    other = build_problems(_options(tmp_path, 5, seed=4), tmp_path / "out", Event(), lambda _: None)
    assert one["sha256"] != other["sha256"]


def test_a_package_that_is_not_known_is_named_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no-such-package: not known to bring tests; name some of python, toolz"):
        build_problems(_options(tmp_path, 5, traced=("no-such-package",)), tmp_path / "out", Event(), lambda _: None)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(TrainingError, match="not empty and not a problem set; name another folder with --out"):
        build_problems(_options(tmp_path, 5), tmp_path / "mine", Event(), lambda _: None)


@pytest.mark.parametrize("line", ["{", "[1]", '{"task_id": "a"}', "\ud83d"])
def test_a_line_that_is_no_problem_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "problems.jsonl"
    path.write_bytes(line.encode("utf-8", "surrogatepass") + b"\n")
    with pytest.raises(TrainingError, match=r"line 1: not a problem|cannot be read"):
        list(read_problems(path))
