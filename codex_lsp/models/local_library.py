"""Loads a model through `transformers`: every architecture that it knows, and what is to be trained."""

import inspect
from collections.abc import Mapping
from typing import Any, cast

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
from transformers.utils import logging as transformers_logging

from codex_lsp.errors import ModelDamaged
from codex_lsp.models.checkpoint import Checkpoint


def library_model(found: Checkpoint, dtype: torch.dtype, device: torch.device) -> PreTrainedModel:
    """The model of a checkpoint, in evaluation mode.

    Raises:
        ModelDamaged: It is of a kind that is not read, or its weights are missing or do not fit.
    """
    if found.config["model_type"] not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        kind = found.config["model_type"]
        message = f"`{kind}` is no causal language model that `transformers` knows, and a model's own code is never run"
        raise ModelDamaged(f"{found.folder}: {message}; choose another model")
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            found.folder,
            dtype=dtype,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
        )
    except Exception as error:  # the library raises whatever its parts do; the load ends in one line either way
        reason = " ".join(str(error).split())[:200]
        raise ModelDamaged(f"{found.folder}: cannot be loaded ({reason}); get or export it again") from error
    model, info = cast("tuple[torch.nn.Module, Mapping[str, Any]]", loaded)
    # What is missing would silently be random numbers.
    missing = sorted(info["missing_keys"])
    if missing:
        raise ModelDamaged(f"{found.folder}: {len(missing)} weights are missing, {missing[0]} first; get it again")
    if "past_key_values" not in inspect.signature(model.forward).parameters:
        raise ModelDamaged(f"{found.folder}: recurrent models are not supported; choose one with attention")
    return cast("PreTrainedModel", _in_memory(model.to(device)).eval())


def _in_memory(model: torch.nn.Module) -> torch.nn.Module:
    """Take weights out of their file, which may be mapped: one that shrank would end the process (SIGBUS)."""
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.device.type == "cpu":
            tensor.data = tensor.data.clone()
    return model
