import multiprocessing
import resource
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from codex_lsp.errors import TrainingError
from codex_lsp.training.checkpoint import KEPT, Position, checkpoints, load_checkpoint, load_weights, save_checkpoint
from codex_lsp.training.loss import cross_entropy
from codex_lsp.training.network import Network
from codex_lsp.training.optimiser import Optimiser
from codex_lsp.training.presets import PRESETS

SETTINGS = PRESETS["tiny"]


def trained(steps: int) -> tuple[Network, Optimiser]:
    torch.manual_seed(0)
    network = Network(SETTINGS.network)
    optimiser = Optimiser(network, SETTINGS)
    for _ in range(steps):
        step(network, optimiser)
    return network, optimiser


def step(network: Network, optimiser: Optimiser) -> None:
    ids = torch.arange(32).view(1, 32)
    cross_entropy(network(ids).flatten(0, 1), network.model.embed_tokens.weight, ids.flatten()).backward()
    optimiser.step(1.0)


def test_a_loaded_checkpoint_goes_on_exactly(tmp_path: Path) -> None:
    network, optimiser = trained(3)
    position = Position(step=3, tokens=96, short_rows=3, elapsed_s=1.5)
    save_checkpoint(tmp_path, network, optimiser, position)
    again, its_optimiser = trained(0)
    assert load_checkpoint(checkpoints(tmp_path)[-1], again, its_optimiser) == position
    step(network, optimiser)
    step(again, its_optimiser)
    for ours, theirs in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_only_the_newest_are_kept_and_partial_ones_do_not_count(tmp_path: Path) -> None:
    network, optimiser = trained(1)
    for number in range(1, 5):
        save_checkpoint(tmp_path, network, optimiser, Position(step=number))
    (tmp_path / "checkpoint-0000009").mkdir()
    names = [path.name for path in checkpoints(tmp_path)]
    assert names == ["checkpoint-0000003", "checkpoint-0000004"]
    assert len(names) == KEPT


def test_other_folders_are_no_checkpoints(tmp_path: Path) -> None:
    network, optimiser = trained(1)
    for number in (9_999_999, 10_000_000):
        save_checkpoint(tmp_path, network, optimiser, Position(step=number))
    (tmp_path / "checkpoint-best").mkdir()
    (tmp_path / "checkpoint-best" / "state.json").write_text("{}")
    assert checkpoints(tmp_path)[-1].name == "checkpoint-10000000"


@pytest.mark.parametrize(
    "state",
    [
        "[1]",
        "{",
        '{"step": "three"}',
        '{"step": -3}',
        '{"steps": 3}',
        '{"step": 3, "elapsed_s": null}',
        '{"step": 3, "elapsed_s": NaN}',
    ],
)
def test_a_position_that_is_none_is_named(tmp_path: Path, state: str) -> None:
    network, optimiser = trained(1)
    folder = save_checkpoint(tmp_path, network, optimiser, Position(step=3))
    (folder / "state.json").write_text(state)
    with pytest.raises(TrainingError, match=r"damaged .*remove it to continue from the one before"):
        load_checkpoint(folder, network, optimiser)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    network, optimiser = trained(1)
    with torch.no_grad():
        network.model.norm.weight[3] = float("nan")
    folder = save_checkpoint(tmp_path, network, optimiser, Position(step=1))
    with pytest.raises(TrainingError, match=r"holds what is no number.*continue from the one before"):
        load_checkpoint(folder, network, optimiser)


@pytest.mark.parametrize("odd", ["torch_rng", "0.0.momentum"])
def test_state_of_another_shape_is_refused(tmp_path: Path, odd: str) -> None:
    network, optimiser = trained(1)
    folder = save_checkpoint(tmp_path, network, optimiser, Position(step=1))
    state = load_file(folder / "optimiser.safetensors")
    name = next(name for name in state if name.startswith(odd[:4]))
    save_file({**state, name: state[name].flatten()[:5].clone()}, folder / "optimiser.safetensors")
    with pytest.raises(TrainingError) as raised:
        load_checkpoint(folder, network, optimiser)
    assert "\n" not in str(raised.value)


def test_a_session_without_a_step_leaves_the_checkpoint_untouched(tmp_path: Path) -> None:
    network, optimiser = trained(1)
    folder = save_checkpoint(tmp_path, network, optimiser, Position(step=1))
    before = {path.name: path.stat().st_ino for path in [folder, *folder.iterdir()]}
    assert save_checkpoint(tmp_path, network, optimiser, Position(step=1, elapsed_s=1.0)) == folder
    assert {path.name: path.stat().st_ino for path in [folder, *folder.iterdir()]} == before


@pytest.mark.parametrize("file", ["model.safetensors", "optimiser.safetensors", "state.json"])
def test_a_truncated_file_is_named_with_the_mend(tmp_path: Path, file: str) -> None:
    network, optimiser = trained(1)
    folder = save_checkpoint(tmp_path, network, optimiser, Position(step=1))
    path = folder / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(TrainingError, match="remove it"):
        load_checkpoint(folder, network, optimiser)


def save_where_files_cannot_grow(run: Path) -> None:
    """What a full disk does, as far as one process can have it for itself."""
    network, optimiser = trained(1)
    save_checkpoint(run, network, optimiser, Position(step=1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
    with pytest.raises(TrainingError, match=r"no checkpoint can be written .*; the one before stands"):
        save_checkpoint(run, network, optimiser, Position(step=2))


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=save_where_files_cannot_grow, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-0000001"]
    load_checkpoint(checkpoints(tmp_path)[-1], *trained(0))


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    network, optimiser = trained(1)
    folder = save_checkpoint(tmp_path, network, optimiser, Position(step=1))
    wider = Network(replace(SETTINGS.network, hidden_size=64))
    with pytest.raises(TrainingError, match="not a checkpoint of this shape"):
        load_weights(folder, wider)
