"""How an exported model does on packages it never saw: bits per byte, and the rest of a line at drawn cursors."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoModelForCausalLM

from codex_lsp.training.corpus import Document, shuffled_documents
from codex_lsp.training.tokenizer import (
    END_OF_TEXT,
    FILE_SEPARATOR,
    FIM_MIDDLE,
    FIM_PREFIX,
    FIM_SUFFIX,
    load_tokenizer,
    plain,
    special_id,
)

PREFIX_TOKENS = 1024
SUFFIX_TOKENS = 384
MAX_NEW_TOKENS = 48
_SCORED_BYTES = 400_000
_REPORT_EVERY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A position in a file, with the rest of its line taken out."""

    path: str
    prefix: str
    rest: str
    suffix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoding:
    tokenizer: Tokenizer
    special: dict[str, int]

    def ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def header(self, path: str) -> list[int]:
        return [self.special[FILE_SEPARATOR], *self.ids(path + "\n")]


def evaluate_heldout(
    model_folder: Path, corpus: Path, *, cursors: int, seed: int, notify: Callable[[str], None]
) -> dict[str, Any]:
    """Score an exported model in float32; the same arguments give the same numbers.

    Args:
        model_folder: A folder that `export.export_run` wrote.
        corpus: The corpus whose held-out packages are read.
        cursors: How many cursors to draw, each in another file while files last.
        seed: Decides the files and the cursors.
        notify: Told the progress.

    Raises:
        TrainingError: The corpus holds nothing out, or the folder holds no tokenizer.
    """
    tokenizer = load_tokenizer(model_folder)
    names = (END_OF_TEXT, FILE_SEPARATOR, FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE)
    encoding = _Encoding(tokenizer=plain(tokenizer), special={name: special_id(tokenizer, name) for name in names})
    model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32, local_files_only=True)
    model.eval()
    packages: set[str] = set()
    with torch.no_grad():
        nats, tokens, size = _surprise(model, encoding, _seen(corpus, seed, packages))
        matches, similarity, drawn = 0, 0.0, 0
        for cursor in islice(draw_cursors(_seen(corpus, seed, packages), seed), cursors):
            answer = _rest_of_line(model, encoding, cursor)
            drawn += 1
            matches += answer.rstrip() == cursor.rest.rstrip()
            similarity += SequenceMatcher(None, answer.rstrip(), cursor.rest.rstrip(), autojunk=False).ratio()
            if drawn % _REPORT_EVERY == 0:
                notify(f"held-out cursors: {drawn} of {cursors}, {matches / drawn:.1%} exact")
    return {
        "packages": sorted(packages),
        "bytes": size,
        "bits_per_byte": nats / math.log(2) / size,
        "nats_per_token": nats / tokens,
        "cursors": drawn,
        "line_exact_match": matches / max(1, drawn),
        "line_edit_similarity": similarity / max(1, drawn),
        "seed": seed,
    }


def draw_cursors(documents: Iterator[Document], seed: int) -> Iterator[Cursor]:
    """One cursor per document, at a uniformly drawn character of a non-blank, non-comment line."""
    random = Random(seed)  # noqa: S311 - a seeded draw, not a secret
    for document in documents:
        lines = document.text.split("\n")
        usable = [n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
        if not usable:
            continue
        number = random.choices(usable, weights=[len(lines[n]) for n in usable])[0]
        column = random.randrange(len(lines[number]))
        yield Cursor(
            path=document.path,
            prefix="\n".join([*lines[:number], lines[number][:column]]),
            rest=lines[number][column:],
            suffix="\n".join(["", *lines[number + 1 :]]),
        )


def _seen(corpus: Path, seed: int, packages: set[str]) -> Iterator[Document]:
    for document in shuffled_documents(corpus, "heldout", seed):
        packages.add(document.package)
        yield document


def _surprise(model: Any, encoding: _Encoding, documents: Iterator[Document]) -> tuple[float, int, int]:
    """The nats, tokens and bytes of the first window of each document, the header given."""
    nats, tokens, size = 0.0, 0, 0
    for document in documents:
        header = encoding.header(document.path)
        text = encoding.ids(document.text)[: model.config.max_position_embeddings - len(header)]
        ids = torch.tensor([header + text])
        logprobs = model(ids).logits[0, len(header) - 1 : -1].log_softmax(-1)
        nats -= float(logprobs.gather(-1, ids[0, len(header) :, None]).sum())
        tokens += len(text)
        size += len(encoding.tokenizer.decode(text, skip_special_tokens=False).encode())
        if size >= _SCORED_BYTES:
            break
    return nats, max(1, tokens), max(1, size)


def _rest_of_line(model: Any, encoding: _Encoding, cursor: Cursor) -> str:
    """The greedy answer up to a line end, in the layout that serving uses: suffix first, the cursor's line last."""
    special = encoding.special
    line_start = cursor.prefix.rfind("\n") + 1
    prompt = [
        *encoding.header(cursor.path),
        special[FIM_SUFFIX],
        *encoding.ids(cursor.suffix)[:SUFFIX_TOKENS],
        special[FIM_PREFIX],
        *encoding.ids(cursor.prefix[:line_start])[-PREFIX_TOKENS:],
        special[FIM_MIDDLE],
        *encoding.ids(cursor.prefix[line_start:]),
    ]
    ends = {special[END_OF_TEXT], encoding.ids("\n")[0]}
    answer: list[int] = []
    ids, cache = torch.tensor([prompt]), None
    while len(answer) < MAX_NEW_TOKENS:
        out = model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache = out.past_key_values
        best: Tensor = out.logits[0, -1].argmax()
        if int(best) in ends:
            break
        answer.append(int(best))
        ids = best.view(1, 1)
    return encoding.tokenizer.decode(answer, skip_special_tokens=False)
