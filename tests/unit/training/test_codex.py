import csv
import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
import torch
from torch._dynamo.exc import TorchDynamoException

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import checkpoints
from codex_lsp.training.codex import CodexOptions, train_codex
from codex_lsp.training.curve import CURVE
from codex_lsp.training.distributed import World
from codex_lsp.training.packed_feed import PackedFeed
from codex_lsp.training.presets import PRESETS
from codex_lsp.training.pretrain import Pretraining
from codex_lsp.training.rows import RowTokens
from codex_lsp.training.settings import Budget
from tests.unit.training.packages import Material

STEPS = 12
TINY = PRESETS["tiny"]
SETTINGS = replace(TINY, network=replace(TINY.network, vocab_size=512), long_share=0.25)


class EndsAfter(Event):
    """Set once it was asked `checks` times; or kills the process then, as a power cut would."""

    def __init__(self, checks: int, *, kill: bool = False) -> None:
        super().__init__()
        self._left = checks
        self._kill = kill

    def is_set(self) -> bool:
        self._left -= 1
        if self._left < 0 and self._kill:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._left < 0


def options(material: Material, run: Path, steps: int = STEPS) -> CodexOptions:
    return CodexOptions(
        corpus=(material.corpus,),
        tokenizer=material.tokenizer,
        run=run,
        settings=SETTINGS,
        budget=Budget(max_tokens=steps * SETTINGS.batch_tokens),
        compile_blocks=False,
    )


def opened(run: Path) -> Pretraining:
    feed = PackedFeed(run, SETTINGS, RowTokens(padding=4, separator=6))
    return Pretraining(run, SETTINGS, feed, World(torch.device("cpu")), compile_blocks=False)


def silent(_: str) -> None:
    pass


def curve(run: Path) -> list[tuple[str, str, str]]:
    with (run / CURVE).open(newline="") as file:
        return [(row["step"], row["tokens"], row["loss"]) for row in csv.DictReader(file)]


def train_and_die(material: Material, run: Path, steps: int) -> None:
    train_codex(options(material, run), EndsAfter(steps, kill=True), silent)


@pytest.fixture(scope="module")
def uninterrupted(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("run")
    manifest = train_codex(options(material, run), Event(), silent)
    assert manifest["outcome"]["finished"]
    assert manifest["outcome"]["tokens"] == STEPS * SETTINGS.batch_tokens
    return run


def test_the_loss_falls(uninterrupted: Path) -> None:
    losses = [float(loss) for _, _, loss in curve(uninterrupted)]
    assert len(losses) == STEPS
    assert sum(losses[-3:]) < sum(losses[:3])


def test_a_killed_run_goes_on_exactly(material: Material, uninterrupted: Path, tmp_path: Path) -> None:
    # The second time before anything was done: what the first left must still be there.
    for steps in (6, 0):
        process = multiprocessing.get_context("spawn").Process(target=train_and_die, args=(material, tmp_path, steps))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        assert 0 < len(curve(tmp_path)) < STEPS
    train_codex(options(material, tmp_path), Event(), silent)
    assert curve(tmp_path) == curve(uninterrupted)


def test_a_stopped_run_leaves_a_checkpoint_and_goes_on(material: Material, uninterrupted: Path, tmp_path: Path) -> None:
    manifest = train_codex(options(material, tmp_path), EndsAfter(4), silent)
    assert (manifest["outcome"]["finished"], manifest["outcome"]["step"]) == (False, 4)
    assert checkpoints(tmp_path)[-1].name == "checkpoint-0000004"
    train_codex(options(material, tmp_path), Event(), silent)
    assert curve(tmp_path) == curve(uninterrupted)


def test_a_loss_that_is_no_number_ends_the_run_and_the_checkpoint_stands(material: Material, tmp_path: Path) -> None:
    train_codex(options(material, tmp_path), EndsAfter(2), silent)
    session = opened(tmp_path)
    with torch.no_grad():
        session.network.model.norm.weight.fill_(float("nan"))
    with pytest.raises(TrainingError, match="step 3: the loss is nan"):
        session.train(options(material, tmp_path).budget, Event(), silent)
    assert checkpoints(tmp_path)[-1].name == "checkpoint-0000002"


def test_a_gradient_that_is_no_number_changes_nothing(material: Material, tmp_path: Path) -> None:
    train_codex(options(material, tmp_path), EndsAfter(2), silent)
    session = opened(tmp_path)
    before = [parameter.clone() for parameter in session.network.parameters()]

    def infinite(gradient: torch.Tensor) -> torch.Tensor:
        return gradient * float("inf")

    session.network.model.norm.weight.register_hook(infinite)
    with pytest.raises(TrainingError, match=r"step 3: the loss is .* its gradient's norm (inf|nan)"):
        session.train(options(material, tmp_path).budget, Event(), silent)
    assert all(torch.equal(a, b) for a, b in zip(before, session.network.parameters(), strict=True))
    assert checkpoints(tmp_path)[-1].name == "checkpoint-0000002"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory.\nmore"), "memory is full .*smaller --preset"),
        (TorchDynamoException("no compiler"), "cannot compile here .*--no-compile"),
    ],
)
def test_what_a_device_lacks_is_one_line(uninterrupted: Path, tmp_path: Path, failure: RuntimeError, said: str) -> None:
    session = opened(uninterrupted)
    session.run = tmp_path

    def fails(_: torch.Tensor) -> None:
        raise failure

    session.network.model.norm.weight.register_hook(fails)
    with pytest.raises(TrainingError, match=said) as raised:
        session.train(Budget(max_tokens=10**9), Event(), silent)
    assert "\n" not in str(raised.value)
    assert not checkpoints(tmp_path)


def test_a_folder_of_another_run_is_refused(material: Material, uninterrupted: Path) -> None:
    other = replace(options(material, uninterrupted), settings=replace(SETTINGS, seed=7))
    with pytest.raises(TrainingError, match="another seed; give what"):
        train_codex(other, Event(), silent)


def test_a_second_stage_begins_with_the_weights_of_the_first(
    material: Material, uninterrupted: Path, tmp_path: Path
) -> None:
    second = replace(options(material, tmp_path, steps=1), start_from=uninterrupted)
    manifest = train_codex(second, Event(), silent)
    assert manifest["started_from"]["position"]["step"] == STEPS
    assert float(curve(tmp_path)[0][2]) < float(curve(uninterrupted)[0][2])
    train_codex(replace(second, budget=Budget(max_tokens=2 * SETTINGS.batch_tokens)), Event(), silent)
    assert [step for step, _, _ in curve(tmp_path)] == ["1", "2"]
    with pytest.raises(TrainingError, match="no checkpoint yet"):
        train_codex(replace(second, run=tmp_path / "other", start_from=tmp_path / "absent"), Event(), silent)


def test_folders_of_another_kind_are_refused(material: Material, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="not a corpus folder"):
        train_codex(replace(options(material, tmp_path), corpus=(material.tokenizer,)), Event(), silent)
