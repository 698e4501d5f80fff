import csv
import json
import multiprocessing
import signal
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import checkpoints
from codex_lsp.training.codex import train_codex
from codex_lsp.training.curve import CURVE
from codex_lsp.training.export import export_fine_tuned, export_run
from codex_lsp.training.plateau import VALIDATION
from codex_lsp.training.problem import write_problems
from codex_lsp.training.settings import Budget
from codex_lsp.training.supervised import (
    SupervisedOptions,
    base_settings,
    heldout_families,
    read_examples,
    train_supervised,
)
from codex_lsp.training.supervised_layout import Member
from codex_lsp.training.supervised_settings import SupervisedSettings
from tests.unit.training.exercises import PROBLEMS
from tests.unit.training.packages import Material
from tests.unit.training.test_codex import EndsAfter
from tests.unit.training.test_codex import options as codex_options

STEPS = 6
SUPERVISED = SupervisedSettings(member=Member.CODEX_S, rows=4, corpus_rows=2, mix=0.25, look_every=2, heldout_share=0.2)


@pytest.fixture(scope="module")
def base(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("base")
    train_codex(codex_options(material, root / "run", steps=2), Event(), silent)
    export_run(root / "run", material.tokenizer, material.corpus, root / "model")
    return root / "model"


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("problems")
    write_problems(folder / "problems.jsonl", PROBLEMS)
    return folder


def silent(_: str) -> None:
    pass


def options(material: Material, base: Path, problems: Path, run: Path) -> SupervisedOptions:
    settings = replace(
        base_settings(base, preset=None, rate_factor=0.1, seed=0), row_length=256, batch_tokens=512, long_row_length=256
    )
    return SupervisedOptions(
        base=base,
        problems=problems,
        run=run,
        settings=replace(settings, checkpoint_every_s=0.0),
        supervised=SUPERVISED,
        # Rows of problems are of several lengths; 800 tokens are less than a step of the longest.
        budget=Budget(max_tokens=STEPS * 800),
        corpus=(material.corpus,),
    )


def curve(run: Path) -> list[tuple[str, str, str]]:
    with (run / CURVE).open(newline="") as file:
        return [(row["step"], row["tokens"], row["loss"]) for row in csv.DictReader(file)]


def train_and_die(given: SupervisedOptions, steps: int) -> None:
    train_supervised(given, EndsAfter(steps, kill=True), silent)


def test_the_rates_are_a_tenth_of_those_of_pretraining(base: Path) -> None:
    first = json.loads((base / "manifest.json").read_text())["run"]["settings"]
    found = base_settings(base, preset=None, rate_factor=0.1, seed=3)
    assert found.matrix_rate == pytest.approx(first["matrix_rate"] / 10)
    assert found.vector_rate == pytest.approx(first["vector_rate"] / 10)
    assert (found.seed, found.schedule) == (3, first["schedule"])


def test_whole_families_are_held_out(problems: Path, base: Path, material: Material, tmp_path: Path) -> None:
    out = heldout_families(PROBLEMS, 0.2, 0)
    assert len(out) == 1
    found = read_examples(
        problems / "problems.jsonl", base, options(material, base, problems, tmp_path).settings, SUPERVISED
    )
    assert len(found.heldout) == sum(problem.family in out for problem in PROBLEMS)
    assert len(found.train) + len(found.heldout) == len(PROBLEMS)


def test_a_run_that_was_killed_or_stopped_is_the_uninterrupted_one(
    material: Material, base: Path, problems: Path, tmp_path: Path
) -> None:
    whole = options(material, base, problems, tmp_path / "whole")
    manifest = train_supervised(whole, Event(), silent)
    assert manifest["outcome"]["finished"]
    assert manifest["outcome"]["corpus_loss"] > 0
    assert manifest["problems"]["train"] == 32
    assert len(curve(whole.run)) >= STEPS - 1
    killed = replace(whole, run=tmp_path / "killed")
    process = multiprocessing.get_context("spawn").Process(target=train_and_die, args=(killed, 3))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert 0 < len(curve(killed.run)) < len(curve(whole.run))
    train_supervised(killed, Event(), silent)
    assert curve(killed.run) == curve(whole.run)
    assert (killed.run / VALIDATION).read_text() == (whole.run / VALIDATION).read_text()
    with pytest.raises(TrainingError, match="another seed; give what"):
        train_supervised(replace(whole, settings=replace(whole.settings, seed=7)), Event(), silent)


def test_a_stopped_run_leaves_a_checkpoint(material: Material, base: Path, problems: Path, tmp_path: Path) -> None:
    manifest = train_supervised(options(material, base, problems, tmp_path), EndsAfter(2), silent)
    assert (manifest["outcome"]["finished"], manifest["outcome"]["step"]) == (False, 2)
    assert checkpoints(tmp_path)[-1].name == "checkpoint-0000002"


def test_codex_d_is_exported_with_all_of_its_stages(
    material: Material, base: Path, problems: Path, tmp_path: Path
) -> None:
    given = options(material, base, problems, tmp_path / "run")
    docstrings = replace(SUPERVISED, member=Member.CODEX_D, mix=0.0)
    train_supervised(replace(given, supervised=docstrings, corpus=()), Event(), silent)
    export_fine_tuned(given.run, base, tmp_path / "model")
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    assert manifest["run"]["settings"]["supervised"]["member"] == "codex-d"
    assert manifest["run"]["started_from"]["position"]["step"] == 2
    card = (tmp_path / "model" / "README.md").read_text()
    assert "fine-tuned (codex-d) on docstrings" in card
    # A second member may begin with the first.
    assert base_settings(tmp_path / "model", preset=None, rate_factor=1.0, seed=0).matrix_rate == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 problems of 0 families"),
        ("{}\n", "line 1: not a problem"),
        ("[[[", "line 1: not a problem"),
        (PROBLEMS[0].line() * 3, "3 problems of 1 families"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_bad_file_of_problems_is_one_clear_line(
    material: Material, base: Path, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "problems.jsonl"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(TrainingError, match=said) as raised:
        train_supervised(options(material, base, path, tmp_path / "run"), Event(), silent)
    assert "\n" not in str(raised.value)
    with pytest.raises(TrainingError, match="cannot be read"):
        train_supervised(options(material, base, tmp_path / "absent.jsonl", tmp_path / "run"), Event(), silent)
