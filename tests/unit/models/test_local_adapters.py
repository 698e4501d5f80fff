"""Adapters of a model in this process: merged as `peft` would, sharing the rest, and refused in one line."""

import json
import shutil
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, PreTrainedModel

from codex_lsp.config import EngineSettings
from codex_lsp.errors import AdapterUnusable
from codex_lsp.models.adapter import read_adapter, weights_sha256
from codex_lsp.models.local import LocalModel
from codex_lsp.models.local_adapters import MAX_KEPT, AdaptedRunners, merged
from codex_lsp.models.local_loading import LoadedModel, load_model
from codex_lsp.training.adapt_lora import Adaptation, LoraSettings
from codex_lsp.types import Prompt, SamplingParams
from tests.unit.decoding.tiny import qwen3, save_checkpoint

PROMPT = Prompt(header=None, prefix="def add(a, b):\n    return ")
PARAMS = SamplingParams(n=1, temperature=0.0, max_tokens=8)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_checkpoint(tmp_path_factory.mktemp("base") / "model", qwen3())


@pytest.fixture(scope="module")
def loaded(base: Path) -> LoadedModel:
    return load_model(
        "tiny", base, dtype="auto", device="cpu", threads=1, progress=lambda _percent, _detail: None, trainable=True
    )


@pytest.fixture(scope="module")
def served(base: Path) -> LoadedModel:
    """The same model as an engine loads it."""
    return load_model("tiny", base, dtype="auto", device="cpu", threads=1, progress=lambda _percent, _detail: None)


@pytest.fixture(scope="module")
def made(loaded: LoadedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter that changes a lot."""
    folder = tmp_path_factory.mktemp("made") / "shop"
    Adaptation(cast(PreTrainedModel, loaded.model), LoraSettings(rank=4, alpha=8)).save(folder, "tiny")
    tensors = load_file(folder / "adapter_model.safetensors")
    torch.manual_seed(1)
    save_file(
        {name: torch.randn_like(tensor) for name, tensor in tensors.items()}, folder / "adapter_model.safetensors"
    )
    manifest = {"kind": "adapter", "base_sha256": weights_sha256(loaded.folder)}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "own"))


@pytest.fixture
async def model(base: Path, made: Path) -> AsyncGenerator[LocalModel, None]:
    model = LocalModel("tiny", base, EngineSettings(device="cpu", threads=1), adapters={"shop": made})
    yield model
    await model.close()


async def text_of(model: LocalModel, adapter: str | None) -> str:
    async with aclosing(model.sample(PROMPT, replace(PARAMS, adapter=adapter))) as deltas:
        return "".join([delta.text async for delta in deltas])


def logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        return model(input_ids=torch.tensor([[5, 6, 7, 8, 9, 10]])).logits


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_merging_gives_what_peft_computes(loaded: LoadedModel, base: Path, made: Path) -> None:
    before = logits(loaded.model)
    own = logits(merged(loaded.model, read_adapter(made)))
    reference = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    theirs = logits(PeftModel.from_pretrained(reference, made).eval())
    assert torch.allclose(own, theirs, atol=1e-3, rtol=1e-4)
    assert not torch.allclose(own, before, atol=0.1)
    assert torch.equal(logits(loaded.model), before)


def test_an_engine_merges_the_same_weights(loaded: LoadedModel, served: LoadedModel, made: Path) -> None:
    ours, theirs = (dict(merged(each.model, read_adapter(made)).named_parameters()) for each in (served, loaded))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_what_does_not_change_is_shared(served: LoadedModel, made: Path) -> None:
    copy = merged(served.model, read_adapter(made))
    own = {weight.data_ptr() for weight in copy.parameters()} - {w.data_ptr() for w in served.model.parameters()}
    # Seven projections in each of two layers; the embedding and the norms are the model's.
    assert len(own) == 14


async def test_a_model_is_asked_with_and_without(model: LocalModel) -> None:
    assert (await model.capabilities()).adapters == ("shop",)
    plain = await text_of(model, None)
    assert await text_of(model, "shop") != plain
    assert await text_of(model, None) == plain


async def test_a_name_that_no_setting_gave_is_refused(model: LocalModel, made: Path) -> None:
    for name in ("other", str(made), "../made/shop", ""):
        with pytest.raises(AdapterUnusable, match="is not served here"):
            await text_of(model, name)
    await text_of(model, None)


def test_an_adapter_of_another_model_is_refused(loaded: LoadedModel, own: Path) -> None:
    (own / "manifest.json").write_text(json.dumps({"kind": "adapter", "base_sha256": "00"}), encoding="utf-8")
    with pytest.raises(AdapterUnusable, match="made for another model than tiny"):
        AdaptedRunners(loaded, {"own": own}).get("own")


def changed(folder: Path, **changes: torch.Tensor) -> None:
    file = folder / "adapter_model.safetensors"
    tensors = load_file(file)
    save_file(tensors | changes, file)


KEY = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"


@pytest.mark.parametrize(
    ("tensor", "key"),
    [
        (torch.zeros(4, 31), KEY),
        (torch.full((4, 32), torch.nan), KEY),
        (torch.zeros(32), KEY),
        (torch.zeros(4, 32), "base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight"),
        (torch.zeros(512, 32), "base_model.model.lm_head.weight"),
    ],
)
def test_matrices_that_do_not_fit_are_refused(loaded: LoadedModel, own: Path, tensor: torch.Tensor, key: str) -> None:
    changed(own, **{key: tensor})
    with pytest.raises(AdapterUnusable, match=r"make it again with `codex-lsp train adapt`"):
        AdaptedRunners(loaded, {"own": own}).get("own")


@pytest.mark.parametrize("damage", [b"", b"\x80\x04.", b"\xff" * 64])
def test_a_damaged_file_is_refused(loaded: LoadedModel, own: Path, damage: bytes) -> None:
    (own / "adapter_model.safetensors").write_bytes(damage)
    with pytest.raises(AdapterUnusable, match="cannot be read"):
        AdaptedRunners(loaded, {"own": own}).get("own")


def test_an_adapter_that_is_made_again_is_read_again(loaded: LoadedModel, own: Path) -> None:
    runners = AdaptedRunners(loaded, {"own": own})
    first = runners.get("own")
    assert runners.get("own") is first
    (own / "manifest.json").write_text((own / "manifest.json").read_text() + "\n", encoding="utf-8")
    assert runners.get("own") is not first


def test_only_the_last_ones_are_kept(loaded: LoadedModel, own: Path) -> None:
    names = [str(number) for number in range(MAX_KEPT + 1)]
    runners = AdaptedRunners(loaded, dict.fromkeys(names, own))
    first = [runners.get(name) for name in names]
    assert runners.get(names[-1]) is first[-1]
    assert runners.get(names[0]) is not first[0]
