"""GGUF files read back by the reader of the `gguf` package, against the checkpoints they were made of."""

import json
import resource
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGUFReader, quants
from safetensors.torch import load_file, save_file
from transformers import PreTrainedConfig

from codex_lsp.errors import CodexLspError, MissingExtra, ModelDamaged, TrainingError, UsageError
from codex_lsp.training.folders import beside, held
from codex_lsp.training.gguf_export import export_gguf
from codex_lsp.training.gguf_tensors import TYPES
from tests.unit.decoding.tiny import gpt2, llama, qwen2, qwen3, save_checkpoint, sentence_piece_tokenizer, set_config

Break = Callable[[Path], object]
WEIGHTS = "model.safetensors"
ARCHITECTURES = [qwen3(), qwen3(tie_word_embeddings=False), qwen2(), llama(num_key_value_heads=1)]
HEADS = {"q_proj": "num_attention_heads", "k_proj": "num_key_value_heads"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_checkpoint(tmp_path / "model", qwen3())


def read_back(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a file as float32, by their names there."""
    return {
        tensor.name: torch.from_numpy(quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
        for tensor in GGUFReader(path).tensors
    }


def fields(path: Path) -> dict[str, Any]:
    return {name: field.contents() for name, field in GGUFReader(path).fields.items()}


def name_in_gguf(name: str) -> str:
    outer = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    inner = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.o_proj": "attn_output"}
    for there, here in (outer | inner).items():
        name = name.replace(there, here)
    for part in ("q", "k", "v"):
        name = name.replace(f"self_attn.{part}_proj", f"attn_{part}").replace(
            f"self_attn.{part}_norm", f"attn_{part}_norm"
        )
    for part in ("gate", "up", "down"):
        name = name.replace(f"mlp.{part}_proj", f"ffn_{part}")
    return name.replace("model.layers", "blk")


def halves_from_neighbours(values: torch.Tensor, heads: int) -> torch.Tensor:
    """Undo what is done to Llama's queries and keys, element by element."""
    size = values.shape[0] // heads
    order = [head * size + 2 * place + half for head in range(heads) for half in (0, 1) for place in range(size // 2)]
    return values[order]


@pytest.mark.parametrize("config", ARCHITECTURES, ids=lambda config: config.model_type)
def test_every_tensor_comes_back(config: PreTrainedConfig, tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path / "model", config)
    written = export_gguf(folder, tmp_path / "m.gguf")
    there = read_back(tmp_path / "m.gguf")
    source = load_file(folder / WEIGHTS)
    assert set(there) == {name_in_gguf(name) for name in source}
    assert (written.tensors, written.parameters) == (len(source), sum(tensor.numel() for tensor in source.values()))
    for name, tensor in source.items():
        back = there[name_in_gguf(name)].reshape(tensor.shape)
        heads = HEADS.get(name.split(".")[-2])
        if config.model_type == "llama" and heads is not None:
            assert not torch.equal(back, tensor)
            back = halves_from_neighbours(back, getattr(config, heads))
        assert torch.equal(back, tensor), name


def test_numbers_of_the_network(tmp_path: Path) -> None:
    config = qwen3(rope_parameters={"rope_type": "default", "rope_theta": 5e5}, rms_norm_eps=1e-5)
    folder = save_checkpoint(tmp_path / "model", config)
    export_gguf(folder, tmp_path / "m.gguf", weight_type="q8_0", name="a name")
    found = fields(tmp_path / "m.gguf")
    assert (found["general.architecture"], found["general.name"], found["general.file_type"]) == ("qwen3", "a name", 7)
    numbers = {
        "block_count": 2,
        "context_length": 256,
        "embedding_length": 32,
        "feed_forward_length": 64,
        "attention.head_count": 4,
        "attention.head_count_kv": 2,
        "attention.key_length": 8,
        "attention.value_length": 8,
        "rope.dimension_count": 8,
        "rope.freq_base": 5e5,
        "attention.layer_norm_rms_epsilon": pytest.approx(1e-5),
    }
    assert {name: found[f"qwen3.{name}"] for name in numbers} == numbers


def test_shards_are_read(folder: Path, tmp_path: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    names = sorted(tensors)
    placed: dict[str, str] = {}
    for number, part in enumerate((names[:5], names[5:])):
        file = f"model-{number}.safetensors"
        save_file({name: tensors[name] for name in part}, folder / file, metadata={"format": "pt"})
        placed |= dict.fromkeys(part, file)
    (folder / WEIGHTS).unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": placed}))
    export_gguf(folder, tmp_path / "m.gguf")
    assert set(read_back(tmp_path / "m.gguf")) == {name_in_gguf(name) for name in names}


@pytest.mark.parametrize("weight_type", TYPES)
def test_matrices_are_as_near_as_their_type_allows(weight_type: str, folder: Path, tmp_path: Path) -> None:
    export_gguf(folder, tmp_path / "m.gguf", weight_type=weight_type)
    there = read_back(tmp_path / "m.gguf")
    for name, tensor in load_file(folder / WEIGHTS).items():
        back = there[name_in_gguf(name)].reshape(tensor.shape)
        if tensor.dim() == 1 or weight_type == "f32":
            assert torch.equal(back, tensor)
        elif weight_type == "f16":
            assert torch.equal(back, tensor.half().float())
        elif weight_type == "bf16":
            assert torch.equal(back, tensor.bfloat16().float())
        else:
            largest = tensor.unflatten(-1, (-1, 32)).abs().amax(-1, keepdim=True)
            # Half a step; and the step itself is a float16.
            bound = (largest / 254 + largest * 2**-10).expand(*largest.shape[:-1], 32).flatten(-2)
            assert bool(((back - tensor).abs() <= bound).all())
            assert not torch.equal(back, tensor)


def test_rows_that_are_no_blocks_become_float16(tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path / "model", qwen3(hidden_size=48))
    export_gguf(folder, tmp_path / "m.gguf", weight_type="q8_0")
    kinds = {tensor.name: tensor.tensor_type.name for tensor in GGUFReader(tmp_path / "m.gguf").tensors}
    assert (kinds["token_embd.weight"], kinds["blk.0.ffn_down.weight"]) == ("F16", "Q8_0")
    assert kinds["output_norm.weight"] == "F32"


def test_another_file_is_replaced_and_nothing_else_is_left(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "m.gguf"
    out.parent.mkdir()
    out.write_text("of before")
    written = export_gguf(folder, out)
    assert written.bytes == out.stat().st_size
    assert written.path == str(out)
    assert list(out.parent.iterdir()) == [out]


def test_a_link_leads_to_the_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "m.gguf").symlink_to(tmp_path / "elsewhere" / "real.gguf")
    export_gguf(folder, tmp_path / "m.gguf")
    assert (tmp_path / "m.gguf").is_symlink()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["real.gguf"]


def without(name: str) -> Break:
    def removed(folder: Path) -> None:
        tensors = load_file(folder / WEIGHTS)
        del tensors[name]
        save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})

    return removed


def with_tensor(name: str) -> Break:
    def added(folder: Path) -> None:
        tensors = load_file(folder / WEIGHTS) | {name: torch.zeros(4)}
        save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})

    return added


def with_tokenizer_entry(entry: str, value: Any) -> Break:
    def changed(folder: Path) -> None:
        path = folder / "tokenizer.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {entry: value}))

    return changed


def changed_config(**changes: Any) -> Break:
    return lambda folder: set_config(folder, **changes)


FAULTS: list[tuple[Break, type[CodexLspError], str]] = [
    (changed_config(model_type="mamba"), UsageError, r"`mamba` is not converted, only llama, qwen2, qwen3; choose"),
    (changed_config(rope_parameters={"rope_type": "yarn"}), UsageError, r"of the kind `yarn` cannot be converted"),
    (changed_config(rope_parameters=None, rope_scaling={"type": "linear"}), UsageError, r"of the kind `linear`"),
    (changed_config(use_sliding_window=True), UsageError, "sliding window"),
    (changed_config(hidden_act="gelu"), UsageError, "the activation `gelu`"),
    (changed_config(quantization_config={"bits": 4}), UsageError, "quantized weights"),
    (changed_config(hidden_size=None), ModelDamaged, r"config\.json lacks a number"),
    (changed_config(hidden_size=64), ModelDamaged, "not 64 wide"),
    (changed_config(eos_token_id=None), ModelDamaged, "names no `eos_token_id`"),
    (changed_config(num_hidden_layers=3), ModelDamaged, r"model\.layers\.2\.input_layernorm\.weight is missing"),
    (changed_config(num_hidden_layers=1), UsageError, r"model\.layers\.1\.\S+ cannot be converted"),
    (without("model.norm.weight"), ModelDamaged, r"model\.norm\.weight is missing; get or export the model again"),
    (with_tensor("model.layers.0.self_attn.o_proj.bias"), UsageError, r"o_proj\.bias cannot be converted"),
    (lambda folder: (folder / WEIGHTS).write_bytes(b"\xff" * 99), ModelDamaged, "damaged"),
    (lambda folder: (folder / "tokenizer.json").write_text("{"), ModelDamaged, r"tokenizer\.json: damaged"),
    (
        lambda folder: sentence_piece_tokenizer().save(str(folder / "tokenizer.json")),
        UsageError,
        "not a byte-level BPE tokenizer; only models with one are converted",
    ),
    (with_tokenizer_entry("pre_tokenizer", {"type": "Whitespace"}), UsageError, r"names \(deepseek-coder, qwen2,"),
    (with_tokenizer_entry("pre_tokenizer", None), UsageError, "splits text in no way that llama.cpp names"),
    (with_tokenizer_entry("normalizer", {"type": "Lowercase"}), UsageError, "splits text in no way"),
]


@pytest.mark.parametrize(("fault", "kind", "said"), FAULTS)
def test_what_cannot_be_converted_is_told(
    fault: Break, kind: type[CodexLspError], said: str, folder: Path, tmp_path: Path
) -> None:
    fault(folder)
    with pytest.raises(kind, match=said):
        export_gguf(folder, tmp_path / "m.gguf")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_other_architectures_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`gpt2` is not converted"):
        export_gguf(save_checkpoint(tmp_path / "model", gpt2()), tmp_path / "m.gguf")


def test_a_tokenizer_larger_than_the_network_is_told(tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path / "model", qwen3(vocab_size=300))
    with pytest.raises(ModelDamaged, match="is outside of the model's 300"):
        export_gguf(folder, tmp_path / "m.gguf")


def test_values_too_large_for_float16_are_told(folder: Path, tmp_path: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    tensors["model.layers.0.mlp.up_proj.weight"][0, 0] = 1e6
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(UsageError, match="too large for f16; take `--type bf16`"):
        export_gguf(folder, tmp_path / "m.gguf", weight_type="f16")
    export_gguf(folder, tmp_path / "m.gguf", weight_type="bf16")


def test_places_that_can_be_no_file(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a folder; name a file with --gguf"):
        export_gguf(folder, tmp_path)
    with pytest.raises(UsageError, match="there is no folder"):
        export_gguf(folder, tmp_path / "nowhere" / "m.gguf")
    with pytest.raises(UsageError, match="a device or a pipe; name a file with --gguf"):
        export_gguf(folder, Path("/dev/null"))
    for impossible in ("\0", "x" * 300):
        with pytest.raises(UsageError, match="name another file with --gguf"):
            export_gguf(folder, tmp_path / impossible)
    with pytest.raises(UsageError, match="use one of f32, f16, bf16, q8_0"):
        export_gguf(folder, tmp_path / "m.gguf", weight_type="q4_k_m")


@contextmanager
def room_for(size: int) -> Generator[None]:
    """No file may grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [500, 60_000])
def test_where_there_is_no_room_the_old_file_stands(size: int, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.gguf"
    out.write_text("of before")
    with room_for(size), pytest.raises(TrainingError, match=r"m\.gguf: .*; free some space or name another file"):
        export_gguf(folder, out)
    assert out.read_text() == "of before"
    assert {path.name for path in tmp_path.iterdir()} == {"model", "m.gguf"}


def test_two_commands_do_not_write_one_file(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.gguf"
    partial = beside(out, "partial")
    partial.write_text("of the other")
    with held(partial, out), pytest.raises(TrainingError, match="another command is writing there"):
        export_gguf(folder, out)
    assert partial.read_text() == "of the other"
    # One that was left behind by a kill is no obstacle.
    export_gguf(folder, out)
    assert not partial.exists()


def test_without_gguf_the_extra_is_named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(MissingExtra, match=r"pip install 'codex-lsp\[train\]'"):
        export_gguf(folder, tmp_path / "m.gguf")
