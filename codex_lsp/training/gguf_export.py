"""A Hugging Face checkpoint as one GGUF file, which llama.cpp and what is built on it serve.

Tensors are read, converted and written one at a time, so that the memory of the largest one is enough.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.errors import MissingExtra, TrainingError, UsageError
from codex_lsp.models.checkpoint import find_checkpoint
from codex_lsp.training.folders import beside, held, on_disk
from codex_lsp.training.gguf_tensors import TYPES, CheckpointTensors, GgufTensor, NetworkShape, network_shape
from codex_lsp.training.gguf_vocabulary import read_vocabulary, write_vocabulary_fields

if TYPE_CHECKING:
    from gguf import GGUFWriter

# The numbers by which GGUF tells what most of a file is.
_FILE_TYPES = {"f32": 0, "f16": 1, "q8_0": 7, "bf16": 32}


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufFile:
    """What was written.

    Attributes:
        path: Where.
        type: The type of its matrices.
        architecture: As llama.cpp calls it.
        split: The name of its tokenizer's split.
        vocabulary: How many tokens it has.
        tensors: How many there are.
        parameters: How many numbers they hold.
        bytes: The size of the file.
    """

    path: str
    type: str
    architecture: str
    split: str
    vocabulary: int
    tensors: int
    parameters: int
    bytes: int


def export_gguf(model: Path | str, out: Path, *, weight_type: str = "f32", name: str | None = None) -> GgufFile:
    """Write a model as one GGUF file, which takes the place of `out` when it is whole.

    Args:
        model: A Hugging Face model folder, or a hub name.
        out: The file.
        weight_type: One of `TYPES`, for matrices.
        name: What the file calls the model; None for the last part of `model`.

    Raises:
        UsageError: The model, its tokenizer or the type cannot be converted, or `out` can be no file.
        ModelUnavailable: The hub cannot be reached, or the model folder cannot be used.
        MissingExtra: `gguf` is not installed.
        TrainingError: The disk is full, or another command writes there.
    """
    if weight_type not in TYPES:
        raise UsageError(f"`{weight_type}`: no type that weights are written in; use one of {', '.join(TYPES)}")
    place = _checked_place(out)
    try:
        import gguf
    except ImportError as error:
        raise MissingExtra("GGUF files need gguf: `pip install 'codex-lsp[train]'`") from error
    found = find_checkpoint(model)
    shape = network_shape(found)
    source = CheckpointTensors(found, shape)
    tensors = source.listed(weight_type)
    vocabulary = read_vocabulary(found.tokenizer, found.config, tensors[0].shape[0])
    with _whole_or_absent(place) as partial:
        writer = gguf.GGUFWriter(partial, shape.architecture)
        writer.add_name(name or Path(model).resolve().name)
        _add_shape(writer, shape, len(vocabulary.tokens))
        writer.add_file_type(_FILE_TYPES[weight_type])
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        write_vocabulary_fields(writer, vocabulary)
        try:
            _write_tensors(writer, source, tensors)
        finally:
            writer.close()
    return GgufFile(
        path=str(out),
        type=weight_type,
        architecture=shape.architecture,
        split=vocabulary.split,
        vocabulary=len(vocabulary.tokens),
        tensors=len(tensors),
        parameters=sum(tensor.elements for tensor in tensors),
        bytes=place.stat().st_size,
    )


def _checked_place(out: Path) -> Path:
    """Where the file will lie; a link leads on."""
    try:
        place = out.expanduser().resolve()
        is_folder, is_other = place.is_dir(), place.exists() and not place.is_file()
        has_folder = place.parent.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no path can be spelt like this"
        raise UsageError(f"{out}: {reason}; name another file with --gguf") from error
    if is_folder or is_other:
        raise UsageError(f"{out}: {'a folder' if is_folder else 'a device or a pipe'}; name a file with --gguf")
    if not has_folder:
        raise UsageError(f"{out}: there is no folder {place.parent}; make it, or name another file with --gguf")
    return place


@contextmanager
def _whole_or_absent(out: Path) -> Generator[Path]:
    """A hidden file beside `out` for this command alone; it becomes `out` unless the block fails.

    Raises:
        TrainingError: It cannot be written, or another command writes it.
    """
    partial = beside(out, "partial")
    try:
        partial.touch()
        with held(partial, out):
            try:
                yield partial
                on_disk(partial)
                partial.replace(out)
            finally:
                partial.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise TrainingError(
            f"{out}: {why}; free some space or name another file with --gguf; what was there stands"
        ) from error


def _add_shape(writer: "GGUFWriter", shape: NetworkShape, vocabulary: int) -> None:
    writer.add_context_length(shape.positions)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.intermediate)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_value_heads)
    writer.add_key_length(shape.head_size)
    writer.add_value_length(shape.head_size)
    writer.add_rope_dimension_count(shape.head_size)
    writer.add_rope_freq_base(shape.theta)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_vocab_size(vocabulary)


def _write_tensors(writer: "GGUFWriter", source: CheckpointTensors, tensors: list[GgufTensor]) -> None:
    import numpy as np
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    for tensor in tensors:
        kind = GGMLQuantizationType[tensor.type.upper()]
        block, block_bytes = GGML_QUANT_SIZES[kind]
        size = tensor.elements // block * block_bytes
        writer.add_tensor_info(tensor.name, tensor.shape, np.dtype(np.float32), size, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in tensors:
        writer.write_tensor_data(source.array(tensor))
