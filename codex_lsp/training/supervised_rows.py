"""Rows of question and answer: filled up on their left, so that the first tokens of all answers of a batch line up.

A row is padding, what is shown, the answer, the token that ends it, and padding. Only the answer and its end are
learned.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import torch
from tokenizers import Tokenizer

from codex_lsp.training.feed import Batch
from codex_lsp.training.loss import IGNORED
from codex_lsp.training.rows import RowTokens
from codex_lsp.training.supervised_layout import Exchange
from codex_lsp.training.tokenizer import END_OF_TEXT, plain, special_id

LENGTH_STEP = 32
"""Rows are as long as a multiple of this."""
ANSWER_STEP = 16
"""Answers are given room in steps of so many columns."""
_CHUNK_BATCHES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One exchange in tokens; the answer ends with the token that ends a text."""

    shown: tuple[int, ...]
    answer: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How wide the rows of a batch are, and how many of their last columns hold answers."""

    length: int
    width: int


def encoder(tokenizer: Tokenizer) -> Callable[[Exchange], Example]:
    """A function that tokenises an exchange as one text, as a row of decoding has it.

    A token that straddles the seam belongs to the answer, as it does where a prompt is continued.
    """
    text_tokenizer, end = plain(tokenizer), special_id(tokenizer, END_OF_TEXT)

    def encoded(exchange: Exchange) -> Example:
        found = text_tokenizer.encode(exchange.shown + exchange.answer, add_special_tokens=False)
        seam = sum(stop <= len(exchange.shown) for _, stop in found.offsets)
        return Example(shown=tuple(found.ids[:seam]), answer=(*found.ids[seam:], end))

    return encoded


def shape_of(examples: Iterable[Example], longest: int) -> Shape | None:
    """The smallest shape that holds all of them side by side; None where no row of at most `longest` does."""
    shown = answer = 0
    for example in examples:
        shown, answer = max(shown, len(example.shown)), max(answer, len(example.answer))
    width = -(-answer // ANSWER_STEP) * ANSWER_STEP
    length = -(-(shown + width) // LENGTH_STEP) * LENGTH_STEP
    return None if length > longest else Shape(length=length, width=width)


def grouped(examples: Sequence[Example], rows: int, longest: int, random: Random | None) -> Iterator[list[Example]]:
    """Batches of at most `rows` examples of like length, each of which has a shape.

    Args:
        examples: Each fits by itself.
        rows: Most of a batch.
        longest: Most columns.
        random: Draws the order of the examples and of the batches; None keeps all together, shortest first.
    """
    order = list(examples)
    if random is not None:
        random.shuffle(order)
    chunk = rows * _CHUNK_BATCHES if random is not None else max(1, len(order))
    for start in range(0, len(order), chunk):
        batches = list(_cut(sorted(order[start : start + chunk], key=_by_size), rows, longest))
        if random is not None:
            random.shuffle(batches)
        yield from batches


def _by_size(example: Example) -> tuple[int, int]:
    return -(-len(example.answer) // ANSWER_STEP), len(example.shown)


def _cut(examples: Iterable[Example], rows: int, longest: int) -> Iterator[list[Example]]:
    batch: list[Example] = []
    for example in examples:
        if batch and (len(batch) == rows or shape_of([*batch, example], longest) is None):
            yield batch
            batch = []
        batch.append(example)
    if batch:
        yield batch


def aligned(examples: Sequence[Example], rows: int, longest: int, tokens: RowTokens, *, weight: float = 1.0) -> Batch:
    """Lay examples out as a batch of `rows` rows; rows that are left over are padding.

    Raises:
        ValueError: They do not fit into rows of at most `longest` columns.
    """
    shape = shape_of(examples, longest)
    if shape is None:
        raise ValueError(f"{len(examples)} examples do not fit into rows of {longest}")
    ids = torch.full((rows, shape.length), tokens.padding, dtype=torch.int64)
    targets = torch.full((rows, shape.width), IGNORED, dtype=torch.int64)
    seam = shape.length - shape.width
    for row, example in enumerate(examples):
        ids[row, seam - len(example.shown) : seam] = torch.tensor(example.shown, dtype=torch.int64)
        answer = torch.tensor(example.answer, dtype=torch.int64)
        ids[row, seam : seam + len(answer)] = answer
        targets[row, : len(answer)] = answer
    # The column before the seam predicts the answer's first token.
    return Batch(ids=ids, targets=targets, first=seam - 1, weight=weight)
