"""What a tokenizer costs: tokens of a corpus by language and licence, characters per token, and what blanks save."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, cast

from tokenizers import Tokenizer

from codex_lsp.training.documents import SPLITS, Document, documents_in_order, shuffled_documents
from codex_lsp.training.manifest import read_manifest, write_manifest
from codex_lsp.training.tokenizer import plain

SAMPLE_CHARACTERS = 2_000_000
"""How much of a language is measured: enough for three digits."""
BALANCE = 0.7
"""A language's share of the tokenizer's sample is its share of the corpus to this power: small ones gain."""
_BATCH = 256


def balanced_texts(corpus: Path, max_characters: int, seed: int) -> Iterator[str]:
    """Texts to learn a tokenizer from: every language up to its share of `max_characters`, in a seeded order.

    Raises:
        TrainingError: The corpus lacks the split, or a shard is damaged.
    """
    room = _shares(corpus, max_characters)
    for document in shuffled_documents(corpus, "train", seed):
        if room.get(document.language, 0.0) > 0:
            room[document.language] -= len(document.text)
            yield document.text


def _shares(corpus: Path, max_characters: int) -> dict[str, float]:
    """The characters that each language may give; those that have less give all."""
    counts = read_manifest(corpus, "corpus").get("languages", {}).get("train", {})
    sizes = {language: float(count["bytes"]) for language, count in counts.items()} or {"python": 1.0}
    weights = {language: size**BALANCE for language, size in sizes.items()}
    whole = sum(weights.values())
    return {language: max_characters * weight / whole for language, weight in weights.items()}


def characters_per_token(tokenizer: Tokenizer, samples: dict[str, list[str]]) -> dict[str, float]:
    """Characters per token of some texts of each language."""
    return {
        language: round(sum(map(len, texts)) / tokens_of(tokenizer, texts), 3)
        for language, texts in sorted(samples.items())
    }


def whitespace_saving(tokenizer: Tokenizer, without_runs: Tokenizer, texts: list[str]) -> float:
    """The share of tokens that runs of blanks as single tokens save on `texts`."""
    return round(1 - tokens_of(tokenizer, texts) / tokens_of(without_runs, texts), 4)


def samples_by_language(corpus: Path, seed: int) -> dict[str, list[str]]:
    """Some texts of every language, held-out ones where there are any."""
    samples: dict[str, list[str]] = {}
    for split in reversed(SPLITS):
        known = frozenset(samples)
        room: Counter[str] = Counter()
        for document in shuffled_documents(corpus, split, seed):
            if document.language not in known and room[document.language] < SAMPLE_CHARACTERS:
                room[document.language] += len(document.text)
                samples.setdefault(document.language, []).append(document.text)
    return samples


def tokens_of(tokenizer: Tokenizer, texts: Iterable[str]) -> int:
    """How many tokens the texts are, special tokens' names read as ordinary characters."""
    reader = plain(tokenizer)
    source = iter(texts)
    tokens = 0
    while batch := list(islice(source, _BATCH)):
        tokens += sum(map(len, reader.encode_batch_fast(batch, add_special_tokens=False)))
    return tokens


def count_tokens(corpus: Path, tokenizer: Tokenizer, tokenizer_sha256: str) -> dict[str, Any]:
    """Encode the whole corpus, and put the tokens by split, language and licence into its manifest.

    Raises:
        TrainingError: The corpus lacks a split, or a shard is damaged.
    """
    manifest = read_manifest(corpus, "corpus")
    licences = {package["name"]: package["licence"] for package in manifest["packages"]}
    languages: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    by_licence: Counter[str] = Counter()
    reader = plain(tokenizer)
    for split in SPLITS:
        for document, tokens in _counted(reader, documents_in_order(corpus, split)):
            languages[split][document.language] += tokens
            by_licence[cast("str", licences.get(document.package, ""))] += tokens
    found = {
        "tokenizer_sha256": tokenizer_sha256,
        "splits": {split: counter.total() for split, counter in languages.items()},
        "languages": {split: dict(sorted(counter.items())) for split, counter in languages.items()},
        "licences": dict(sorted(by_licence.items())),
    }
    write_manifest(corpus / "manifest.json", {**manifest, "tokens": found})
    return found


def _counted(reader: Tokenizer, documents: Iterator[Document]) -> Iterator[tuple[Document, int]]:
    while batch := list(islice(documents, _BATCH)):
        encoded = reader.encode_batch_fast([document.text for document in batch], add_special_tokens=False)
        yield from zip(batch, map(len, encoded), strict=True)
