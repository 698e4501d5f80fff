import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from codex_lsp.errors import TrainingError
from codex_lsp.training.distributed import World, device_named
from tests.unit.training.packages import Material

STEP_TOKENS = 512
TOKENS = 8 * STEP_TOKENS


def command(material: Material, run: Path) -> list[str]:
    flags = ["--preset", "tiny", "--max-tokens", str(TOKENS), "--no-compile", "--device", "cpu", "--threads", "1"]
    folders = ["--corpus", str(material.corpus), "--tokenizer", str(material.tokenizer), "--out", str(run)]
    return ["-m", "codex_lsp", "train", "codex", *folders, *flags]


def losses(run: Path) -> list[float]:
    with (run / "loss.csv").open(newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def test_two_processes_train_what_one_trains(material: Material, tmp_path: Path) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    for name, launcher in (("one", []), ("two", torchrun)):
        export = ["--export", str(tmp_path / f"{name}-model"), "--heldout-cursors", "0", "--json"]
        arguments = [sys.executable, *launcher, *command(material, tmp_path / name), *export]
        done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        # One of several reports and exports.
        assert json.loads(done.stdout)["outcome"]["finished"]
        assert done.stderr.count("exported to") == 1
    one, two = losses(tmp_path / "one"), losses(tmp_path / "two")
    assert len(one) == len(two) == TOKENS // STEP_TOKENS
    # Sums in another order and products of other sizes, in bfloat16.
    assert two == pytest.approx(one, abs=0.02)
    assert (tmp_path / "two" / "manifest.json").is_file()


def test_one_process_has_nobody_to_ask() -> None:
    world = World(torch.device("cpu"))
    assert world.leads
    assert world.agreed(0.25, 1.0) == (0.25, 1.0)
    assert world.shared_out(torch.ones(3, 2), lambda items: items * 2).tolist() == [[2.0, 2.0]] * 3


def test_a_device_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "99")
    with pytest.raises(TrainingError, match="no CUDA device 99; use --device cpu"):
        device_named("cuda")
