"""A run's newest checkpoint as a standard Hugging Face folder: what `transformers`, llama.cpp and vLLM can read."""

import json
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from codex_lsp.errors import TrainingError
from codex_lsp.training.card import model_card
from codex_lsp.training.checkpoint import load_weights, newest_checkpoint, weights
from codex_lsp.training.folders import written_beside
from codex_lsp.training.manifest import check_replaceable, read_manifest, write_atomically, write_manifest
from codex_lsp.training.network import Network, NetworkConfig
from codex_lsp.training.tokenizer import END_OF_TEXT, load_tokenizer, special_id

MAX_SHARD_BYTES = 14_000_000
TEMPLATE = "codex"


def export_run(run: Path, tokenizer: Path, corpus: Path, out: Path) -> Path:
    """Write the newest checkpoint of `run` in bfloat16 with its tokenizer, card and manifest; returns the checkpoint.

    Args:
        run: The run's folder.
        tokenizer: The tokenizer the run was trained with.
        corpus: The corpus the run was trained on.
        out: The folder to write; an earlier export is replaced as a whole.

    Raises:
        TrainingError: The run has no checkpoint, or was trained with another tokenizer or corpus; something else than
            an export stands at `out`, or the disk is full.
    """
    check_replaceable(out, "model", "--export")
    return _exported(newest_checkpoint(run), tokenizer, _provenance(run, tokenizer, corpus), out)


def export_fine_tuned(run: Path, base: Path, out: Path) -> Path:
    """The same for a run that was begun with an exported model, whose tokenizer and corpus it shares.

    Args:
        run: The run's folder.
        base: The exported model it was begun with.
        out: The folder to write; an earlier export is replaced as a whole.

    Raises:
        TrainingError: The run has no checkpoint or another base; something else than an export stands at `out`, or the
            disk is full.
    """
    check_replaceable(out, "model", "--export")
    known, found = read_manifest(base, "model"), read_manifest(run, "run")
    if found["tokenizer_sha256"] != known["tokenizer"]["sha256"]:
        raise TrainingError(f"{base}: not the base of {run}; name the one it was begun with")
    provenance = {"kind": "model", "run": found, "tokenizer": known["tokenizer"], "corpus": known["corpus"]}
    return _exported(newest_checkpoint(run), base, provenance, out)


def _exported(checkpoint: Path, tokenizer: Path, manifest: dict[str, Any], out: Path) -> Path:
    config = NetworkConfig(**manifest["run"]["settings"]["network"])
    network = Network(config)
    load_weights(checkpoint, network)
    manifest["position"] = json.loads((checkpoint / "state.json").read_text(encoding="utf-8"))
    manifest["parameters"] = sum(parameter.numel() for parameter in network.parameters())
    manifest["evaluation"] = None
    end = special_id(load_tokenizer(tokenizer), END_OF_TEXT)
    with _full_disk_named(out), written_beside(out) as partial:
        _write_weights(network, partial)
        _write_json(partial / "config.json", hugging_face_config(config, end))
        _write_json(partial / "generation_config.json", {"eos_token_id": end, "pad_token_id": end, "do_sample": False})
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copyfile(tokenizer / name, partial / name)
        _write_card(partial, manifest)
    return checkpoint


@contextmanager
def _full_disk_named(out: Path) -> Generator[None]:
    try:
        yield
    except (OSError, SafetensorError) as error:
        why = getattr(error, "strerror", None) or error
        raise TrainingError(f"{out}: {why}; free some space or name another --export; what was there stands") from error


def record_evaluation(out: Path, evaluation: Mapping[str, Any]) -> None:
    """Add what `heldout.evaluate_heldout` found to an export's manifest and card.

    Raises:
        TrainingError: `out` is not an export, or cannot be written.
    """
    manifest = read_manifest(out, "model")
    with _full_disk_named(out):
        _write_card(out, {**manifest, "evaluation": dict(evaluation)})


def _write_card(out: Path, manifest: dict[str, Any]) -> None:
    write_atomically(out / "README.md", model_card(manifest).encode())
    write_manifest(out / "manifest.json", manifest)


def hugging_face_config(config: NetworkConfig, end_of_text: int) -> dict[str, Any]:
    """The `config.json` of the checkpoint."""
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "codex_template": TEMPLATE,
        "dtype": "bfloat16",
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_hidden_layers": config.num_hidden_layers,
        "num_attention_heads": config.num_attention_heads,
        "num_key_value_heads": config.num_key_value_heads,
        "head_dim": config.head_dim,
        "max_position_embeddings": config.max_position_embeddings,
        "rope_parameters": {"rope_type": "default", "rope_theta": config.rope_theta},
        "rope_theta": config.rope_theta,
        "rms_norm_eps": config.rms_norm_eps,
        "initializer_range": config.initializer_range,
        "hidden_act": "silu",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "use_sliding_window": False,
        "tie_word_embeddings": True,
        "eos_token_id": end_of_text,
        "pad_token_id": end_of_text,
        "bos_token_id": None,
        "use_cache": True,
    }


def _provenance(run: Path, tokenizer: Path, corpus: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = {
        "kind": "model",
        "run": read_manifest(run, "run"),
        "tokenizer": read_manifest(tokenizer, "tokenizer"),
        "corpus": read_manifest(corpus, "corpus"),
    }
    if manifest["run"]["tokenizer_sha256"] != manifest["tokenizer"]["sha256"]:
        raise TrainingError(f"{tokenizer}: not the tokenizer of {run}; name the one it was trained with")
    if manifest["run"]["corpus_sha256"] != manifest["corpus"]["splits"]["train"]["sha256"]:
        raise TrainingError(f"{corpus}: not the corpus of {run}; name the one it was trained on")
    return manifest


def _write_weights(network: Network, out: Path) -> None:
    tensors = {name: tensor.to(torch.bfloat16) for name, tensor in weights(network).items()}
    shards = _sharded(tensors)
    placed: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = "model.safetensors" if len(shards) == 1 else f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        save_file({name: tensors[name] for name in names}, out / file, metadata={"format": "pt"})
        (out / file).chmod(0o644)
        placed |= dict.fromkeys(names, file)
    if len(shards) > 1:
        size = sum(_bytes(tensor) for tensor in tensors.values())
        _write_json(out / "model.safetensors.index.json", {"metadata": {"total_size": size}, "weight_map": placed})


def _sharded(tensors: Mapping[str, Tensor]) -> list[list[str]]:
    """The names of the tensors, in order, in as many groups as their sizes ask for."""
    shards: list[list[str]] = [[]]
    room = MAX_SHARD_BYTES
    for name, tensor in tensors.items():
        if shards[-1] and _bytes(tensor) > room:
            shards.append([])
            room = MAX_SHARD_BYTES
        shards[-1].append(name)
        room -= _bytes(tensor)
    return shards


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
