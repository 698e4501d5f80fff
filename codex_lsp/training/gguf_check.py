"""Hold llama.cpp to the tokenizer: write its vocabulary as GGUF, load it there, compare token ids.

`gguf` and `llama_cpp` (llama-cpp-python) are needed for this check alone. Run it as
`python -m codex_lsp.training.gguf_check TOKENIZER_DIR CORPUS_DIR` where both are installed; it needs no torch.
"""

import importlib
import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

from tokenizers import Tokenizer

from codex_lsp.errors import MissingExtra
from codex_lsp.training.documents import shuffled_documents
from codex_lsp.training.gguf_vocabulary import vocabulary_of, write_vocabulary_fields
from codex_lsp.training.manifest import read_manifest, write_manifest
from codex_lsp.training.tokenizer import END_OF_TEXT, load_tokenizer, plain, special_id

CHECKED_FILES = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufComparison:
    """How many files were encoded twice, how many tokens that was, and how many files came out differently."""

    files: int
    tokens: int
    mismatches: int
    llama_cpp_python: str


def write_vocabulary(tokenizer: Tokenizer, path: Path) -> None:
    """Write a vocabulary-only GGUF that names the split.

    Raises:
        MissingExtra: `gguf` is not installed.
    """
    try:
        import gguf
    except ImportError as error:
        raise MissingExtra("gguf is not installed: `pip install codex-lsp[train]`") from error
    writer: Any = gguf.GGUFWriter(str(path), "qwen3")
    writer.add_context_length(2048)
    writer.add_embedding_length(64)
    writer.add_block_count(1)
    writer.add_feed_forward_length(64)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-6)
    config = {"eos_token_id": special_id(tokenizer, END_OF_TEXT)}
    vocabulary = vocabulary_of(tokenizer, shown="the tokenizer", config=config, size=tokenizer.get_vocab_size())
    write_vocabulary_fields(writer, vocabulary)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def compare(tokenizer: Tokenizer, texts: Iterable[str]) -> GgufComparison:
    """Encode every text with `tokenizers` and with llama.cpp, special tokens off in both.

    Raises:
        MissingExtra: `llama_cpp` is not installed.
    """
    try:
        llama_cpp: Any = importlib.import_module("llama_cpp")
    except ImportError as error:
        raise MissingExtra("llama_cpp is not installed: `pip install llama-cpp-python` (builds for minutes)") from error
    files = tokens = mismatches = 0
    reader = plain(tokenizer)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vocabulary.gguf"
        write_vocabulary(tokenizer, path)
        model: Any = llama_cpp.Llama(model_path=str(path), vocab_only=True, verbose=False)
        for text in texts:
            ours = reader.encode(text, add_special_tokens=False).ids
            theirs = cast("list[int]", model.tokenize(text.encode(), add_bos=False, special=False))
            files += 1
            tokens += len(ours)
            mismatches += ours != theirs
        model.close()
    return GgufComparison(files=files, tokens=tokens, mismatches=mismatches, llama_cpp_python=llama_cpp.__version__)


def check_folder(tokenizer_folder: Path, corpus: Path, *, files: int = CHECKED_FILES, seed: int = 0) -> GgufComparison:
    """Compare on files drawn from a corpus, and record the result in the tokenizer's manifest.

    Raises:
        TrainingError: One of the folders is not what it should be.
        MissingExtra: `gguf` or `llama_cpp` is not installed.
    """
    manifest = read_manifest(tokenizer_folder, "tokenizer")
    drawn = islice(shuffled_documents(corpus, "train", seed), files)
    comparison = compare(load_tokenizer(tokenizer_folder), (document.text for document in drawn))
    write_manifest(tokenizer_folder / "manifest.json", {**manifest, "gguf_check": asdict(comparison)})
    return comparison


def main(argv: list[str]) -> int:
    """Check a tokenizer folder against a corpus folder; prints the comparison as JSON, fails on any mismatch."""
    tokenizer_folder, corpus = map(Path, argv)
    comparison = check_folder(tokenizer_folder, corpus)
    sys.stdout.write(json.dumps(asdict(comparison)) + "\n")
    return 0 if comparison.mismatches == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
