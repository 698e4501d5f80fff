"""Examples of a repository's files for adapting a model, in the very layout in which it is asked.

The model's own template lays them out, so that any local model can be adapted: `packing.RowPacker` needs the tokens of
the tokenizer that is trained here. Spans are drawn as in pre-training.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from codex_lsp.training.adapt_measure import Reader
from codex_lsp.training.documents import Document
from codex_lsp.training.fim import FimOptions, draw_span
from codex_lsp.types import Header, Prompt

MIN_CHARACTERS, MAX_CHARACTERS = 300, 2000
"""An example is a run of whole lines with a length drawn from these."""
MAX_TOKENS = 768
"""Of an example; more is cut off at its end."""
_SORTED_TOGETHER = 64


class Examples:
    """An endless row of batches; the same documents, options and seed give the same ones."""

    def __init__(
        self, reader: Reader, documents: Sequence[Document], options: FimOptions, *, end: int | None, seed: int
    ) -> None:
        """Set up.

        Args:
            reader: How the model reads prompts.
            documents: At least one, with text.
            options: How many are fill-in-the-middle examples, and which spans are taken out.
            end: The id that ends a middle and a document, where the model has one.
            seed: Decides order, windows and spans.
        """
        self._reader = reader
        self._documents = list(documents)
        self._options = options
        self._end = () if end is None else (end,)
        self._random = Random(seed)  # noqa: S311 - a seeded draw, not a secret
        self.passes = 0.0
        """How often the documents have been taken up so far."""

    def batches(self, batch_tokens: int) -> Iterator[list[list[int]]]:
        """Yield examples as token ids, about `batch_tokens` together with their padding, at least one."""
        batch: list[list[int]] = []
        for example in self._sorted():
            longest = max(map(len, (*batch, example.ids)))
            if batch and longest * (len(batch) + 1) > batch_tokens:
                yield batch
                batch = []
            batch.append(example.ids)
            self.passes += example.share

    def _sorted(self) -> Iterator["_Example"]:
        """Neighbours are of like length, so that batches hold little padding."""
        examples = self._endless()
        while group := list(islice(examples, _SORTED_TOGETHER)):
            group.sort(key=lambda example: len(example.ids))
            # Lengths then rise from batch to batch; the drift would follow the learning rate's own.
            if self._random.random() < 0.5:  # noqa: PLR2004 - one in two
                group.reverse()
            yield from group

    def _endless(self) -> Iterator["_Example"]:
        longest = min(MAX_TOKENS, self._reader.capabilities.max_context)
        while True:
            windows = [window for document in self._documents for window in self._windows(document)]
            self._random.shuffle(windows)
            for header, text, is_last in windows:
                ids = self._example(header, text, is_last=is_last)
                yield _Example(ids=ids[:longest], share=1 / len(windows))

    def _windows(self, document: Document) -> Iterator[tuple[Header, str, bool]]:
        """Runs of whole lines that together are the document, and whether each is the last."""
        header = Header(path=document.path, language=document.language)
        lines = document.text.splitlines(keepends=True)
        start = 0
        while start < len(lines):
            wanted, size, end = self._random.randint(MIN_CHARACTERS, MAX_CHARACTERS), 0, start
            while end < len(lines) and (end == start or size + len(lines[end]) <= wanted):
                size += len(lines[end])
                end += 1
            yield header, "".join(lines[start:end]), end == len(lines)
            start = end

    def _example(self, header: Header, text: str, *, is_last: bool) -> list[int]:
        fim = self._reader.capabilities.fim and self._random.random() < self._options.rate
        if not fim:
            prompt, middle, ends = Prompt(header=header, prefix=""), text, is_last
        else:
            span = draw_span(text, self._options, self._random)
            prompt = Prompt(header=header, prefix=text[: span.start], suffix=text[span.end :])
            middle, ends = text[span.start : span.end], True
        ids = [*self._reader.prompt_ids(prompt), *self._reader.text_encoding(middle).ids]
        return [*ids, *self._end] if ends else ids


@dataclass(frozen=True, slots=True, kw_only=True)
class _Example:
    """Token ids, and which share they are of a pass over all documents."""

    ids: list[int]
    share: float
