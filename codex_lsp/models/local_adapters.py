"""Adapters of a model in this process: each is a second set of the changed matrices, so it decodes as fast as without.

A merged copy shares every weight that its adapter does not change with the model itself. It costs memory once more for
the matrices of the layers, so only the adapters used last are kept.
"""

import copy
import logging
import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from codex_lsp.decoding.runner import Runner
from codex_lsp.errors import AdapterUnusable
from codex_lsp.models.adapter import Adapter, read_adapter, weights_sha256
from codex_lsp.models.local_loading import LoadedModel

if TYPE_CHECKING:
    from codex_lsp.decoding.family import AnyModel

logger = logging.getLogger(__name__)

MAX_KEPT = 3
_KEY = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")


class AdaptedRunners:
    """The runners of one model, by adapter; used in the model's own thread."""

    def __init__(self, loaded: LoadedModel, folders: Mapping[str, Path]) -> None:
        """Allow the adapters in `folders`, by name; each is read when it is first asked for."""
        self._loaded = loaded
        self._folders = folders
        self._kept: OrderedDict[str, tuple[float, Runner]] = OrderedDict()
        self._base_sha256: str | None = None

    def get(self, name: str | None) -> Runner:
        """The runner with an adapter, or the model's own for None.

        Raises:
            AdapterUnusable: No adapter of that name is allowed, or it cannot be used.
        """
        if name is None:
            return self._loaded.runner
        folder = self._folders.get(name)
        if folder is None:
            raise AdapterUnusable(f"adapter `{name[:80]}` is not served here; name its folder in `adapters`")
        # A repository that is adapted again replaces the folder.
        adapter, made = read_adapter(folder), _modified(folder)
        kept = self._kept.pop(name, None)
        if kept is None or kept[0] != made:
            kept = (made, self.merged_runner(adapter))
            logger.info("%s: merged as %s", folder, name)
        self._kept[name] = kept
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return kept[1]

    def merged_runner(self, adapter: Adapter) -> Runner:
        """A runner over a copy of the model into which `adapter` is merged.

        Raises:
            AdapterUnusable: It was made for another model, or is damaged.
        """
        if self._base_sha256 is None:
            self._base_sha256 = weights_sha256(self._loaded.folder)
        if adapter.base_sha256 != self._base_sha256:
            raise AdapterUnusable(
                f"adapter {adapter.folder}: made for another model than {self._loaded.capabilities.model}; "
                "run `codex-lsp train adapt` again"
            )
        return self._loaded.runner_over(merged(self._loaded.model, adapter))


def merged(model: "AnyModel", adapter: Adapter) -> "AnyModel":
    """A copy of a model with an adapter's products added to its matrices; other weights are shared.

    Raises:
        AdapterUnusable: The adapter's matrices are damaged or do not fit.
    """
    changes = _changes(adapter)
    modules = dict(model.named_modules())
    own: set[int] = set()
    for path, parts in changes.items():
        linear = modules.get(path)
        fits = parts.keys() == {"A", "B"} and isinstance(linear, nn.Linear)
        if not fits or (parts["B"].shape[0], parts["A"].shape[1]) != cast("nn.Linear", linear).weight.shape:
            raise _damaged(adapter, f"{path} does not fit the model")
        own.add(id(cast("nn.Linear", linear).weight))
    # What the memo holds already is not copied again.
    shared = {id(weight): weight for weight in model.parameters() if id(weight) not in own}
    duplicate = copy.deepcopy(model, cast("dict[int, object]", shared))
    targets = dict(duplicate.named_modules())
    with torch.no_grad():
        for path, parts in changes.items():
            weight = cast("nn.Linear", targets[path]).weight
            low, high = (parts[part].to(weight.device, torch.float32) for part in "AB")
            weight.copy_(weight.float() + adapter.scale * (high @ low))
    return duplicate


def _changes(adapter: Adapter) -> dict[str, dict[str, Tensor]]:
    """The two matrices, A and B, of each module that an adapter changes."""
    try:
        tensors = load_file(adapter.weights)
    except (OSError, SafetensorError) as error:
        raise _damaged(adapter, f"{adapter.weights.name} cannot be read") from error
    changes: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        match = _KEY.fullmatch(key)
        if match is None or tensor.ndim != 2 or not bool(tensor.isfinite().all()):  # noqa: PLR2004 - a matrix
            raise _damaged(adapter, f"{key[:80]} is no matrix of plain LoRA")
        changes.setdefault(match[1], {})[match[2]] = tensor
    if not changes:
        raise _damaged(adapter, "it holds no matrices")
    return changes


def _modified(folder: Path) -> float:
    """When the manifest of an adapter, which is written last, was written."""
    try:
        return (folder / "manifest.json").stat().st_mtime
    except OSError:
        return 0.0


def _damaged(adapter: Adapter, reason: str) -> AdapterUnusable:
    return AdapterUnusable(f"adapter {adapter.folder}: {reason}; make it again with `codex-lsp train adapt`")
