"""A tokenizer as GGUF has it: byte-level BPE whose split of text llama.cpp knows by name.

llama.cpp does not read the split's expressions but a name, and has the expressions compiled in: a split without a name
there cannot be converted. Sources: the GGUF specification and the tokenizers that models of each name were
published with.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tokenizers import Tokenizer

from codex_lsp.errors import ModelDamaged, UsageError
from codex_lsp.training.tokenizer import PRE_TOKENIZER, SPLIT

# Numbers that GGUF gives to kinds of tokens.
NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5

_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# What splits text, and whether the whole of what is left of it is looked up before merging, to the name of that.
_SPLITS: dict[tuple[tuple[str, ...], bool], str] = {
    (SPLIT, False): PRE_TOKENIZER,
    ((_WORDS % "",), False): "qwen2",
    ((_WORDS % "{1,3}",), True): "llama-bpe",
    (("byte-level",), False): "gpt-2",
}
# Which token stands where in a prompt that fills in the middle, by the end of its key in GGUF.
_FILL_IN_THE_MIDDLE = {
    "fim_pre": ("<|fim_prefix|>", "<fim_prefix>"),
    "fim_suf": ("<|fim_suffix|>", "<fim_suffix>"),
    "fim_mid": ("<|fim_middle|>", "<fim_middle>"),
    "fim_pad": ("<|fim_pad|>", "<fim_pad>"),
    "fim_rep": ("<|repo_name|>", "<repo_name>"),
    "fim_sep": ("<|file_sep|>", "<file_sep>"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufVocabulary:
    """What GGUF holds of a tokenizer.

    Attributes:
        split: The name of its split.
        tokens: The spelling of each id.
        kinds: The kind of each id, as GGUF numbers it.
        merges: Pairs of tokens, the first merged first.
        ids: Ids of tokens with a part to play, by their names in GGUF without `_token_id`.
        begins: Whether every text begins with the token `bos`.
    """

    split: str
    tokens: tuple[str, ...]
    kinds: tuple[int, ...]
    merges: tuple[str, ...]
    ids: Mapping[str, int]
    begins: bool


def read_vocabulary(path: Path, config: Mapping[str, Any], size: int) -> GgufVocabulary:
    """Read a `tokenizer.json`.

    Args:
        path: The file.
        config: What is in the model's `config.json`, which names the end of text.
        size: Rows of the model's embedding; ids that no token has are filled up with unused ones.

    Raises:
        ModelDamaged: It cannot be read, or does not belong to the model.
        UsageError: llama.cpp knows no such tokenizer.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tokenizer = Tokenizer.from_str(text)
    except Exception as error:  # tokenizers raises bare Exception on a damaged file
        raise ModelDamaged(f"{path}: damaged; get or export the model again") from error
    return vocabulary_of(tokenizer, shown=str(path), config=config, size=size)


def vocabulary_of(tokenizer: Tokenizer, *, shown: str, config: Mapping[str, Any], size: int) -> GgufVocabulary:
    """What GGUF holds of a tokenizer, which errors call `shown`.

    Raises:
        ModelDamaged: It does not belong to the model.
        UsageError: llama.cpp knows no such tokenizer.
    """
    described: dict[str, Any] = json.loads(tokenizer.to_str())
    split = _split_name(described, shown)
    tokens = [f"[PAD{index}]" for index in range(size)]
    kinds = [UNUSED] * size
    added = tokenizer.get_added_tokens_decoder()
    for token, index in tokenizer.get_vocab(with_added_tokens=True).items():
        if index >= size:
            raise ModelDamaged(f"{shown}: its token {index} is outside of the model's {size}; get the model again")
        tokens[index] = token
        kinds[index] = NORMAL if index not in added else CONTROL if added[index].special else USER_DEFINED
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in described["model"]["merges"]]
    leading = tokenizer.encode("").ids
    return GgufVocabulary(
        split=split,
        tokens=tuple(tokens),
        kinds=tuple(kinds),
        merges=tuple(merges),
        ids=_special_ids(tokenizer, config, leading[:1], shown),
        begins=bool(leading),
    )


def write_vocabulary_fields(writer: Any, vocabulary: GgufVocabulary) -> None:
    """Give a `gguf.GGUFWriter` all that is known of a vocabulary."""
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(vocabulary.split)
    writer.add_token_list(list(vocabulary.tokens))
    writer.add_token_types(list(vocabulary.kinds))
    writer.add_token_merges(list(vocabulary.merges))
    for name, index in vocabulary.ids.items():
        writer.add_uint32(f"tokenizer.ggml.{name}_token_id", index)
    writer.add_add_bos_token(vocabulary.begins)


def _special_ids(tokenizer: Tokenizer, config: Mapping[str, Any], leading: list[int], shown: str) -> dict[str, int]:
    said = config.get("eos_token_id")
    end = cast("list[Any]", said)[0] if isinstance(said, list) and said else said
    if not isinstance(end, int):
        raise ModelDamaged(f"{shown}: config.json names no `eos_token_id`; get or export the model again")
    begin = leading[0] if leading else config.get("bos_token_id")
    padding = config.get("pad_token_id")
    ids = {
        # Where none is named, readers of GGUF take token 11 for the beginning, and some leave it out of what they tell.
        "bos": begin if isinstance(begin, int) else end,
        "eos": end,
        "padding": padding if isinstance(padding, int) and padding >= 0 else end,
    }
    for name, spellings in _FILL_IN_THE_MIDDLE.items():
        found = [index for index in map(tokenizer.token_to_id, spellings) if index is not None]
        ids |= {name: found[0]} if found else {}
    return ids


def _split_name(described: Mapping[str, Any], shown: str) -> str:
    model = described["model"]
    if model["type"] != "BPE" or model.get("byte_fallback") or "ByteLevel" not in json.dumps(described["decoder"]):
        raise UsageError(f"{shown}: not a byte-level BPE tokenizer; only models with one are converted, choose another")
    normalizer = described.get("normalizer")
    # llama.cpp normalizes nothing; text is nearly always in that form already.
    known = normalizer is None or normalizer["type"] == "NFC"
    name = _SPLITS.get((_splits(described.get("pre_tokenizer")), bool(model.get("ignore_merges"))))
    if name is None or not known:
        names = ", ".join(_SPLITS.values())
        raise UsageError(f"{shown}: splits text in no way that llama.cpp names ({names}); choose another model")
    return name


def _splits(pre_tokenizer: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The expressions that split text, in turn; `byte-level` stands for the one that GPT-2 has."""
    if pre_tokenizer is None:
        return ()
    kind = pre_tokenizer["type"]
    if kind == "Sequence":
        return tuple(part for step in pre_tokenizer["pretokenizers"] for part in _splits(step))
    if kind == "Split" and pre_tokenizer["behavior"] == "Isolated" and not pre_tokenizer["invert"]:
        return tuple(pre_tokenizer["pattern"].values())
    if kind == "ByteLevel" and not pre_tokenizer["add_prefix_space"]:
        return ("byte-level",) if pre_tokenizer["use_regex"] else ()
    return (kind,)
