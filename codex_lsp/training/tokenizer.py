"""The tokenizer: byte-level BPE of 8192 entries whose split llama.cpp knows as `deepseek-coder`.

The split cuts at every carriage return and line feed first, so no token crosses a line end; what is left between
words (runs of blanks, operators with the blanks around them) stays whole and so becomes whitespace-run tokens. Special
tokens carry the names by which inference engines find fill-in-the-middle.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from codex_lsp.errors import TrainingError
from codex_lsp.training.folders import written_beside
from codex_lsp.training.manifest import check_replaceable, versions, write_manifest

VOCABULARY_SIZE = 8192
MAX_POSITIONS = 2048
END_OF_TEXT = "<|endoftext|>"
FIM_PREFIX = "<|fim_prefix|>"
FIM_MIDDLE = "<|fim_middle|>"
FIM_SUFFIX = "<|fim_suffix|>"
FIM_PAD = "<|fim_pad|>"
REPO_NAME = "<|repo_name|>"
FILE_SEPARATOR = "<|file_sep|>"
SPECIAL_TOKENS = (END_OF_TEXT, FIM_PREFIX, FIM_MIDDLE, FIM_SUFFIX, FIM_PAD, REPO_NAME, FILE_SEPARATOR)

PRE_TOKENIZER = "deepseek-coder"
"""The name of the split in GGUF (`tokenizer.ggml.pre`)."""
SPLIT = (
    r"[\r\n]",
    r"\s?\p{L}+",
    r"\s?\p{P}+",
    "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+",
    r"\p{N}",
)
"""The expressions of that split, applied in turn to what the ones before left whole."""

_BLANK_BEFORE_BLANK = r"[ \t](?=[ \t])"
"""Cuts runs of blanks into single ones; the last stays with what follows, as everywhere."""

TOKENIZER_FILE = "tokenizer.json"


def train_tokenizer(
    texts: Iterable[str], vocabulary_size: int = VOCABULARY_SIZE, *, blank_runs: bool = True
) -> Tokenizer:
    """Learn a byte-level BPE from `texts`; special tokens take the first ids.

    Args:
        texts: What to learn from.
        vocabulary_size: How many entries, special tokens included.
        blank_runs: Whether a run of blanks may become one token; without it the BPE is for comparison alone.

    Raises:
        TrainingError: The texts are too small for the vocabulary asked for, or it for all bytes.
    """
    least = len(SPECIAL_TOKENS) + len(pre_tokenizers.ByteLevel.alphabet())
    if vocabulary_size < least:
        raise TrainingError(f"{vocabulary_size} tokens cannot hold all bytes; give --vocabulary-size {least} or more")
    tokenizer = Tokenizer(models.BPE())
    patterns = SPLIT if blank_runs else (SPLIT[0], _BLANK_BEFORE_BLANK, *SPLIT[1:])
    splits = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns]
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*splits, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_chunks(texts), trainer=trainer)
    if tokenizer.get_vocab_size() != vocabulary_size:
        raise TrainingError(
            f"the texts give {tokenizer.get_vocab_size()} tokens, not {vocabulary_size}: "
            "use a larger corpus or a smaller --vocabulary-size"
        )
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path, *, provenance: dict[str, Any]) -> None:
    """Write `tokenizer.json`, `tokenizer_config.json` and `manifest.json`, all or none of them.

    Raises:
        TrainingError: Something else stands there, or the disk is full.
    """
    check_replaceable(folder, "tokenizer")
    try:
        with written_beside(folder) as partial:
            _write(tokenizer, partial, provenance)
    except OSError as error:
        raise TrainingError(
            f"{folder}: {error.strerror or error}; free some space or name another --out; what was there stands"
        ) from error


def _write(tokenizer: Tokenizer, folder: Path, provenance: dict[str, Any]) -> None:
    text = tokenizer.to_str(pretty=True)
    (folder / TOKENIZER_FILE).write_text(text, encoding="utf-8")
    config = {
        "add_bos_token": False,
        "add_prefix_space": False,
        "additional_special_tokens": list(SPECIAL_TOKENS[1:]),
        "clean_up_tokenization_spaces": False,
        "eos_token": END_OF_TEXT,
        "model_max_length": MAX_POSITIONS,
        "pad_token": END_OF_TEXT,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    manifest = {
        "kind": "tokenizer",
        "vocabulary_size": tokenizer.get_vocab_size(),
        "pre_tokenizer": PRE_TOKENIZER,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "versions": versions("tokenizers"),
        **provenance,
    }
    write_manifest(folder / "manifest.json", manifest)


def load_tokenizer(folder: Path) -> Tokenizer:
    """Read the tokenizer of a folder.

    Raises:
        TrainingError: There is none, or it lacks the special tokens.
    """
    path = folder / TOKENIZER_FILE
    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"{path}: {error.strerror}; build it with `codex-lsp train tokenizer`") from error
    except Exception as error:  # tokenizers raises bare Exception on a damaged file
        raise TrainingError(f"{path}: damaged ({error}); build it again with `codex-lsp train tokenizer`") from error
    missing = [name for name in SPECIAL_TOKENS if tokenizer.token_to_id(name) is None]
    if missing:
        raise TrainingError(f"{path}: lacks the special token {missing[0]}; build it with `codex-lsp train tokenizer`")
    return tokenizer


def special_id(tokenizer: Tokenizer, name: str) -> int:
    """The id of a special token.

    Raises:
        TrainingError: The tokenizer lacks it.
    """
    found = tokenizer.token_to_id(name)
    if found is None:
        raise TrainingError(f"the tokenizer lacks {name}; build it with `codex-lsp train tokenizer`")
    return found


def plain(tokenizer: Tokenizer) -> Tokenizer:
    """A copy that reads special tokens' names in a text as ordinary characters, as files must be read."""
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.encode_special_tokens = True
    return copy


def _chunks(texts: Iterable[str], lines: int = 256) -> Iterator[str]:
    """Whole lines in bounded pieces: the trainer keeps each piece whole while it counts."""
    for text in texts:
        source = iter(text.splitlines(keepends=True))
        while piece := "".join(islice(source, lines)):
            yield piece
