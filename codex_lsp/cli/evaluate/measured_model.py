"""The model that a measure is of: the settings it is opened with, and what tells it from others."""

import hashlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from codex_lsp.cli.evaluate.command import last_part
from codex_lsp.cli.settings import settings_of_command
from codex_lsp.config import EndpointSettings, Settings
from codex_lsp.evaluation.benchmark_data import sha256_of
from codex_lsp.models.registry import checkpoint_path


def settings_of_model(name: str | None) -> Settings:
    """A person's own settings, with another model where one is named: it is meant, whatever endpoint they name.

    Raises:
        SettingsError: The user file cannot be read.
        UsageError: The name is none.
    """
    if name is None:
        return settings_of_command({})
    return replace(settings_of_command({"model": name}), endpoint=EndpointSettings())


def model_record(settings: Settings) -> dict[str, Any]:
    """The model as a manifest names it: by content where it lies on this machine.

    Raises:
        ModelNotFound: It can be nowhere.
    """
    if settings.endpoint.url:
        return {"name": settings.endpoint.model or "the endpoint's own"}
    engine = asdict(settings.engine)
    found = {"name": last_part(settings.model), "dtype": engine["dtype"], "device": engine["device"]}
    sha256 = weights_sha256(settings)
    return found if sha256 is None else {**found, "sha256": sha256}


def weights_sha256(settings: Settings) -> str | None:
    """The hash of a model's weights; None where they do not lie in a folder here.

    Raises:
        ModelNotFound: The model can be nowhere.
    """
    place = None if settings.endpoint.url else checkpoint_path(settings.model, working_folder=True)
    if not isinstance(place, Path):
        return None
    digest = hashlib.sha256()
    for path in sorted(place.glob("*.safetensors")):
        digest.update(bytes.fromhex(sha256_of(path)))
    return digest.hexdigest()
