"""Where a local model runs, and in which number format: what a setting means on the devices that there are."""

from dataclasses import dataclass

import torch

from codex_lsp.errors import ModelUnavailable

# Apple's devices know bfloat16 from this system on.
_MACOS_WITH_BFLOAT16 = (14, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """What torch finds beside the CPU.

    Attributes:
        cuda: A CUDA device.
        mps: An Apple device.
        mps_bfloat16: Whether that one knows bfloat16.
    """

    cuda: bool = False
    mps: bool = False
    mps_bfloat16: bool = False


def devices_here() -> Devices:
    """What there is on this machine."""
    mps = torch.backends.mps.is_available()
    return Devices(
        cuda=torch.cuda.is_available(),
        mps=mps,
        mps_bfloat16=mps and torch.backends.mps.is_macos_or_newer(*_MACOS_WITH_BFLOAT16),
    )


def device_for(setting: str, there: Devices) -> torch.device:
    """The device that `engine.device` means; `auto` is the fastest one.

    Raises:
        ModelUnavailable: It is not there.
    """
    if setting == "auto":
        return torch.device("cuda" if there.cuda else "mps" if there.mps else "cpu")
    if not {"cuda": there.cuda, "mps": there.mps}.get(setting, True):
        raise ModelUnavailable(f"`engine.device` is {setting}, which torch does not find here; set it to `auto`")
    return torch.device(setting)


def dtype_for(setting: str, device: torch.device, there: Devices) -> torch.dtype:
    """The number format that `engine.dtype` means on a device.

    Raises:
        ModelUnavailable: The device does not know it.
    """
    halves = device.type != "mps" or there.mps_bfloat16
    if setting == "auto":
        return torch.bfloat16 if device.type != "cpu" and halves else torch.float32
    if setting == "bfloat16" and not halves:
        raise ModelUnavailable("`engine.dtype` is bfloat16, which mps knows from macOS 14 on; set it to `auto`")
    # What becomes bytes is read in as few bits as checkpoints have.
    return torch.float32 if setting == "float32" or not halves else torch.bfloat16
