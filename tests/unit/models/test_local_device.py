"""What settings mean on machines that are not here."""

import pytest
import torch

from codex_lsp.errors import ModelUnavailable
from codex_lsp.models.local_device import Devices, device_for, devices_here, dtype_for

NONE = Devices()
CUDA = Devices(cuda=True)
APPLE = Devices(mps=True, mps_bfloat16=True)
OLD_APPLE = Devices(mps=True)


@pytest.mark.parametrize(
    ("there", "name"),
    [(NONE, "cpu"), (CUDA, "cuda"), (APPLE, "mps"), (OLD_APPLE, "mps"), (Devices(cuda=True, mps=True), "cuda")],
)
def test_auto_is_the_fastest_device(there: Devices, name: str) -> None:
    assert device_for("auto", there) == torch.device(name)
    assert device_for("cpu", there) == torch.device("cpu")


@pytest.mark.parametrize(("setting", "there"), [("cuda", APPLE), ("mps", CUDA), ("cuda", NONE)])
def test_a_device_that_is_not_there_is_named(setting: str, there: Devices) -> None:
    with pytest.raises(ModelUnavailable, match=f"`engine.device` is {setting}"):
        device_for(setting, there)


@pytest.mark.parametrize(
    ("setting", "device", "there", "dtype"),
    [
        ("auto", "cpu", NONE, torch.float32),
        ("bfloat16", "cpu", NONE, torch.bfloat16),
        ("int8", "cpu", NONE, torch.bfloat16),
        ("auto", "cuda", CUDA, torch.bfloat16),
        ("float32", "cuda", CUDA, torch.float32),
        ("auto", "mps", APPLE, torch.bfloat16),
        ("auto", "mps", OLD_APPLE, torch.float32),
        ("int8", "mps", OLD_APPLE, torch.float32),
        ("bfloat16", "cpu", OLD_APPLE, torch.bfloat16),
    ],
)
def test_formats_that_a_device_knows(setting: str, device: str, there: Devices, dtype: torch.dtype) -> None:
    assert dtype_for(setting, torch.device(device), there) is dtype


def test_a_format_that_a_device_does_not_know_is_named() -> None:
    with pytest.raises(ModelUnavailable, match="from macOS 14"):
        dtype_for("bfloat16", torch.device("mps"), OLD_APPLE)


def test_this_machine_can_be_asked() -> None:
    assert device_for("auto", devices_here()).type in {"cpu", "cuda", "mps"}
